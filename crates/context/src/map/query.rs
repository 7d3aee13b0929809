//! What a map is for: the words of a task, and the files that the work before it changed.

use std::collections::BTreeSet;

/// What a map is for. Without names, paths or changed files it favours nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Names as the text has them, parts apart: `Session.refresh` is `["Session", "refresh"]`.
    pub(super) names: BTreeSet<Vec<String>>,
    /// Words that look like a path or a file's name.
    pub(super) paths: BTreeSet<String>,
    /// Paths that were changed, each with the name of whoever changed it.
    pub(super) changed: Vec<(String, String)>,
}

impl Query {
    /// Takes the names and paths out of a text.
    ///
    /// A name is what stands in backticks, has parts (`a.b`, `a::b`), is followed by `(`, or is no ordinary word: `snake_case`,
    /// `camelCase`, `Capitalised`. Everything with a `/` or a `.` may be a path.
    pub fn of_text(text: &str) -> Self {
        let mut query = Self::default();
        let mut rest = text;
        let mut in_backticks = false;
        while let Some(start) = rest.find(|c: char| is_part(c) || c == '`') {
            in_backticks ^= rest.get(start..).is_some_and(|rest| rest.starts_with('`'));
            let from = rest.get(start..).unwrap_or_default();
            let length = from.find(|c: char| !(is_part(c) || is_joint(c))).unwrap_or(from.len()).max(1);
            let (word, after) = from.split_at(from.ceil_char_boundary(length));
            query.add(word.trim_end_matches(is_joint), in_backticks, after.starts_with('('));
            rest = after;
        }
        query
    }

    /// Adds a file that `by` changed: a ticket's id, or who else.
    pub fn changed(mut self, path: impl Into<String>, by: impl Into<String>) -> Self {
        self.changed.push((path.into(), by.into()));
        self
    }

    fn add(&mut self, word: &str, in_backticks: bool, is_called: bool) {
        if word.contains(['/', '.']) {
            self.paths.insert(word.trim_start_matches("./").to_owned());
        }
        if word.contains(['/', '-']) {
            return;
        }
        let parts: Vec<String> = word.split(is_joint).filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let is_name = |part: &String| !part.starts_with(|c: char| c.is_ascii_digit());
        // One letter says nothing: `e.g.`
        if parts.last().is_none_or(|last| last.len() < 2) || !parts.iter().all(is_name) {
            return;
        }
        if in_backticks || is_called || parts.len() > 1 || parts.iter().all(|part| is_special(part)) {
            self.names.insert(parts);
        }
    }
}

/// Whether a character is part of a name.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a character can stand between the parts of a name or path.
fn is_joint(c: char) -> bool {
    matches!(c, '.' | ':' | '/' | '#' | '-')
}

/// Whether a word is no ordinary one: it has an underscore or a capital letter.
fn is_special(word: &str) -> bool {
    word.contains('_') || word.contains(char::is_uppercase)
}
