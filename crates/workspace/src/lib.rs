//! Where a worker works: git worktrees, checks and landing.
//!
//! A [`Workspace`] belongs to a run. It makes a [`Tree`] for each attempt, from the run's integration branch; the tree says what
//! has changed in it ([`Snapshot`]), runs the track's setup and the ticket's check; and the snapshot that was checked is landed
//! as one commit ([`Landing`]). Without git, or without isolation, the same methods work on the user's folder.
//!
//! Invariants: the user's checkout, index and configuration are never written (but by [`Repository::take`]); no program that a
//! repository names is started by a git of ours; a ticket's id is never part of a path or a ref; `.conductor` is never committed.
//! Deliberately absent: which attempt lands when and what a verdict leads to (`conductor-dag`), file tools and the running of
//! shell lines (`conductor-tools`), and files of submodules: a worktree has their folders empty.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod branch;
mod check;
mod diff;
mod drivers;
mod environment;
mod error;
mod folders;
mod git;
mod ignored;
mod land;
mod listing;
mod message;
mod obstacle;
mod path;
mod repository;
mod rules;
mod shadow;
mod take;
mod tree;
mod walk;
mod workspace;
mod worktree;

pub use check::{CheckReport, CommandReport, Lines, SetupReport};
pub use diff::{Change, ChangedPath, DiffText, Difference};
pub use environment::Environment;
pub use error::WorkspaceError;
pub use land::Landing;
pub use repository::{Commit, Discovery, Repository};
pub use rules::{Violation, verify_changes};
pub use shadow::Snapshot;
pub use take::Taken;
pub use tree::Tree;
pub use walk::{FileList, files_below};
pub use workspace::Workspace;
