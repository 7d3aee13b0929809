//! The file tools: one module for each, and the walk that `list`, `search` and `definition` share.
//!
//! Each is a plain blocking function over an opened root, which a test calls without a runtime. Commands are not here.

mod definition;
mod edit;
mod found;
mod ignores;
mod list;
mod mismatch;
mod read;
mod replace;
mod search;
mod symbols;
#[cfg(test)]
mod tests;
mod walk;
mod write;

pub(crate) use definition::definition;
pub(crate) use edit::edit;
pub(crate) use found::{Found, Stop};
pub(crate) use ignores::Ignores;
pub(crate) use list::list;
pub(crate) use read::read;
pub use replace::TEMPORARY_PREFIX;
pub(crate) use search::search;
pub(crate) use symbols::symbols;
pub(crate) use write::write;
