//! Text in a box: on few lines, and safe to show.

use conductor_model::safe_line;
use unicode_width::UnicodeWidthStr;

use crate::layout::fit;

/// The most of a word that is looked at, in characters: no box is as wide.
const WORD: usize = 200;

/// Text in at most `lines` lines of at most `width` columns, broken between words; what does not fit ends in `…`.
pub(super) fn wrapped(text: &str, width: usize, lines: usize) -> Vec<String> {
    let mut made: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word: String = word.chars().take(WORD).collect();
        let word = safe_line(&word);
        let is_last = made.len() == lines;
        match made.last_mut() {
            Some(line) if is_last || line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            Some(_) | None => made.push(word.into_owned()),
        }
        if is_last && made.last().is_some_and(|line| line.width() > width) {
            break;
        }
    }
    made.iter().map(|line| fit(line, width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_between_words_and_cut_at_the_end() {
        assert_eq!(wrapped("one two three", 7, 2), ["one two", "three"]);
        assert_eq!(wrapped("one two three four five", 7, 2), ["one two", "three …"]);
        assert_eq!(wrapped("incomprehensibilities\n\u{202e}x", 7, 2), ["incomp…", "\\u{202…"]);
        assert_eq!(wrapped(" \n", 7, 2), Vec::<String>::new());
        assert_eq!(wrapped(&"x".repeat(1 << 20), 7, 3), ["xxxxxx…"]);
    }
}
