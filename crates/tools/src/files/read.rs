//! The tool `read`: the lines of a text file.

use super::Found;
use crate::{
    ReadArguments,
    error::ToolError,
    root::{Access, Root},
};

/// The largest file that is read at all.
pub(super) const MAX_FILE: u64 = 16 * 1024 * 1024;
/// The most that one call shows.
const MAX_LINES: usize = 2_000;
pub(super) const MAX_BYTES: usize = 60 * 1024;

/// Reads a text file, or a part of it by lines. Says what it left out and how to get it.
pub(crate) fn read(root: &Root, arguments: &ReadArguments) -> Result<Found, ToolError> {
    let place = root.place(&arguments.path, Access::Read)?;
    let (content, _) = place.read(MAX_FILE)?;
    if content.contains(&0) {
        return Err(ToolError::Binary { path: arguments.path.clone() });
    }
    let is_utf8 = std::str::from_utf8(&content).is_ok();
    let text = String::from_utf8_lossy(&content);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut notes = Vec::new();
    if !is_utf8 {
        notes.push("not valid UTF-8: each broken byte is shown as U+FFFD".to_owned());
    }
    if lines.is_empty() {
        notes.push("the file is empty".to_owned());
        return Ok(Found::noted(String::new(), &notes, false));
    }
    let wanted = wanted(arguments, lines.len())?;
    let (shown, taken, is_line_cut) = bounded(&lines[wanted.clone()]);
    let end = wanted.start + taken;
    if is_line_cut {
        let bytes = lines[wanted.start].len();
        notes.push(format!("line {end} is cut: it has {bytes} bytes; `run` can show its parts"));
    }
    if wanted.start > 0 || end < lines.len() {
        let (first, all) = (wanted.start + 1, lines.len());
        let rest = if end < wanted.end { format!("; go on with start_line {}", end + 1) } else { String::new() };
        notes.push(format!("lines {first} to {end} of {all}{rest}"));
    }
    Ok(Found::noted(shown, &notes, is_line_cut || end < wanted.end))
}

/// The wanted lines, counted from 0, their end excluded and inside the file.
fn wanted(arguments: &ReadArguments, lines: usize) -> Result<std::ops::Range<usize>, ToolError> {
    let start = arguments.start_line.unwrap_or(1).max(1);
    let at = usize::try_from(start).unwrap_or(usize::MAX) - 1;
    if at >= lines {
        return Err(ToolError::PastTheEnd { path: arguments.path.clone(), start, lines: lines as u64 });
    }
    let end = arguments.end_line.map_or(lines, |end| usize::try_from(end).unwrap_or(usize::MAX).min(lines));
    // An end before the start asks for nothing; one line is the nearest thing that helps.
    Ok(at..end.max(at + 1))
}

/// As many whole lines as fit, how many they are, and whether the first alone was too long and is cut.
pub(super) fn bounded(lines: &[&str]) -> (String, usize, bool) {
    let mut shown = String::new();
    let mut taken = 0;
    for line in lines.iter().take(MAX_LINES) {
        if shown.len() + line.len() > MAX_BYTES {
            break;
        }
        shown.push_str(line);
        taken += 1;
    }
    match lines.first() {
        Some(line) if taken == 0 => (line[..line.floor_char_boundary(MAX_BYTES)].to_owned(), 1, true),
        _ => (shown, taken, false),
    }
}
