//! Where the signature of a definition begins and ends, and its body.

use std::ops::Range;

use tree_sitter::Node;

use super::row::{Rule, Table};

/// The fields at which a signature ends.
const ENDS: [&str; 3] = ["body", "value", "right"];

/// The field with the body or the members of a definition, where it has them.
pub(crate) fn body(node: Node<'_>) -> Option<Node<'_>> {
    node.child_by_field_name("body")
}

/// The body of a function, which may be a child that is a body by its kind.
pub(crate) fn body_of_function<'tree>(table: &Table, function: Node<'tree>) -> Option<Node<'tree>> {
    let is_body = |node: &Node<'_>| matches!(table.rule(*node), Some(Rule::Body));
    let mut cursor = function.walk();
    body(function).or_else(|| function.named_children(&mut cursor).find(is_body))
}

/// Where a signature ends: before a body or value.
pub(crate) fn end(node: Node<'_>) -> usize {
    ENDS.iter().find_map(|field| node.child_by_field_name(field)).map_or(node.end_byte(), |node| node.start_byte())
}

/// Where the signature of something with members ends: before these, which may be in braces alone.
pub(crate) fn end_of_members(node: Node<'_>) -> usize {
    body(node).or_else(|| opening(node)).map_or(node.end_byte(), |node| node.start_byte())
}

/// The first child that begins with a brace.
fn opening(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.children(&mut cursor).find(|child| child.kind() == "{" || child.child(0).is_some_and(|first| first.kind() == "{"))
}

/// The first thing in a node that is neither decorator nor comment.
pub(crate) fn start(table: &Table, node: Node<'_>) -> usize {
    let is_beside = |node: Node<'_>| matches!(table.rule(node), Some(Rule::Decorator | Rule::Comment));
    let mut cursor = node.walk();
    for child in node.children(&mut cursor).filter(|child| !is_beside(*child)) {
        if !child.child(0).is_some_and(is_beside) {
            return child.start_byte();
        }
        // Modifiers that begin with annotations.
        let mut inner = child.walk();
        if let Some(first) = child.children(&mut inner).find(|child| !is_beside(*child)) {
            return first.start_byte();
        }
    }
    node.start_byte()
}

/// The decorators within a definition.
pub(crate) fn decorators<'tree>(table: &Table, node: Node<'tree>) -> Vec<Node<'tree>> {
    let is_decorator = |node: Node<'_>| matches!(table.rule(node), Some(Rule::Decorator));
    let mut found = Vec::new();
    let mut cursor = node.walk();
    for child in node.children(&mut cursor).take_while(|child| !child.kind().ends_with("body")) {
        if is_decorator(child) {
            found.push(child);
        } else if child.child(0).is_some_and(|first| first.is_named()) {
            let mut inner = child.walk();
            found.extend(child.children(&mut inner).take_while(Node::is_named).filter(|child| is_decorator(*child)));
        }
    }
    found
}

/// A range of a signature without what stands around it: white space, `=`, `;`, `,`, a backslash.
pub(crate) fn trimmed(source: &str, range: Range<usize>) -> Range<usize> {
    let text = source.get(range.clone()).unwrap_or_default();
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '=' | ';' | ',' | '\\'));
    range.start..range.start + text.len()
}

/// Whether a body with an error in it can be trusted to end where the parser says: nothing inside stands as far left as the
/// `line` with the function, save what belongs there.
pub(crate) fn is_whole(source: &str, line: usize, body: Node<'_>) -> bool {
    let text = source.get(body.byte_range()).unwrap_or_default();
    let column = width(source.get(line..).unwrap_or_default());
    if !text.starts_with('{') || !text.ends_with('}') {
        return false;
    }
    let mut lines = text.split(['\n', '\r']).skip(1).filter(|line| !line.trim().is_empty()).peekable();
    while let Some(line) = lines.next() {
        let is_last = lines.peek().is_none();
        let start = line.trim_start();
        let belongs = start.starts_with('#') || start.ends_with(':') || (start.starts_with('}') && is_last);
        if width(line) <= column && !belongs {
            return false;
        }
    }
    true
}

/// How far a line is indented; a tab is eight columns.
fn width(line: &str) -> usize {
    line.bytes()
        .map_while(|byte| match byte {
            b' ' => Some(1),
            b'\t' => Some(8),
            _ => None,
        })
        .sum()
}
