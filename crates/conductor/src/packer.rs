//! Packs of tickets from the files below one folder: those that a ticket names, or those that are chosen for it.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use conductor_context::{Index, Markers, Pack, Tokens, ViewOptions, mentions, pack};
use conductor_model::Ticket;

use crate::choice::{Choice, choose};
use crate::prompt::Dependency;
use crate::repository::{Folder, TagStore, index_of};

/// Makes the packs of tickets from one state of a folder.
pub(crate) struct Packer {
    root: PathBuf,
    files: Folder,
    store: TagStore,
    markers: Markers,
    /// Made for the first ticket that names no files.
    index: OnceCell<Index>,
}

impl Packer {
    /// # Errors
    /// A folder that cannot be opened.
    pub(crate) fn open(root: &Path, store: TagStore, markers: Markers) -> std::io::Result<Self> {
        Ok(Self { root: root.to_owned(), files: Folder::open(root)?, store, markers, index: OnceCell::new() })
    }

    /// The pack of a ticket, and how its files were chosen where it names none. All of it is within `budget`.
    pub(crate) fn pack(&self, ticket: &Ticket, dependencies: &[Dependency], budget: u64) -> (Pack, Option<Choice>) {
        let keep = kept(ticket);
        let options = ViewOptions { keep: &keep, markers: &self.markers };
        match &ticket.context_requirements {
            Some(named) => (pack(&self.files, named, &options, Tokens(budget)), None),
            None => {
                let index = self.index.get_or_init(|| index_of(&self.files, &self.root, &self.store).0);
                let (pack, choice) = choose(index, &self.files, ticket, dependencies, &options, Tokens(budget));
                (pack, Some(choice))
            }
        }
    }
}

/// The names whose bodies the first file of a ticket's pack keeps: those it lists, and those its description mentions.
pub(crate) fn kept(ticket: &Ticket) -> Vec<String> {
    let mut keep = ticket.keep.clone();
    keep.extend(mentions(&ticket.description));
    keep
}
