//! Java.

use super::row::{Binding, PLAIN, Row, Rule};
use crate::symbol::SymbolKind;

const METHOD: Rule = Rule::Function { name: "name", receiver: "" };

pub(crate) static JAVA: Row = Row {
    rules: &[
        ("method_declaration", METHOD),
        ("constructor_declaration", METHOD),
        ("compact_constructor_declaration", METHOD),
        ("annotation_type_element_declaration", METHOD),
        ("lambda_expression", Rule::Function { name: "", receiver: "" }),
        ("block", Rule::Body),
        ("class_declaration", Rule::Members(SymbolKind::Class, "name")),
        ("record_declaration", Rule::Members(SymbolKind::Class, "name")),
        ("interface_declaration", Rule::Members(SymbolKind::Interface, "name")),
        ("annotation_type_declaration", Rule::Members(SymbolKind::Interface, "name")),
        ("enum_declaration", Rule::Members(SymbolKind::Enum, "name")),
        ("enum_constant", Rule::MembersInBody(SymbolKind::Constant, "name")),
        (
            "variable_declarator",
            Rule::Binding(Binding {
                name: "name",
                value: "value",
                otherwise: Some(SymbolKind::Constant),
                words: &["static", "constant_declaration"],
            }),
        ),
        ("field_declaration", Rule::Wrapper),
        ("constant_declaration", Rule::Wrapper),
        ("object_creation_expression", Rule::Hidden),
        ("annotation", Rule::Decorator),
        ("marker_annotation", Rule::Decorator),
        ("line_comment", Rule::Comment),
        ("block_comment", Rule::Comment),
        ("import_declaration", Rule::Skip),
        ("package_declaration", Rule::Skip),
    ],
    docs: &["/**"],
    ..PLAIN
};
