//! What a ticket that names no files is given to read: the files that its text speaks of, with the reasons, and a map of the
//! others.
//!
//! Deliberately absent: how files are ranked and drawn (`conductor-context`).

use std::collections::BTreeMap;

use conductor_context::{Files, Index, Pack, Query, Tokens, ViewOptions, estimate_tokens, pack};
use conductor_model::{Ticket, safe_line};

use crate::prompt::{Dependency, fence};

/// How many files are chosen at most.
const FILES: usize = 12;
/// The most tokens of a map.
const MAP: Tokens = Tokens(4_000);

/// Files that were chosen, and a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// What stands before the pack: the files and why each was chosen.
    pub(crate) before: String,
    /// What stands behind it: the map.
    pub(crate) after: String,
    /// Estimated tokens of both.
    pub(crate) tokens: Tokens,
    /// Why each file was chosen, by path.
    pub(crate) reasons: BTreeMap<String, String>,
}

/// Chooses for a ticket, and packs what was chosen; all of it within `budget`: at most three quarters for the files, then the map.
pub(crate) fn choose(
    index: &Index,
    files: &dyn Files,
    ticket: &Ticket,
    dependencies: &[Dependency],
    options: &ViewOptions<'_>,
    budget: Tokens,
) -> (Pack, Choice) {
    let mut query = Query::of_text(&ticket.description);
    for dependency in dependencies {
        for path in &dependency.changed {
            query = query.changed(path, dependency.id.as_str());
        }
    }
    let ranking = index.rank(&query);
    let mut favoured: Vec<_> = ranking.files().filter(|file| file.is_favoured).collect();
    favoured.sort_by(|left, right| right.points.total_cmp(&left.points));
    favoured.truncate(FILES);
    let mut reasons = BTreeMap::new();
    let mut before = String::new();
    for file in &favoured {
        let why: Vec<String> = file.reasons.iter().map(ToString::to_string).collect();
        let why = safe_line(&why.join("; ")).into_owned();
        before.push_str(&format!("- {}: {why}\n", safe_line(file.path)));
        reasons.insert(file.path.to_owned(), why);
    }
    if !favoured.is_empty() {
        before = format!("No files were named for this ticket. These were chosen by what it says:\n{before}\n");
    }
    let most = Tokens(budget.0 / 4 * 3);
    if estimate_tokens(&before) > most {
        before.clear();
    }
    let paths: Vec<String> = favoured.iter().map(|file| file.path.to_owned()).collect();
    let pack = pack(files, &paths, options, most - estimate_tokens(&before));
    let left = budget - estimate_tokens(&before) - pack.tokens;
    let shown = paths.iter().map(String::as_str).collect();
    let map = ranking.map((left - Tokens(HEADING)).min(MAP), &shown).text;
    let after = if map.is_empty() { map } else { heading(&map) };
    let tokens = estimate_tokens(&before) + estimate_tokens(&after);
    (pack, Choice { before, after, tokens, reasons })
}

/// What the text around a map costs at most, with a fence of up to 64 signs.
const HEADING: u64 = 128;

fn heading(map: &str) -> String {
    let fence = fence(map);
    format!(
        "Signatures of the repository that may matter, the most relevant files first; `symbols` lists a file's, `definition` \
         fetches one:\n{fence}\n{map}{fence}\n\n"
    )
}

#[cfg(test)]
mod tests {
    use conductor_context::{FileError, Markers, NoCache};
    use conductor_model::TicketId;

    use super::*;

    struct Tree(Vec<(&'static str, String)>);

    impl Files for Tree {
        fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
            let found = self.0.iter().find(|(name, _)| *name == path);
            found.map(|(_, text)| text.as_bytes().to_vec()).ok_or(FileError::NotFound)
        }
    }

    fn tree() -> Tree {
        Tree(vec![
            ("auth.py", "class Session:\n    def refresh(self):\n        return issue_token(self)\n".to_owned()),
            ("tokens.py", "def issue_token(session):\n    return 1\n".to_owned()),
            ("many.py", "def other_function_of_this_file(argument): ...\n".repeat(300)),
            ("notes.md", "Nothing.\n".to_owned()),
        ])
    }

    fn chosen(text: &str, dependencies: &[Dependency], budget: u64) -> (Pack, Choice) {
        let tree = tree();
        let index = Index::build(&tree, tree.0.iter().map(|(path, _)| (*path).to_owned()).collect(), &NoCache);
        let ticket = Ticket::new(TicketId::new("T2").unwrap(), text);
        let markers = Markers::default();
        choose(&index, &tree, &ticket, dependencies, &ViewOptions { keep: &[], markers: &markers }, Tokens(budget))
    }

    #[test]
    fn files_that_the_text_speaks_of_are_packed_with_the_reasons_and_the_others_mapped() {
        let dependencies =
            [Dependency { id: TicketId::new("T1").unwrap(), summary: String::new(), changed: vec!["notes.md".to_owned()] }];
        let (pack, choice) = chosen("`Session.refresh` drops the token", &dependencies, 20_000);
        let shown: Vec<_> = pack.entries.iter().map(|entry| (entry.path.as_str(), entry.shown.as_str())).collect();
        assert_eq!(shown, [("auth.py", "curated"), ("notes.md", "full")]);
        let before = "No files were named for this ticket. These were chosen by what it says:\n\
                      - auth.py: defines Session.refresh, which is named\n- notes.md: was changed by T1\n\n";
        assert_eq!(choice.before, before);
        assert!(choice.after.contains("```\ntokens.py:\n  def issue_token(session):\n"), "{}", choice.after);
        assert!(!choice.after.contains("auth.py"), "{}", choice.after);
        assert_eq!(choice.reasons.keys().collect::<Vec<_>>(), ["auth.py", "notes.md"]);
    }

    #[test]
    fn a_text_without_names_gets_the_map_alone() {
        let (pack, choice) = chosen("make it faster", &[], 20_000);
        assert_eq!((pack.text(), choice.before.as_str(), choice.reasons.len()), ("", "", 0));
        assert!(choice.after.contains("auth.py:\n  class Session:"), "{}", choice.after);
    }

    #[test]
    fn all_of_it_is_within_the_budget() {
        for budget in [0, 10, 50, 100, 150, 200, 300, 500, 1000, 3000] {
            let (pack, choice) = chosen("`Session.refresh` and other_function_of_this_file", &[], budget);
            let text = format!("{}{}{}", choice.before, pack.text(), choice.after);
            assert!(estimate_tokens(&text) <= Tokens(budget), "{budget}: {text}");
            assert_eq!(choice.tokens + pack.tokens, estimate_tokens(&text), "{budget}");
        }
    }
}
