//! Views of Python: what the tree says is a definition, and the byte edits that leave out its body.
//!
//! `walk` finds the definitions, `elide` and `outline` make the text, `keep` says which bodies a curated view keeps. Deliberately
//! absent: anything that prints a tree; a view is the original text with ranges replaced.

mod cookie;
mod definition;
mod depth;
mod docstring;
mod elide;
mod keep;
mod lines;
mod mask;
mod outline;
mod render;
mod symbols;
mod walk;

pub(crate) use cookie::cookie;
pub(crate) use depth::is_too_deep;
pub(crate) use render::render;
pub(crate) use symbols::symbols;

#[cfg(test)]
mod tests;
