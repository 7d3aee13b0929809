//! The definitions of a file as every language has them.

use tree_sitter::Tree;

use super::render::readable;
use super::row::Table;
use super::walk::find;
use crate::symbol::Symbol;

/// All definitions outside function bodies.
pub(crate) fn symbols(table: &Table, source: &str, tree: &Tree) -> Vec<Symbol> {
    let tree = readable(table, source, tree);
    let found = find(table, &tree, source);
    let of = |definition: super::found::Definition| Symbol {
        kind: definition.kind,
        qualified: definition.qualified,
        name: definition.name,
        parent: definition.parent,
        depth: definition.depth,
        header: definition.header,
        span: definition.span,
    };
    found.definitions.into_iter().map(of).collect()
}
