//! Rust.

use super::row::{Binding, PLAIN, Row, Rule};
use crate::symbol::SymbolKind;

pub(crate) static RUST: Row = Row {
    rules: &[
        ("function_item", Rule::Function { name: "name", receiver: "" }),
        ("function_signature_item", Rule::Function { name: "name", receiver: "" }),
        ("closure_expression", Rule::Function { name: "", receiver: "" }),
        ("mod_item", Rule::MembersInBody(SymbolKind::Module, "name")),
        ("struct_item", Rule::Members(SymbolKind::Class, "name")),
        ("union_item", Rule::Members(SymbolKind::Class, "name")),
        ("impl_item", Rule::Members(SymbolKind::Class, "type")),
        ("enum_item", Rule::Members(SymbolKind::Enum, "name")),
        ("trait_item", Rule::Members(SymbolKind::Interface, "name")),
        ("type_item", Rule::Members(SymbolKind::Type, "name")),
        ("associated_type", Rule::Members(SymbolKind::Type, "name")),
        ("const_item", Rule::Binding(Binding { name: "name", value: "value", otherwise: Some(SymbolKind::Constant), words: &[] })),
        ("static_item", Rule::Binding(Binding { name: "name", value: "value", otherwise: Some(SymbolKind::Constant), words: &[] })),
        ("macro_definition", Rule::Members(SymbolKind::Macro, "name")),
        ("attribute_item", Rule::Decorator),
        ("line_comment", Rule::Comment),
        ("block_comment", Rule::Comment),
        ("use_declaration", Rule::Skip),
        ("macro_rule", Rule::Skip),
        ("token_tree", Rule::Skip),
        ("type_parameters", Rule::Skip),
    ],
    docs: &["///", "/**"],
    separator: "::",
    through: &["generic_type", "reference_type", "pointer_type", "dynamic_type"],
    through_field: "type",
    last: &["name"],
    beside_name: &["type_arguments"],
    ..PLAIN
};
