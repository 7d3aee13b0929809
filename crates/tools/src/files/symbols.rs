//! The tool `symbols`: the definitions of a file.

use conductor_context::{Lines, MAX_FILE_BYTES, Symbols, ViewError, is_known};

use super::{Found, search::cut};
use crate::{
    SymbolsArguments,
    error::ToolError,
    root::{Access, Place, Root},
};

/// The most that one call shows.
const MAX_SHOWN: usize = 1_000;
const MAX_BYTES: usize = 48 * 1024;

/// Lists the definitions of a file in its order, one a line, indented by those around it: lines, kind, signature.
pub(crate) fn symbols(root: &Root, arguments: &SymbolsArguments) -> Result<Found, ToolError> {
    let place = root.place(&arguments.path, Access::Read)?;
    let symbols = parsed(&place)?;
    let lines = Lines::of(&symbols.text);
    let from = arguments.start_line.map_or(1, |line| usize::try_from(line).unwrap_or(usize::MAX));
    let ranges = symbols.list.iter().map(|symbol| (symbol, lines.around(&symbols.range(symbol))));
    let mut wanted = ranges.filter(|(_, (first, _))| *first >= from).peekable();
    let mut text = String::new();
    let mut shown = 0;
    let begins = wanted.peek().map_or(0, |(_, (first, _))| *first);
    let mut go_on = None;
    for (symbol, (first, last)) in wanted {
        if shown == MAX_SHOWN || text.len() > MAX_BYTES {
            // Where all that was shown begins on one line, the next line is the first that brings something new.
            go_on = Some(first.max(begins + 1));
            break;
        }
        shown += 1;
        let signature = symbols.signature(symbol);
        text.push_str(&format!("{:indent$}{first}-{last} {} {}\n", "", symbol.kind, cut(&signature), indent = 2 * symbol.depth));
    }
    let mut notes: Vec<String> = symbols.notes.iter().map(ToString::to_string).collect();
    if shown == 0 {
        let rest = if from > 1 { " from there on" } else { "" };
        notes.push(format!("no definitions{rest}; `read` shows the file"));
    }
    if let Some(line) = go_on {
        notes.push(format!("{shown} of {} definitions; go on with start_line {line}", symbols.list.len()));
    }
    Ok(Found::noted(text, &notes, go_on.is_some()))
}

/// The definitions of the file at a place; why there are none is an error.
pub(super) fn parsed(place: &Place) -> Result<Symbols, ToolError> {
    let (content, _) = place.read(MAX_FILE_BYTES as u64)?;
    let path = || place.shown().to_owned();
    if !is_known(&place.path) {
        return Err(ToolError::UnknownLanguage { path: path() });
    }
    conductor_context::symbols(&place.path, &content).map_err(|source| match source {
        ViewError::Binary { .. } => ToolError::Binary { path: path() },
        ViewError::TooLarge { .. } | ViewError::TooComplex => ToolError::NotParsed { path: path(), source },
    })
}
