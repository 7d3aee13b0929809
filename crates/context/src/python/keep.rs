//! Which functions of a curated view keep their bodies.

use std::ops::Range;

use tree_sitter::Node;

use super::definition::{Definition, Definitions};
use super::elide::body_end;
use crate::keep::is_named;
use crate::view::ViewOptions;

/// Where the comments of a file are known from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Comments<'a> {
    /// They are nodes of the tree.
    InTree,
    /// The tree is of a masked text; these are all, in order.
    Listed(&'a [Range<usize>]),
}

/// Whether the body of the function at `index` stays: it is marked, or named.
pub(crate) fn keeps_body(
    source: &str,
    definitions: &Definitions<'_>,
    index: usize,
    comments: Comments<'_>,
    options: &ViewOptions<'_>,
) -> bool {
    let Some(function) = definitions.list.get(index) else { return false };
    has_marked_decorator(source, function, &options.markers.decorator)
        || has_marked_comment(source, function, comments, &options.markers.comment)
        || is_named(&definitions.qualified(index, source), options.keep)
}

fn has_marked_decorator(source: &str, function: &Definition<'_>, marker: &str) -> bool {
    !marker.is_empty() && function.decorators.iter().any(|decorator| decorator_name(source, *decorator) == Some(marker))
}

/// `name` of `@name`, `@x.name`, `@name(…)` and `@x.name(…)`.
fn decorator_name<'s>(source: &'s str, decorator: Node<'_>) -> Option<&'s str> {
    let mut cursor = decorator.walk();
    let mut node = decorator.named_children(&mut cursor).find(|child| !child.is_extra())?;
    let mut called = false;
    loop {
        node = match node.kind() {
            "identifier" => return source.get(node.byte_range()),
            "attribute" => node.child_by_field_name("attribute")?,
            "call" if !called => {
                called = true;
                node.child_by_field_name("function")?
            }
            "parenthesized_expression" => node.named_child(0)?,
            _ => return None,
        };
    }
}

/// Whether a comment in the function holds the marker; the same text in a string does not count.
fn has_marked_comment(source: &str, function: &Definition<'_>, comments: Comments<'_>, marker: &str) -> bool {
    let end = body_end(source, function);
    let start = function.header.start;
    if marker.is_empty() || !source.get(start..end).unwrap_or_default().contains(marker) {
        return false;
    }
    let is_marked = |range: Range<usize>| source.get(range).is_some_and(|text| text.contains(marker));
    match comments {
        Comments::InTree => {
            // Comments below and beside the last statement are outside the node.
            let node_end = function.node.end_byte().clamp(start, end);
            is_marked(node_end..end) || holds_comment(function.node, is_marked)
        }
        Comments::Listed(all) => {
            let first = all.partition_point(|comment| comment.start < start);
            all.iter().skip(first).take_while(|comment| comment.start < end).any(|comment| is_marked(comment.clone()))
        }
    }
}

fn holds_comment(function: Node<'_>, is_marked: impl Fn(Range<usize>) -> bool) -> bool {
    let mut cursor = function.walk();
    loop {
        let node = cursor.node();
        if node.kind() == "comment" && is_marked(node.byte_range()) {
            return true;
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
        }
    }
}
