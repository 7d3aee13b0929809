//! Longer answers: a reason or an answer on one line, a text in the person's own editor.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::process::Command;

use console::Term;
use dialoguer::Input;

use super::keyboard::{hush_terminal, restore_terminal};

/// Asks for a reason; `None` where the person breaks off.
pub(super) fn reason() -> Option<String> {
    line("  why (may be empty)")
}

/// Asks for the answer to a worker's question; `None` where the person breaks off or types nothing.
pub(super) fn answer() -> Option<String> {
    line("  your answer").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn line(prompt: &str) -> Option<String> {
    let input = Input::<String>::new().with_prompt(prompt).allow_empty(true);
    input.interact_text_on(&Term::stderr()).ok()
}

/// Opens `$VISUAL` or `$EDITOR` (else `vi`) on a text; `None`: it was left as it is.
pub(super) fn edit(text: &str, extension: &str) -> Result<Option<String>, String> {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(|name| std::env::var(name).ok()).find(|value| !value.trim().is_empty());
    // An editor sets the terminal up from how it finds it.
    restore_terminal();
    let edited = edit_with(named.as_deref().unwrap_or("vi"), text, extension);
    hush_terminal();
    edited
}

/// Opens an editor, named as a shell would take it, on a text. What it left counts only if it ended well: `:cq` is a no.
///
/// dialoguer's own takes the file whatever the editor's end, and a file saved within one tick of the file system for unsaved.
fn edit_with(editor: &str, text: &str, extension: &str) -> Result<Option<String>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("the editor failed: {error}; nothing was changed");
    let words = shell_words::split(editor).map_err(|error| failed(&error))?;
    let Some((program, arguments)) = words.split_first() else { return Err(failed(&"it has no name")) };
    let file = written(text, extension).map_err(|error| failed(&error))?;
    let status = Command::new(program).args(arguments.iter().map(OsStr::new)).arg(file.path()).status();
    let status = status.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => "the editor was not found: set $EDITOR".to_owned(),
        _ => failed(&error),
    })?;
    if !status.success() {
        return Err(failed(&status));
    }
    // By its name: many editors put a new file in its place.
    let edited = fs::read_to_string(file.path()).map_err(|error| failed(&error))?;
    Ok((edited != text).then_some(edited))
}

/// A file of this person's alone that holds the text, and is gone when this is dropped.
fn written(text: &str, extension: &str) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix("conductor-").suffix(extension).tempfile()?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(script: &str, text: &str) -> Result<Option<String>, String> {
        edit_with(&format!("sh -c '{script}' sh"), text, ".md")
    }

    #[test]
    fn what_an_editor_saved_is_taken_however_fast_it_was_and_however_it_wrote_the_file() {
        assert_eq!(by("echo more >>\"$1\"", "text\n"), Ok(Some("text\nmore\n".to_owned())));
        assert_eq!(by("echo more >>\"$1\"; touch -d @0 \"$1\"", "text\n"), Ok(Some("text\nmore\n".to_owned())));
        assert_eq!(by("echo other >\"$1.new\"; mv \"$1.new\" \"$1\"", "text\n"), Ok(Some("other\n".to_owned())));
        assert_eq!(by("touch \"$1\"", "text\n"), Ok(None));
    }

    #[test]
    fn an_editor_that_ends_badly_changes_nothing() {
        assert_eq!(
            by("echo more >>\"$1\"; exit 1", "text\n"),
            Err("the editor failed: exit status: 1; nothing was changed".to_owned())
        );
        assert_eq!(edit_with("/nowhere/editor", "", ".md"), Err("the editor was not found: set $EDITOR".to_owned()));
        assert!(edit_with("vi \"", "", ".md").unwrap_err().starts_with("the editor failed: "));
    }
}
