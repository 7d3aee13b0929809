//! What the worker of a ticket would get, from the folder as it stands: for `conductor show`. Nothing is written.

use std::path::Path;

use conductor_journal::{Journal, find_upwards};
use conductor_model::{Ticket, TicketId, Track};

use crate::Settings;
use crate::packer::Packer;
use crate::prompt::{self, Prompt, Sources};
use crate::repository::TagStore;
use crate::shell::shared_context;

/// A prompt as the first attempt would get it, less what its dependencies will have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The prompt.
    pub prompt: Prompt,
    /// What is to be said beside it.
    pub notes: Vec<String>,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The track has no such ticket.
    #[error("the track has no ticket `{0}`")]
    NoTicket(TicketId),
    /// The folder cannot be opened.
    #[error("failed to open the ticket's root")]
    Root(#[from] std::io::Error),
}

/// Makes the preview of a ticket.
///
/// # Errors
/// See [`PreviewError`]. A context file that cannot be read is in the prompt with its error, as a worker would see it.
pub fn preview(dir: &Path, track: &Track, id: &TicketId, settings: &Settings) -> Result<Preview, PreviewError> {
    let found: Option<&Ticket> = track.tickets.iter().find(|ticket| ticket.id == *id);
    let ticket = found.ok_or_else(|| PreviewError::NoTicket(id.clone()))?;
    let mut notices = Vec::new();
    let context_md = shared_context(dir, track, &mut notices);
    // What an earlier run learnt of the files; nothing is added to it.
    let store = find_upwards(dir).and_then(|dir| Journal::open_existing(&dir).ok()).map_or(TagStore::None, TagStore::Read);
    let (pack, choice) = Packer::open(dir, store, settings.markers.clone())?.pack(ticket, &[], settings.pack_tokens);
    let sources = Sources {
        ticket,
        protect: &track.protect,
        context_md: &context_md,
        pack: &pack,
        choice: choice.as_ref(),
        dependencies: &[],
        before: None,
        note: None,
    };
    let mut notes: Vec<String> = notices.into_iter().map(|(_, note)| note).collect();
    if !ticket.depends_on.is_empty() {
        notes.push("what its dependencies will have done is added when they have".to_owned());
    }
    Ok(Preview { prompt: prompt::make(&sources), notes })
}
