//! JavaScript with JSX, TypeScript and TSX.

use super::row::{Binding, PLAIN, Row, Rule};
use crate::symbol::SymbolKind;

const ANONYMOUS: Rule = Rule::Function { name: "", receiver: "" };
const NAMED: Rule = Rule::Function { name: "name", receiver: "" };

pub(crate) static JAVASCRIPT: Row = Row {
    rules: &[
        ("function_declaration", NAMED),
        ("generator_function_declaration", NAMED),
        ("method_definition", NAMED),
        ("function_expression", ANONYMOUS),
        ("generator_function", ANONYMOUS),
        ("arrow_function", ANONYMOUS),
        ("class_static_block", ANONYMOUS),
        ("class_declaration", Rule::Members(SymbolKind::Class, "name")),
        ("class", Rule::Members(SymbolKind::Class, "")),
        ("variable_declarator", VARIABLE),
        ("assignment_expression", Rule::Binding(Binding { name: "left", value: "right", otherwise: None, words: &[] })),
        ("pair", Rule::Binding(Binding { name: "key", value: "value", otherwise: None, words: &[] })),
        (
            "field_definition",
            Rule::Binding(Binding { name: "property", value: "value", otherwise: Some(SymbolKind::Constant), words: &["static"] }),
        ),
        ("export_statement", Rule::Wrapper),
        ("lexical_declaration", Rule::Wrapper),
        ("variable_declaration", Rule::Wrapper),
        ("expression_statement", Rule::Wrapper),
        ("call_expression", CALL),
        ("class_heritage", Rule::Hidden),
        ("for_statement", Rule::Hidden),
        ("for_in_statement", Rule::Hidden),
        ("decorator", Rule::Decorator),
        ("comment", Rule::Comment),
        ("import_statement", Rule::Skip),
    ],
    docs: &["/**"],
    through: &["parenthesized_expression"],
    patterns: &["object_pattern", "array_pattern", "subscript_expression"],
    last: &["property"],
    noise: &["module.exports.", "exports.", ".prototype"],
    weak_names: &["module.exports", "exports"],
    unnamed: "default",
    ..PLAIN
};

/// Of TypeScript and TSX.
pub(crate) static TYPESCRIPT: Row = Row {
    rules: &[
        ("function_declaration", NAMED),
        ("generator_function_declaration", NAMED),
        ("function_signature", NAMED),
        ("method_definition", NAMED),
        ("method_signature", NAMED),
        ("abstract_method_signature", NAMED),
        ("function_expression", ANONYMOUS),
        ("generator_function", ANONYMOUS),
        ("arrow_function", ANONYMOUS),
        ("class_static_block", ANONYMOUS),
        ("class_declaration", Rule::Members(SymbolKind::Class, "name")),
        ("abstract_class_declaration", Rule::Members(SymbolKind::Class, "name")),
        ("class", Rule::Members(SymbolKind::Class, "")),
        ("interface_declaration", Rule::Members(SymbolKind::Interface, "name")),
        ("enum_declaration", Rule::Members(SymbolKind::Enum, "name")),
        ("module", Rule::Members(SymbolKind::Module, "name")),
        ("internal_module", Rule::Members(SymbolKind::Module, "name")),
        ("type_alias_declaration", Rule::Item(Some(SymbolKind::Type), "name")),
        ("variable_declarator", VARIABLE),
        ("assignment_expression", Rule::Binding(Binding { name: "left", value: "right", otherwise: None, words: &[] })),
        ("pair", Rule::Binding(Binding { name: "key", value: "value", otherwise: None, words: &[] })),
        (
            "public_field_definition",
            Rule::Binding(Binding { name: "name", value: "value", otherwise: Some(SymbolKind::Constant), words: &["static"] }),
        ),
        ("export_statement", Rule::Wrapper),
        ("ambient_declaration", Rule::Wrapper),
        ("lexical_declaration", Rule::Wrapper),
        ("variable_declaration", Rule::Wrapper),
        ("expression_statement", Rule::Wrapper),
        ("call_expression", CALL),
        ("class_heritage", Rule::Hidden),
        ("for_statement", Rule::Hidden),
        ("for_in_statement", Rule::Hidden),
        ("decorator", Rule::Decorator),
        ("comment", Rule::Comment),
        ("import_statement", Rule::Skip),
        ("object_type", Rule::Skip),
        ("type_annotation", Rule::Skip),
        ("type_arguments", Rule::Skip),
        ("type_parameters", Rule::Skip),
    ],
    docs: &["/**"],
    through: &["parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression"],
    patterns: &["object_pattern", "array_pattern", "subscript_expression"],
    last: &["property"],
    noise: &["module.exports.", "exports.", ".prototype"],
    weak_names: &["module.exports", "exports"],
    unnamed: "default",
    ..PLAIN
};

const VARIABLE: Rule = Rule::Binding(Binding { name: "name", value: "value", otherwise: Some(SymbolKind::Constant), words: &[] });
const CALL: Rule = Rule::Call { function: "function", arguments: "arguments" };
