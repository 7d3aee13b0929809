//! `docs/engine.md` lists the mutants: each patch is in it with the words that the patch begins with, and nothing else is.

use std::collections::BTreeSet;

use super::files::TextFile;
use super::finding::Finding;
use crate::mutants::FOLDER;

const PAGE: &str = "docs/engine.md";

/// Compares the rows of the page's table with the files.
pub(super) fn apply(files: &[TextFile], findings: &mut Vec<Finding>) {
    let text = files.iter().find(|file| file.path == PAGE).map_or("", |file| file.text.as_str());
    let listed: BTreeSet<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let there: BTreeSet<String> = files.iter().filter_map(row).collect();
    for row in &there {
        if !listed.contains(row.as_str()) {
            findings.push(Finding::of(PAGE, format!("does not have the row {row}")));
        }
    }
    for row in listed {
        if !there.contains(row) {
            findings.push(Finding::of(PAGE, format!("lists what is not there: {row}")));
        }
    }
}

/// What the page has to say of a file, if that is a mutant.
fn row(file: &TextFile) -> Option<String> {
    let name = file.path.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(".patch")?;
    Some(format!("| `{name}` | {} |", file.text.lines().next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(page: &str) -> Vec<String> {
        let file = |name: &str, text: &str| TextFile { path: format!("{FOLDER}/{name}"), text: text.to_owned() };
        let page = TextFile { path: PAGE.to_owned(), text: page.to_owned() };
        let files = [page, file("barrier.patch", "Waves.\n\ndiff\n"), file("notes.txt", "x")];
        let mut findings = Vec::new();
        apply(&files, &mut findings);
        findings.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_page_lists_exactly_the_mutants_that_are_there() {
        assert_eq!(found("# Mutants\n\n| mutant | breaks |\n|---|---|\n| `barrier` | Waves. |\n"), [""; 0]);
        assert_eq!(found("# Mutants\n"), ["docs/engine.md: does not have the row | `barrier` | Waves. |"]);
        assert_eq!(
            found("| `barrier` | Waves. |\n| `gone` | Nothing. |\n"),
            ["docs/engine.md: lists what is not there: | `gone` | Nothing. |"]
        );
        assert_eq!(
            found("| `barrier` | Other words. |\n"),
            [
                "docs/engine.md: does not have the row | `barrier` | Waves. |",
                "docs/engine.md: lists what is not there: | `barrier` | Other words. |"
            ]
        );
    }
}
