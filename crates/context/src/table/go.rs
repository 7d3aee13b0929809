//! Go.

use super::row::{Binding, PLAIN, Row, Rule};
use crate::symbol::SymbolKind;

pub(crate) static GO: Row = Row {
    rules: &[
        ("function_declaration", Rule::Function { name: "name", receiver: "" }),
        ("method_declaration", Rule::Function { name: "name", receiver: "receiver" }),
        ("method_elem", Rule::Function { name: "name", receiver: "" }),
        ("func_literal", Rule::Function { name: "", receiver: "" }),
        ("type_spec", Rule::Binding(Binding { name: "name", value: "type", otherwise: Some(SymbolKind::Type), words: &[] })),
        ("type_alias", Rule::Binding(Binding { name: "name", value: "type", otherwise: Some(SymbolKind::Type), words: &[] })),
        ("struct_type", Rule::Members(SymbolKind::Class, "")),
        ("interface_type", Rule::Members(SymbolKind::Interface, "")),
        ("const_spec", Rule::Binding(Binding { name: "name", value: "value", otherwise: Some(SymbolKind::Constant), words: &[] })),
        ("var_spec", Rule::Binding(Binding { name: "name", value: "value", otherwise: Some(SymbolKind::Constant), words: &[] })),
        ("type_declaration", Rule::Wrapper),
        ("const_declaration", Rule::Wrapper),
        ("var_declaration", Rule::Wrapper),
        ("comment", Rule::Comment),
        ("import_declaration", Rule::Skip),
    ],
    docs: &["//", "/*"],
    through: &["parameter_list", "parameter_declaration", "pointer_type", "generic_type", "parenthesized_type", "expression_list"],
    through_field: "type",
    ..PLAIN
};
