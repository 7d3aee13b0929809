//! Names of code in the text of a ticket, so that a curated view keeps what the text is about.
//!
//! Deliberately absent: whether there is anything of such a name.

/// At most so many names are taken from a text, the first: each is compared with every function of a file.
const MAX_MENTIONS: usize = 200;

/// A longer one is no name that anybody gave, in bytes.
const MAX_NAME: usize = 200;

/// The names that a text mentions, in its order, each once: what stands alone in backticks, dotted names and those with `::`, names
/// with `()` behind them, and words in snake case or camel case. A plain word counts in backticks or with `()` alone. What is
/// said of a value or a module (`session.refresh`) may be defined without it, so the rest of such a name is mentioned too.
pub fn mentions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut pieces = line.split('`').enumerate().peekable();
        while let Some((index, piece)) = pieces.next() {
            let in_backticks = index % 2 == 1 && pieces.peek().is_some();
            match called(piece.trim()).filter(|_| in_backticks) {
                Some(name) => mention(name, true, &mut found),
                None => mention_in_prose(piece, &mut found),
            }
        }
    }
    found
}

/// The name that a text is, parentheses and what is between them apart.
fn called(text: &str) -> Option<&str> {
    let name = text.split_once('(').filter(|(_, rest)| rest.ends_with(')')).map_or(text, |(name, _)| name);
    (name_length(name) == name.len() && !name.is_empty()).then_some(name)
}

fn mention_in_prose(mut text: &str, found: &mut Vec<String>) {
    while let Some(start) = text.find(is_part) {
        text = text.get(start..).unwrap_or_default();
        let length = name_length(text);
        // A number.
        if length == 0 {
            text = text.trim_start_matches(is_part);
            continue;
        }
        let (name, rest) = text.split_at(length);
        if rest.starts_with("()") || (rest.starts_with('(') && !is_plain(name)) {
            mention(name, true, found);
        } else if name.contains(['.', ':', '_']) || is_camel(name) {
            mention(name, false, found);
        }
        text = rest;
    }
}

fn mention(name: &str, as_code: bool, found: &mut Vec<String>) {
    if name.len() > MAX_NAME {
        return;
    }
    let mut rest = name;
    loop {
        let counts = as_code || rest == name || !is_plain(rest);
        if counts && found.len() < MAX_MENTIONS && !found.iter().any(|earlier| earlier == rest) {
            found.push(rest.to_owned());
        }
        let Some((first, behind)) = rest.split_once(['.', ':']) else { return };
        if first.starts_with(char::is_uppercase) {
            return;
        }
        rest = behind.trim_start_matches(':');
    }
}

/// How much of the beginning of a text is a name: identifiers with `.` or `::` between them.
fn name_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        let rest = text.get(length..).unwrap_or_default();
        let separator = match length {
            0 => "",
            _ if rest.starts_with("::") => "::",
            _ if rest.starts_with('.') => ".",
            _ => return length,
        };
        let word = rest.get(separator.len()..).unwrap_or_default();
        if !word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return length;
        }
        length += separator.len() + word.find(|c| !is_part(c)).unwrap_or(word.len());
    }
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether a word could stand in any sentence.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_lowercase() || c.is_numeric())
}

/// Whether a word has a capital letter behind a small one, or a small one behind two capitals that is no plural.
fn is_camel(word: &str) -> bool {
    let small: Vec<bool> = word.trim_end_matches('s').chars().map(char::is_lowercase).collect();
    let large: Vec<bool> = word.chars().map(char::is_uppercase).collect();
    let after_small = small.iter().zip(large.iter().skip(1)).any(|(small, large)| *small && *large);
    after_small || large.windows(2).zip(small.iter().skip(2)).any(|(large, small)| *large == [true, true] && *small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_code_is_mentioned() {
        for (text, names) in [
            ("Make `get` faster, and set too", &["get"][..]),
            ("`Session` and ` refresh(token, by=1) `", &["Session", "refresh"]),
            ("Call load() or store (soon); Session(x)", &["load", "Session"]),
            ("Session.refresh and Store::open", &["Session.refresh", "Store::open"]),
            ("crate::store::Store::open_all", &["crate::store::Store::open_all", "store::Store::open_all", "Store::open_all"]),
            ("self.close() but not self.close", &["self.close", "close"]),
            ("auth.Session.refresh, `auth.load`", &["auth.Session.refresh", "Session.refresh", "auth.load", "load"]),
            ("refresh_token, __init__ and MAX_SIZE", &["refresh_token", "__init__", "MAX_SIZE"]),
            ("HTTPServer parseLine CamelCase", &["HTTPServer", "parseLine", "CamelCase"]),
            ("Fix the file(s) of APIs, IDs and HTTP in Session. Then 3.11 or 2nd. ", &[]),
            ("`run make test` and `unclosed get", &[]),
            ("`a.b c_d`", &["a.b", "c_d"]),
            ("ünder_größe", &["ünder_größe"]),
            ("x_y x_y `x_y`", &["x_y"]),
        ] {
            assert_eq!(mentions(text), names, "{text:?}");
        }
    }

    #[test]
    fn a_long_text_mentions_no_more_than_is_looked_for() {
        let text: String = (0..1000).map(|n| format!("name_{n} ")).collect();
        assert_eq!(mentions(&text).len(), MAX_MENTIONS);
        assert_eq!(mentions(&"a.".repeat(100_000)), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_mentions(text in "[a-zA-Zé_0-9.:`() \n]{0,40}") {
            for name in mentions(&text) {
                proptest::prop_assert!(text.contains(&name));
            }
        }
    }
}
