//! Views of files whose language has no grammar here: all of it, or its first lines.

use crate::view::{Note, Rendered, View};

/// Up to this size, in bytes, such a file is shown whole where a skeleton or curated view was asked for.
const SMALL: usize = 16 * 1024;
/// An outline has at most this many lines and bytes.
const LINES: usize = 40;
const BYTES: usize = 4 * 1024;

/// A view of a text of which nothing is known but its lines.
pub(crate) fn render(text: &str, asked: View) -> Rendered {
    let full = || Rendered::new(text.to_owned(), View::Full);
    match asked {
        View::Full => full(),
        View::Outline => Rendered::new(outline(text), View::Outline),
        View::Curated | View::Skeleton => {
            let rendered = if text.len() <= SMALL { full() } else { Rendered::new(outline(text), View::Outline) };
            rendered.noting([Note::UnknownLanguage { asked }])
        }
    }
}

/// The first lines, then how many there are in all; the whole text where that is no longer.
fn outline(text: &str) -> String {
    let mut out: String = text.split_inclusive('\n').take(LINES).collect();
    out.truncate(out.floor_char_boundary(BYTES));
    if out.len() == text.len() {
        return out;
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&format!("[the beginning of {} lines, {} bytes]\n", text.lines().count(), text.len()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_is_shown_whole_and_says_why() {
        let note = Note::UnknownLanguage { asked: View::Skeleton };
        assert_eq!(render("a\nb", View::Skeleton), Rendered::new("a\nb".to_owned(), View::Full).noting([note]));
    }

    #[test]
    fn a_large_file_is_shown_by_its_first_lines_and_says_why() {
        let text = "line\n".repeat(4000);
        let rendered = render(&text, View::Curated);
        assert_eq!(rendered.text, format!("{}[the beginning of 4000 lines, 20000 bytes]\n", "line\n".repeat(40)));
        assert_eq!((rendered.view, rendered.notes), (View::Outline, vec![Note::UnknownLanguage { asked: View::Curated }]));
    }

    #[test]
    fn an_outline_of_one_long_line_is_cut_between_characters() {
        let text = format!("a{}", "ü".repeat(4000));
        let expected = format!("a{}\n[the beginning of 1 lines, 8001 bytes]\n", "ü".repeat(2047));
        assert_eq!(render(&text, View::Outline), Rendered::new(expected, View::Outline));
    }

    #[test]
    fn an_outline_of_a_short_file_is_all_of_it() {
        assert_eq!(render("a\nb", View::Outline).text, "a\nb");
    }
}
