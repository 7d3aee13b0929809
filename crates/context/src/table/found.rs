//! What a walk finds, as byte offsets into the source.

use std::ops::Range;

use tree_sitter::Node;

use crate::symbol::SymbolKind;

/// A definition outside function bodies.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) kind: SymbolKind,
    /// Its name with those of the definitions around it.
    pub(crate) qualified: String,
    pub(crate) name: Range<usize>,
    /// The index of the definition around it.
    pub(crate) parent: Option<usize>,
    /// How many definitions are around it.
    pub(crate) depth: usize,
    pub(crate) header: Range<usize>,
    pub(crate) span: Range<usize>,
}

/// The body of a function, which a skeleton leaves out.
#[derive(Debug)]
pub(crate) struct Body<'tree> {
    pub(crate) range: Range<usize>,
    /// The definition whose body it is, or which the function without a name is in.
    pub(crate) owner: Option<usize>,
    /// The node whose comments are the function's.
    pub(crate) function: Node<'tree>,
    /// Comments above the function, and beside its end.
    pub(crate) comments: Vec<Range<usize>>,
    pub(crate) decorators: Vec<Node<'tree>>,
}

/// The definitions and bodies of a file, each in the order of the source.
#[derive(Debug, Default)]
pub(crate) struct Found<'tree> {
    pub(crate) definitions: Vec<Definition>,
    pub(crate) bodies: Vec<Body<'tree>>,
}
