//! A text of the same length that is easier to parse: for sources that the grammar takes for broken.
//!
//! The grammar's scanner ends blocks inside brackets when a line there is indented less than the block, and knows two of the
//! three line endings. So, by Python's own lexical rules: line breaks and comments inside brackets become spaces, a carriage return
//! alone becomes a line feed, and the content of strings and of lists of type parameters becomes `x`. Every byte keeps its place, so a tree of the masked text
//! fits the source.

use std::ops::Range;

/// A masked text.
pub(super) struct Mask {
    pub(super) text: String,
    /// Where the comments are, those inside brackets among them.
    pub(super) comments: Vec<Range<usize>>,
}

/// What the scan is inside of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// A bracket that this byte closes.
    Bracket(u8),
    /// The type parameters of a definition, the defaults of which the grammar does not know.
    TypeParameters,
    String(Quote),
    /// The expression of a replacement field.
    Field,
    /// What follows the colon in a replacement field.
    Format,
}

/// What a word says of a bracket behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    /// `def`, `class` or `type`.
    Definer,
    /// The name behind one.
    Defined,
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Quote {
    byte: u8,
    triple: bool,
    has_fields: bool,
}

struct Scan<'s> {
    source: &'s [u8],
    at: usize,
    out: Vec<u8>,
    comments: Vec<Range<usize>>,
    inside: Vec<Inside>,
    /// How many of `inside` have content that becomes `x`.
    hiding: usize,
    /// What the word before was.
    word: Word,
}

