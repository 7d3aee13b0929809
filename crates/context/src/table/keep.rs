//! Which bodies a curated view keeps.

use tree_sitter::Node;

use super::found::{Body, Found};
use super::row::{Rule, Table};
use crate::keep::is_named;
use crate::view::ViewOptions;

/// Whether a body stays: its function is marked, or named.
pub(crate) fn keeps_body(table: &Table, source: &str, found: &Found<'_>, body: &Body<'_>, options: &ViewOptions<'_>) -> bool {
    let owner = body.owner.and_then(|index| found.definitions.get(index));
    body.decorators.iter().any(|decorator| is_marker(source, *decorator, &options.markers.decorator))
        || has_marked_comment(table, source, body, &options.markers.comment)
        || owner.is_some_and(|owner| is_named(&owner.qualified, options.keep))
}

/// Whether the last name of a decorator, before its arguments, is the marker.
fn is_marker(source: &str, decorator: Node<'_>, marker: &str) -> bool {
    let text = source.get(decorator.byte_range()).unwrap_or_default();
    let name = text.trim_start_matches(['@', '#', '[', '(']).split(['(', '[', '{', '=', ']', ')', '<']).next().unwrap_or_default();
    let last = name.rsplit(['.', ':']).next().unwrap_or_default().trim();
    !marker.is_empty() && last == marker
}

/// Whether a comment of the function holds the marker; the same text in a string does not count.
fn has_marked_comment(table: &Table, source: &str, body: &Body<'_>, marker: &str) -> bool {
    let holds = |range| source.get(range).is_some_and(|text: &str| text.contains(marker));
    if marker.is_empty() {
        return false;
    }
    if body.comments.iter().any(|range| holds(range.clone())) {
        return true;
    }
    if !holds(body.function.byte_range()) {
        return false;
    }
    let mut cursor = body.function.walk();
    loop {
        let node = cursor.node();
        if matches!(table.rule(node), Some(Rule::Comment)) {
            if holds(node.byte_range()) {
                return true;
            }
        } else if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
        }
    }
}
