//! What a map is for: the words of a task, and the files that the work before it changed.

use std::collections::BTreeSet;

use crate::mention::mentions;

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
    /// Takes the names and paths out of a text: what [`mentions`] finds, words that begin with a capital letter, and everything
    /// with a `/` or a `.` that may be a path.
    pub fn of_text(text: &str) -> Self {
        let mut query = Self::default();
        for name in mentions(text) {
            let parts: Vec<String> = name.split(['.', ':']).filter(|part| !part.is_empty()).map(str::to_owned).collect();
            // One letter says nothing: `e.g.`
            if parts.last().is_some_and(|last| last.len() > 1) {
                query.names.insert(parts);
            }
        }
        // The end of a name is looked for where the whole is not found.
        let all = query.names.clone();
        query.names.retain(|name| !all.iter().any(|other| other.len() > name.len() && other.ends_with(name)));
        let is_between = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '-'));
        for word in text.split(is_between).map(|word| word.trim_start_matches("./").trim_end_matches(['.', '-', '/'])) {
            if word.contains(['/', '.']) {
                query.paths.insert(word.to_owned());
            } else if word.len() > 3 && word.starts_with(char::is_uppercase) && !word.contains('-') {
                query.names.insert(vec![word.to_owned()]);
            }
        }
        query
    }

    /// Adds a file that `by` changed: a ticket's id, or who else.
    pub fn changed(mut self, path: impl Into<String>, by: impl Into<String>) -> Self {
        self.changed.push((path.into(), by.into()));
        self
    }
}