/// Masks a source; nothing where its brackets or strings do not match.
pub(super) fn mask(source: &str) -> Option<Mask> {
    let mut scan = Scan {
        source: source.as_bytes(),
        at: 0,
        out: Vec::with_capacity(source.len()),
        comments: Vec::new(),
        inside: Vec::new(),
        hiding: 0,
        word: Word::Other,
    };
    while let Some(byte) = scan.peek(0) {
        match scan.inside.last().copied() {
            Some(Inside::String(quote)) => scan.string(byte, quote)?,
            Some(Inside::Format) => scan.format(byte),
            Some(Inside::Field | Inside::Bracket(_) | Inside::TypeParameters) | None => scan.code(byte)?,
        }
    }
    let text = String::from_utf8(scan.out).ok().filter(|text| text.len() == source.len())?;
    scan.inside.is_empty().then_some(Mask { text, comments: scan.comments })
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.source.get(self.at + ahead).copied()
    }

    /// Goes over `bytes` bytes, which stay as they are outside strings.
    fn keep(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.source.len());
        if self.hiding > 0 {
            self.out.resize(end, b'x');
        } else {
            self.out.extend_from_slice(self.source.get(self.at..end).unwrap_or_default());
        }
        self.at = end;
    }

    /// Goes over `bytes` bytes, each of which becomes `by`, or `x` in strings.
    fn hide(&mut self, bytes: usize, by: u8) {
        let end = (self.at + bytes).min(self.source.len());
        self.out.resize(end, if self.hiding > 0 { b'x' } else { by });
        self.at = end;
    }

    /// At a byte that is in no string but perhaps in a replacement field of one.
    fn code(&mut self, byte: u8) -> Option<()> {
        match byte {
            b'#' => self.comment(),
            // A backslash here continues a line, which needs none inside brackets.
            b'\n' | b'\r' | b'\\' if !self.inside.is_empty() => self.hide(1, b' '),
            b'\r' if self.peek(1) != Some(b'\n') => self.hide(1, b'\n'),
            b'"' | b'\'' => self.open(byte, false),
            b'(' => self.bracket(b')'),
            b'[' if self.word == Word::Defined => {
                self.keep(1);
                self.inside.push(Inside::TypeParameters);
                self.hiding += 1;
            }
            b']' if self.inside.last() == Some(&Inside::TypeParameters) => {
                self.hiding -= 1;
                self.close();
            }
            b'[' => self.bracket(b']'),
            b'{' => self.bracket(b'}'),
            b'}' if self.inside.last() == Some(&Inside::Field) => self.close(),
            b')' | b']' | b'}' => {
                if self.inside.last() != Some(&Inside::Bracket(byte)) {
                    return None;
                }
                self.close();
            }
            b':' if self.inside.last() == Some(&Inside::Field) => {
                self.inside.push(Inside::Format);
                self.keep(1);
            }
            _ if byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii() => {
                self.word();
                return Some(());
            }
            b' ' | b'\t' | b'\x0c' => {
                self.keep(1);
                return Some(());
            }
            _ => self.keep(1),
        }
        self.word = Word::Other;
        Some(())
    }

    fn comment(&mut self) {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        self.comments.push(self.at..self.at + length);
        if self.inside.is_empty() { self.keep(length) } else { self.hide(length, b' ') }
    }

    /// A name, a number, or the prefix of a string.
    fn word(&mut self) {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        self.word = match word {
            _ if self.word == Word::Definer => Word::Defined,
            b"def" | b"class" | b"type" => Word::Definer,
            _ => Word::Other,
        };
        let quote = rest.get(length).copied().filter(|byte| matches!(byte, b'"' | b'\''));
        match quote {
            Some(byte) if length <= 2 && word.iter().all(|letter| b"rRbBuUfFtT".contains(letter)) => {
                let has_fields = word.iter().any(|letter| b"fFtT".contains(letter));
                self.hide(length, b'r');
                self.open(byte, has_fields);
            }
            _ => self.keep(length),
        }
    }

    fn open(&mut self, byte: u8, has_fields: bool) {
        let triple = self.peek(1) == Some(byte) && self.peek(2) == Some(byte);
        self.keep(if triple { 3 } else { 1 });
        self.inside.push(Inside::String(Quote { byte, triple, has_fields }));
        self.hiding += 1;
    }

    fn bracket(&mut self, closing: u8) {
        self.inside.push(Inside::Bracket(closing));
        self.keep(1);
    }

    fn close(&mut self) {
        self.inside.pop();
        self.keep(1);
    }

    /// At a byte of a string.
    fn string(&mut self, byte: u8, quote: Quote) -> Option<()> {
        let is_end = byte == quote.byte && (!quote.triple || (self.peek(1) == Some(byte) && self.peek(2) == Some(byte)));
        if is_end {
            self.inside.pop();
            self.hiding -= 1;
            self.keep(if quote.triple { 3 } else { 1 });
        } else if byte == b'\\' {
            // A raw string, too, does not end at a quote behind a backslash.
            let bytes = if self.peek(1) == Some(b'\r') && self.peek(2) == Some(b'\n') { 3 } else { 2 };
            self.keep(bytes);
        } else if matches!(byte, b'\n' | b'\r') && !quote.triple {
            return None;
        } else if byte == b'{' && quote.has_fields && self.peek(1) != Some(b'{') {
            self.inside.push(Inside::Field);
            self.keep(1);
        } else if byte == b'{' && quote.has_fields {
            self.keep(2);
        } else {
            self.keep(1);
        }
        Some(())
    }

    /// At a byte of a format specification.
    fn format(&mut self, byte: u8) {
        match byte {
            b'{' => self.inside.push(Inside::Field),
            b'}' => {
                self.inside.pop();
                self.inside.pop();
            }
            _ => {}
        }
        self.keep(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(source: &str) -> Option<String> {
        mask(source).map(|mask| mask.text)
    }

    #[test]
    fn what_is_inside_brackets_is_on_one_line() {
        assert_eq!(masked("f(a \\\r + b)").as_deref(), Some("f(a    + b)"));
        assert_eq!(masked("f(a.\nb,  # c )\n)\rg").as_deref(), Some("f(a. b,        )\ng"));
    }

    #[test]
    fn strings_have_no_content() {
        assert_eq!(masked("x = '(' + b\"\\\"[\" + '''a\n'b\\'''c'''").as_deref(), Some("x = 'x' + r\"xxx\" + '''xxxxxxxxx'''"));
    }

    #[test]
    fn strings_in_replacement_fields_end_where_python_says() {
        assert_eq!(masked("f'{a['k']:>{w}}' + 'ü'").as_deref(), Some("r'xxxxxxxxxxxxx' + 'xx'"));
        assert_eq!(masked("f'{{' + f'''{\n{1: 2}[1]!r}'''").as_deref(), Some("r'xx' + r'''xxxxxxxxxxxxxx'''"));
    }

    #[test]
    fn type_parameters_are_one_name() {
        assert_eq!(masked("def f[T: (a, b) = x['a']](a): a[0]").as_deref(), Some("def f[xxxxxxxxxxxxxxxxxx](a): a[0]"));
        assert_eq!(masked("class A [\nT = int, # [\n]: pass").as_deref(), Some("class A [xxxxxxxxxxxxxx]: pass"));
        assert_eq!(masked("type [0]; x[def]").as_deref(), Some("type [0]; x[def]"));
    }

    #[test]
    fn what_does_not_match_is_not_masked() {
        assert_eq!(["(", ")", "(]", "'a\n'", "'''", "f'{'"].map(masked), [const { None }; 6]);
    }

    #[test]
    fn comments_are_known_inside_brackets_too() {
        let source = "a  # one\nf(  # two\n)\n'# three'";
        let comments = mask(source).map(|mask| mask.comments).unwrap_or_default();
        assert_eq!(comments.into_iter().map(|range| &source[range]).collect::<Vec<_>>(), ["# one", "# two"]);
    }
}
