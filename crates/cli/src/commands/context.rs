//! `conductor context`: views of files, as workers get them.

use std::error::Error;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use conductor_context::{FileError, MAX_FILE_BYTES, Rendered, View, ViewError, ViewOptions, view};
use conductor_model::{safe_line, safe_text};

use crate::args::ContextArgs;
use crate::errors::Failure;
use crate::exit::Exit;
use crate::output;
use crate::session::Session;

/// Prints views: of one file exactly its bytes, of several each under its name.
pub(super) fn context(session: &Session, args: &ContextArgs) -> Result<Exit, Failure> {
    let wanted: View = args.view.parse().map_err(|error: conductor_context::UnknownView| Failure::of(Exit::USAGE, &error))?;
    let markers = session.config()?.markers;
    let options = ViewOptions { keep: &args.keep, markers: &markers };
    let alone = args.files.len() == 1;
    let mut worst = Exit::OK;
    for (number, path) in args.files.iter().enumerate() {
        match make(path, wanted, &options) {
            Ok(made) => {
                for note in &made.notes {
                    session.say(&safe_line(&format!("{}: {note}", path.display())));
                }
                print(path, &made, alone, number == 0)?;
            }
            Err(failure) if alone => return Err(failure),
            Err(failure) => {
                failure.tell(session.colors.err);
                worst = failure.exit;
            }
        }
    }
    Ok(worst)
}

fn make(path: &Path, wanted: View, options: &ViewOptions<'_>) -> Result<Rendered, Failure> {
    let name = path.to_string_lossy();
    let no_view = |error: &dyn Error| Failure::new(Exit::NO_INPUT, format!("{name}: there is no view")).because(Some(error));
    // Looked at before it is opened: opening a pipe waits for its writer.
    let metadata = fs::metadata(path).map_err(|error| Failure::unreadable(path, &error))?;
    if metadata.len() > MAX_FILE_BYTES as u64 {
        return Err(no_view(&ViewError::TooLarge { bytes: metadata.len() }));
    }
    if !metadata.is_file() {
        return Err(no_view(&FileError::NotAFile));
    }
    let mut source = Vec::new();
    let file = fs::File::open(path).map_err(|error| Failure::unreadable(path, &error))?;
    file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut source).map_err(|error| Failure::unreadable(path, &error))?;
    view(&name, &source, wanted, options).map_err(|error| no_view(&error))
}

fn print(path: &Path, made: &Rendered, alone: bool, first: bool) -> Result<(), Failure> {
    // A file's own bytes can drive a terminal; a pipe gets them as they are.
    let is_terminal = output::is_terminal();
    if alone && !is_terminal {
        return output::data(made.bytes());
    }
    let shown = if is_terminal { safe_text(&made.text) } else { made.text.as_str().into() };
    if alone {
        return output::data(shown.as_bytes());
    }
    let gap = if first { "" } else { "\n" };
    output::data(format!(
        "{gap}File: {}\n{shown}{}",
        safe_line(&path.to_string_lossy()),
        if shown.ends_with('\n') { "" } else { "\n" }
    ))
}
