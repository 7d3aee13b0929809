//! From a tree to a view.

use std::borrow::Cow;
use std::ops::Range;

use tree_sitter::Tree;

use super::definition::Kind;
use super::elide::elide;
use super::keep::{Comments, keeps_body};
use super::mask::mask;
use super::outline::outline;
use super::walk::definitions;
use crate::edit::Edits;
use crate::parse::{first_error, parse};
use crate::view::{Note, Rendered, View, ViewOptions};

/// Makes a view of a text and its tree.
pub(crate) fn render(source: &str, tree: &Tree, view: View, options: &ViewOptions<'_>) -> Rendered {
    let (tree, comments) = readable(source, tree);
    let comments = comments.as_deref().map_or(Comments::InTree, Comments::Listed);
    edited(source, &tree, comments, view, options)
}

/// The tree to go by: that of the masked text where the grammar misreads the source. The comments are those of such a source;
/// else they are nodes of the tree.
pub(super) fn readable<'tree>(source: &str, tree: &'tree Tree) -> (Cow<'tree, Tree>, Option<Vec<Range<usize>>>) {
    let misread = has_lone_carriage_return(source);
    if !tree.root_node().has_error() && !misread {
        return (Cow::Borrowed(tree), None);
    }
    let second = mask(source).and_then(|mask| Some((parse(&tree.language(), &mask.text).ok()?, mask.comments)));
    match second {
        Some((second, comments)) if misread || !second.root_node().has_error() => (Cow::Owned(second), Some(comments)),
        Some(_) | None => (Cow::Borrowed(tree), None),
    }
}

/// Whether a carriage return ends a line by itself, as on old systems: the grammar does not end one there, and says nothing.
fn has_lone_carriage_return(source: &str) -> bool {
    let bytes = source.as_bytes();
    source.contains('\r') && bytes.iter().enumerate().any(|(at, byte)| *byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
}

fn edited(source: &str, tree: &Tree, comments: Comments<'_>, view: View, options: &ViewOptions<'_>) -> Rendered {
    let definitions = definitions(tree, source);
    let text = match view {
        View::Full => source.to_owned(),
        View::Outline => outline(source, &definitions.list),
        View::Curated | View::Skeleton => {
            let mut edits = Edits::default();
            for (index, definition) in definitions.list.iter().enumerate() {
                let is_elided = definition.kind == Kind::Function
                    && !(view == View::Curated && keeps_body(source, &definitions, index, comments, options));
                if is_elided {
                    elide(source, definition, &mut edits);
                }
            }
            edits.apply(source)
        }
    };
    let note = first_error(tree).map(|line| Note::SyntaxErrors { line });
    Rendered::new(text, view).noting(note)
}
