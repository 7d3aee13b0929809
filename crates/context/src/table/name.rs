//! The name of a definition: where it stands, and how it reads with its scope.

use std::ops::Range;

use tree_sitter::Node;

use super::row::Row;

/// A name as a definition gives it.
#[derive(Debug)]
pub(crate) struct Name {
    /// With the scope that is written with it, in one line.
    pub(crate) text: String,
    /// Where its last part stands.
    pub(crate) range: Range<usize>,
    /// Whether what is around it says that it is a function's.
    pub(crate) is_callable: bool,
    /// Where a value begins that stands within the declarator.
    pub(crate) value: Option<usize>,
}

/// The names in `field` of a node; empty where they are no names, as in a pattern.
pub(crate) fn names(row: &Row, node: Node<'_>, field: &str, source: &str) -> Vec<Name> {
    if field.is_empty() {
        return Vec::new();
    }
    let mut cursor = node.walk();
    let fields: Vec<Node<'_>> = node.children_by_field_name(field, &mut cursor).filter(Node::is_named).collect();
    fields.into_iter().filter_map(|declarator| name(row, declarator, source)).collect()
}

/// The name that a declarator is around.
pub(crate) fn name(row: &Row, declarator: Node<'_>, source: &str) -> Option<Name> {
    let (mut node, mut is_callable, mut value) = (declarator, false, None);
    while row.through.contains(&node.kind()) {
        value = value.or_else(|| node.child_by_field_name("value").map(|value| value.start_byte()));
        // The innermost declarator decides: `int (*f)(int)` is a variable, `int *f(int)` is a function.
        is_callable = row.callable.contains(&node.kind()) || (is_callable && row.brackets.contains(&node.kind()));
        node = within(row, node)?;
    }
    let mut last = node;
    while let Some(next) = row.last.iter().find_map(|field| last.child_by_field_name(field)) {
        last = next;
    }
    is_callable |= row.callable.contains(&last.kind());
    if row.patterns.contains(&node.kind()) || node.byte_range().len() > MAX_NAME {
        return None;
    }
    let text = text(row, node, source);
    (!text.is_empty() && text != "_").then(|| Name { text, range: last.byte_range(), is_callable, value })
}

/// What a value is within parentheses and the like.
pub(crate) fn inner<'tree>(row: &Row, value: Node<'tree>) -> Node<'tree> {
    let mut node = value;
    while row.through.contains(&node.kind()) {
        let Some(next) = within(row, node) else { break };
        node = next;
    }
    node
}

fn within<'tree>(row: &Row, node: Node<'tree>) -> Option<Node<'tree>> {
    if let Some(inner) = node.child_by_field_name(row.through_field) {
        return Some(inner);
    }
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| !child.is_extra())
}

/// In bytes; what is longer is an expression.
const MAX_NAME: usize = 200;

/// The text of a name in one line, without what is not part of it.
fn text(row: &Row, node: Node<'_>, source: &str) -> String {
    let mut out = String::new();
    let mut at = node.start_byte();
    let mut cursor = node.walk();
    let mut enter = true;
    loop {
        let inner = cursor.node();
        if enter && row.beside_name.contains(&inner.kind()) {
            out.push_str(source.get(at..inner.start_byte()).unwrap_or_default());
            at = inner.end_byte();
            enter = false;
        }
        if enter && cursor.goto_first_child() {
            continue;
        }
        enter = true;
        if cursor.node() == node {
            break;
        }
        if !cursor.goto_next_sibling() {
            if !cursor.goto_parent() || cursor.node() == node {
                break;
            }
            enter = false;
        }
    }
    out.push_str(source.get(at..node.end_byte()).unwrap_or_default());
    let mut out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for noise in row.noise {
        if out.contains(noise) {
            out = out.replace(noise, "");
        }
    }
    match out.trim_matches(['"', '\'']) {
        "" => out,
        bare => bare.to_owned(),
    }
}
