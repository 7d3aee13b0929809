//! The tables, their version, and how a connection to them is opened.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::JournalError;

/// How long a process waits for another one's transaction. Those take milliseconds; longer than this, something is wrong.
const PATIENCE: Duration = Duration::from_secs(30);

/// "cndr": tells a journal from any other database.
const APPLICATION: i64 = 0x636e_6472;

/// Step `n` takes a journal of version `n` to version `n + 1`. Steps are only ever added.
const STEPS: &[&str] = &[VERSION_1, VERSION_2];

const VERSION_1: &str = "
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        track_path TEXT NOT NULL,
        track_digest TEXT NOT NULL,
        created INTEGER NOT NULL,
        settings TEXT NOT NULL,
        track TEXT NOT NULL
    ) STRICT;
    CREATE INDEX runs_of_a_track ON runs (track_path, id);

    CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (id),
        seq INTEGER NOT NULL,
        v INTEGER NOT NULL,
        time INTEGER NOT NULL,
        class TEXT NOT NULL CHECK (class IN ('decision', 'record')),
        ticket TEXT,
        attempt INTEGER,
        line TEXT NOT NULL,
        stowed TEXT,
        UNIQUE (run, seq)
    ) STRICT;
    CREATE INDEX decisions_of_a_run ON events (run, seq) WHERE class = 'decision';
    CREATE INDEX events_of_a_ticket ON events (run, ticket, seq) WHERE ticket IS NOT NULL;

    CREATE TABLE blobs (
        digest TEXT NOT NULL UNIQUE,
        bytes BLOB NOT NULL
    ) STRICT;

    CREATE TABLE decisions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        run INTEGER NOT NULL REFERENCES runs (id),
        time INTEGER NOT NULL,
        kind TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'taken', 'refused')),
        seq INTEGER,
        reason TEXT
    ) STRICT;
    CREATE INDEX pending_decisions ON decisions (run, id) WHERE state = 'pending';

    CREATE TABLE tags (
        digest TEXT NOT NULL,
        kind TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (digest, kind)
    ) STRICT, WITHOUT ROWID;
";

// The tags of one file are kept under one key; the oldest are the first by id.
const VERSION_2: &str = "
    DROP TABLE tags;
    CREATE TABLE tags (
        id INTEGER PRIMARY KEY,
        digest TEXT NOT NULL UNIQUE,
        value BLOB NOT NULL
    ) STRICT;
";

/// How a database file is opened for reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Beside writers, this process or another.
    Shared,
    /// On a read-only disk, where nobody can write and the files of the log cannot be made.
    Immutable,
}

/// Opens the journal for writing, makes or migrates its tables, and makes sure that it can be written.
pub(crate) fn open_to_write(path: &Path, create: bool) -> Result<Connection, JournalError> {
    let fresh = !path.exists();
    let failed = |error: rusqlite::Error| match JournalError::write(error) {
        JournalError::Write { source } | JournalError::Full { source } if fresh => JournalError::create(path, source),
        other => other,
    };
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    refuse_newer(path, &connection, STEPS)?;
    let mode = patiently(|| connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)));
    let mode = mode.map_err(failed)?;
    if mode != "wal" {
        return Err(JournalError::create(path, format!("the file system offers no shared memory (journal mode `{mode}`)")));
    }
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(32);
    migrate(path, &mut connection, STEPS).map_err(|error| match error {
        JournalError::Write { source } | JournalError::Full { source } if fresh => JournalError::create(path, source),
        other => other,
    })?;
    Ok(connection)
}

/// Opens the journal for reading; never makes a journal, and never waits for a writer.
pub(crate) fn open_to_read(path: &Path, access: Access) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match access {
        Access::Shared => Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_WRITE),
        Access::Immutable => {
            let flags = flags | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            Connection::open_with_flags(immutable_uri(path), flags)
        }
    };
    let connection = connection.map_err(JournalError::read)?;
    connection.busy_timeout(PATIENCE).map_err(JournalError::read)?;
    connection.pragma_update(None, "query_only", true).map_err(JournalError::read)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Finds out how a journal that is there can be read, and whether it can. `None`: it is older and has to be migrated first.
pub(crate) fn probe(path: &Path) -> Result<Option<Access>, JournalError> {
    match readable(path, Access::Shared) {
        Err(JournalError::Read { .. }) if !has_log(path) => readable(path, Access::Immutable),
        found => found,
    }
}

fn readable(path: &Path, access: Access) -> Result<Option<Access>, JournalError> {
    let connection = open_to_read(path, access)?;
    let version = refuse_newer(path, &connection, STEPS)?;
    if version == 0 {
        // Its maker has not come further than the file.
        return Err(JournalError::Missing { dir: path.ancestors().nth(2).unwrap_or(path).to_path_buf() });
    }
    Ok((version == STEPS.len() as i64).then_some(access))
}

fn has_log(path: &Path) -> bool {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    PathBuf::from(log).metadata().is_ok_and(|found| found.len() > 0)
}

fn immutable_uri(path: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;

    let mut uri = "file:".to_owned();
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02x}");
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// The version of the journal, if it is one and not a newer one's.
fn refuse_newer(path: &Path, connection: &Connection, steps: &[&str]) -> Result<i64, JournalError> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(JournalError::read);
    let found = number("user_version")?;
    let known = steps.len() as i64;
    if found > known {
        return Err(JournalError::Newer { path: path.to_path_buf(), found, known });
    }
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(JournalError::read)?;
    if tables > 0 && number("application_id")? != APPLICATION {
        return Err(JournalError::corrupt(format!("{} is not a journal", path.display())));
    }
    Ok(found)
}

/// Takes the journal to the newest version, in one transaction that also proves that it can be written.
fn migrate(path: &Path, connection: &mut Connection, steps: &[&str]) -> Result<(), JournalError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(JournalError::write)?;
    let found = refuse_newer(path, &transaction, steps)?;
    let done = usize::try_from(found).unwrap_or(0);
    if done == steps.len() {
        return Ok(());
    }
    for step in &steps[done..] {
        transaction.execute_batch(step).map_err(JournalError::write)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(JournalError::write)?;
    transaction.pragma_update(None, "user_version", steps.len() as i64).map_err(JournalError::write)?;
    transaction.commit().map_err(JournalError::write)
}

/// Tries again while another process is at it: changing the journal mode does not go through the busy timeout.
fn patiently<T>(mut attempt: impl FnMut() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
    let begun = Instant::now();
    loop {
        match attempt() {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && begun.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(5));
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests;
