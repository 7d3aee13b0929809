//! From the bytes of a file to its text, and back.
//!
//! The rule: a text is what the bytes mean in an encoding only if encoding it gives the same bytes again. First comes what the file
//! says of itself (a byte order mark, or the words its language has for that), then UTF-8, then windows-1252, in which everything
//! is a text. Deliberately absent: guessing an encoding by what its text would look like.

mod encoding;
mod names;

use std::borrow::Cow;

use crate::language::Language;
use crate::view::{EncodingDoubt, MAX_FILE_BYTES, Note, ViewError};

pub(crate) use encoding::Encoding;

/// A file's text.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    /// All of it, a byte order mark included.
    pub(crate) text: Cow<'a, str>,
    /// What gives the file's bytes again.
    pub(crate) encoding: Encoding,
    /// That it is not UTF-8, or not what it says it is.
    pub(crate) note: Option<Note>,
}

/// Reads a file.
pub(crate) fn decode<'a>(bytes: &'a [u8], language: Option<&Language>) -> Result<Source<'a>, ViewError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ViewError::TooLarge { bytes: bytes.len() as u64 });
    }
    if let Some(encoding) = Encoding::of_utf16_mark(bytes)
        && let Ok(text) = encoding.decode(bytes)
    {
        return match bytes.chunks_exact(2).position(|unit| unit == [0, 0]) {
            Some(unit) => Err(ViewError::Binary { offset: 2 * unit }),
            None => Ok(Source { text, encoding, note: Some(Note::Encoding { name: encoding.name(), doubt: None }) }),
        };
    }
    if bytes.contains(&0) {
        return Err(ViewError::Binary { offset: bytes.iter().position(|byte| *byte == 0).unwrap_or_default() });
    }
    Ok(match language.and_then(|language| language.declared_encoding(bytes)) {
        Some(name) => declared(bytes, name),
        None => undeclared(bytes, |offset| EncodingDoubt::NotUtf8 { offset }),
    })
}

/// Reads a file that says what its encoding is.
fn declared<'a>(bytes: &'a [u8], name: &str) -> Source<'a> {
    let said = || name.chars().take(40).collect::<String>();
    let Some(encoding) = names::encoding_of(name) else {
        return doubted(bytes, EncodingDoubt::Unknown { said: said() });
    };
    if bytes.starts_with(BYTE_ORDER_MARK) && encoding != Encoding::Utf8 {
        return doubted(bytes, EncodingDoubt::Contradicted { said: said(), offset: 0 });
    }
    match encoding.decode(bytes) {
        // What reads the same in UTF-8 is UTF-8.
        Ok(text) if text.as_bytes() == bytes => Source { text, encoding: Encoding::Utf8, note: None },
        Ok(text) => Source { text, encoding, note: Some(Note::Encoding { name: encoding.name(), doubt: None }) },
        Err(offset) => doubted(bytes, EncodingDoubt::Contradicted { said: said(), offset }),
    }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a file that is not what it says.
fn doubted(bytes: &[u8], doubt: EncodingDoubt) -> Source<'_> {
    let source = undeclared(bytes, |_| doubt.clone());
    Source { note: Some(Note::Encoding { name: source.encoding.name(), doubt: Some(doubt) }), ..source }
}

/// Reads a file that says nothing of its encoding.
fn undeclared(bytes: &[u8], doubt: impl FnOnce(usize) -> EncodingDoubt) -> Source<'_> {
    match Encoding::Utf8.decode(bytes) {
        Ok(text) => Source { text, encoding: Encoding::Utf8, note: None },
        Err(offset) => {
            let encoding = Encoding::WINDOWS_1252;
            // Every byte is a character there, and no two are the same.
            let text = encoding.decode(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes));
            Source { text, encoding, note: Some(Note::Encoding { name: encoding.name(), doubt: Some(doubt(offset)) }) }
        }
    }
}

#[cfg(test)]
mod tests;
