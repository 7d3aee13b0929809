//! Encodings: from bytes to a text, and back.

use std::borrow::Cow;

use encoding_rs::mem::decode_latin1;

/// What the bytes of a text file mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16 {
        little: bool,
    },
    Ascii,
    /// ISO 8859-1 as it is written: the web's rules, which `encoding_rs` has, read it as windows-1252.
    Latin1,
    /// One of `encoding_rs`, but for those above.
    Legacy(&'static encoding_rs::Encoding),
}

impl Encoding {
    /// What a file that says nothing and is not UTF-8 is read as: each byte is a character, so nothing is lost.
    pub(crate) const WINDOWS_1252: Self = Self::Legacy(encoding_rs::WINDOWS_1252);

    /// UTF-16 of a file that begins with its byte order mark.
    pub(crate) fn of_utf16_mark(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, ..] => Some(Self::Utf16 { little: true }),
            [0xfe, 0xff, ..] => Some(Self::Utf16 { little: false }),
            _ => None,
        }
    }

    /// Its name in words of users.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 { little: true } => "UTF-16LE",
            Self::Utf16 { little: false } => "UTF-16BE",
            Self::Ascii => "ASCII",
            Self::Latin1 => "ISO-8859-1",
            Self::Legacy(encoding) => encoding.name(),
        }
    }

    /// The text that gives `bytes` when it is encoded; where there is none, the offset of the first byte that would not come back.
    pub(crate) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
        let text = match self {
            Self::Utf8 => return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| error.valid_up_to()),
            Self::Ascii => {
                let ascii = bytes.iter().position(|byte| !byte.is_ascii()).map_or(Ok(bytes), Err)?;
                return Self::Utf8.decode(ascii);
            }
            Self::Utf16 { little: true } => encoding_rs::UTF_16LE.decode_without_bom_handling(bytes).0,
            Self::Utf16 { little: false } => encoding_rs::UTF_16BE.decode_without_bom_handling(bytes).0,
            Self::Latin1 => decode_latin1(bytes),
            Self::Legacy(encoding) => encoding.decode_without_bom_handling(bytes).0,
        };
        let again = self.encode(&text);
        if *again == *bytes { Ok(text) } else { Err(again.iter().zip(bytes).take_while(|(again, byte)| again == byte).count()) }
    }

    /// The bytes of a text that has no character which the encoding has not.
    pub(crate) fn encode(self, text: &str) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 | Self::Ascii => Cow::Borrowed(text.as_bytes()),
            Self::Utf16 { little: true } => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16 { little: false } => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Latin1 => text.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect(),
            Self::Legacy(encoding) => encoding.encode(text).0,
        }
    }
}
