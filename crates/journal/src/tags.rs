//! The tag cache: what was worked out from the content of files, by digest. Losing it loses nothing but time.

use conductor_model::Digest;
use rusqlite::OptionalExtension as _;

use crate::JournalError;
use crate::journal::Journal;

/// How many values are kept; beyond that the oldest go.
const MOST: i64 = 200_000;

impl Journal {
    /// What is kept under each of the keys, in their order.
    ///
    /// # Errors
    /// Those of reading.
    pub fn tags(&self, keys: &[Digest]) -> Result<Vec<Option<Vec<u8>>>, JournalError> {
        self.readers().with(|connection| {
            let mut select = connection.prepare_cached("SELECT value FROM tags WHERE digest = ?1").map_err(JournalError::read)?;
            keys.iter()
                .map(|key| select.query_row([key.as_str()], |row| row.get(0)).optional().map_err(JournalError::read))
                .collect()
        })
    }

    /// Keeps values, and waits until they are kept. One that is there already is replaced.
    ///
    /// # Errors
    /// [`JournalError::Stopped`], [`JournalError::WouldWaitForItself`], and those of writing.
    pub fn put_tags(&self, values: Vec<(Digest, Vec<u8>)>) -> Result<(), JournalError> {
        self.call(move |connection| {
            let mut insert = connection
                .prepare_cached("INSERT OR REPLACE INTO tags (digest, value) VALUES (?1, ?2)")
                .map_err(JournalError::write)?;
            for (digest, value) in &values {
                insert.execute((digest.as_str(), value)).map_err(JournalError::write)?;
            }
            connection
                .execute("DELETE FROM tags WHERE id <= (SELECT max(id) FROM tags) - ?1", [MOST])
                .map_err(JournalError::write)?;
            Ok(Ok(()))
        })
    }
}
