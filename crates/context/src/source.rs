//! From the bytes of a file to its text.

use crate::view::{MAX_FILE_BYTES, ViewError};

/// The text of a file, a byte order mark included.
pub(crate) fn decode(source: &[u8]) -> Result<&str, ViewError> {
    if source.len() > MAX_FILE_BYTES {
        return Err(ViewError::TooLarge { bytes: source.len() });
    }
    // UTF-16 is full of NUL bytes, but it is not binary.
    if source.starts_with(&[0xff, 0xfe]) || source.starts_with(&[0xfe, 0xff]) {
        return Err(ViewError::NotUtf8 { offset: 0 });
    }
    if let Some(offset) = source.iter().position(|byte| *byte == 0) {
        return Err(ViewError::Binary { offset });
    }
    std::str::from_utf8(source).map_err(|error| ViewError::NotUtf8 { offset: error.valid_up_to() })
}
