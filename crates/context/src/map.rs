//! The map of a repository: which of its files and definitions matter for a task, and their signatures within a token budget.
//!
//! [`Index::build`] reads every file of a known language once, in parallel, and keeps its [`Tags`]; they come from the caller's
//! [`TagCache`] where the file's content has been seen before. [`Index::rank`] orders the files for a [`Query`] by a personalised
//! PageRank; [`Ranking::map`] draws the most relevant definitions, never over the budget. The same files and query give the same
//! bytes, in whatever order the files are listed and on however many threads.
//!
//! Deliberately absent: walking directories and keeping the cache, which are the caller's.

mod draw;
mod index;
mod query;
mod rank;
mod tags;

pub use draw::RepositoryMap;
pub use index::{Index, NoCache, TagCache, Untagged};
pub use query::Query;
pub use rank::{RankedFile, Ranking, Reason};
pub use tags::{Tag, Tags};

#[cfg(test)]
mod tests;
