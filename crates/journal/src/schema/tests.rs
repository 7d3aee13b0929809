//! Files of other versions, foreign and damaged ones, and the indexes that queries use.

use std::fs;

use super::*;

fn version(connection: &Connection) -> i64 {
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

#[test]
fn an_older_journal_is_migrated_step_by_step_and_keeps_what_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("conductor.db");
    let mut connection = open_to_write(&path, true).unwrap();
    connection.execute("INSERT INTO runs VALUES (1, 'a-run-00001', 't.json', 'd', 0, '{}', '{}')", []).unwrap();
    let newer =
        [STEPS, &["ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT 'none'", "CREATE TABLE more (x INTEGER)"]].concat();

    migrate(&path, &mut connection, &newer).unwrap();

    assert_eq!(version(&connection), newer.len() as i64);
    let kept = connection.query_row("SELECT name, note FROM runs", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(kept, ("a-run-00001".to_owned(), "none".to_owned()));
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("conductor.db");
    let mut connection = open_to_write(&path, true).unwrap();

    let failed = migrate(&path, &mut connection, &[STEPS, &["CREATE TABLE more (x INTEGER)", "no SQL"]].concat());

    assert!(matches!(failed, Err(JournalError::Write { .. })), "{failed:?}");
    assert_eq!(version(&connection), STEPS.len() as i64);
    assert!(connection.prepare("SELECT * FROM more").is_err());
}

#[test]
fn a_journal_is_durable_and_beside_its_readers() {
    let dir = tempfile::tempdir().unwrap();
    let connection = open_to_write(&dir.path().join("conductor.db"), true).unwrap();
    let text = |name| connection.pragma_query_value(None, name, |row| row.get::<_, String>(0)).unwrap();
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(text("journal_mode"), "wal");
    assert_eq!((number("synchronous"), number("foreign_keys")), (2, 1));
}

#[test]
fn a_journal_on_a_read_only_disk_is_read_whatever_its_path_is_called() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("100% done? #1 ä");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("conductor.db");
    drop(open_to_write(&path, true).unwrap());

    let connection = open_to_read(&path, Access::Immutable).unwrap();

    assert_eq!(version(&connection), STEPS.len() as i64);
    assert!(connection.execute("DELETE FROM runs", []).is_err());
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["conductor.db"]);
}

#[test]
fn every_question_asked_of_a_long_run_has_an_index() {
    let dir = tempfile::tempdir().unwrap();
    let connection = open_to_write(&dir.path().join("conductor.db"), true).unwrap();
    let plan = |sql: &str| {
        let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = explain.query_map([], |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("; ")
    };
    assert_eq!(
        plan("SELECT line FROM events WHERE run = 1 AND class = 'decision' ORDER BY seq"),
        "SEARCH events USING INDEX decisions_of_a_run (run=?)"
    );
    assert_eq!(
        plan("SELECT line FROM events WHERE run = 1 AND class = 'record' AND ticket = 'T' AND attempt = 1 ORDER BY seq"),
        "SEARCH events USING INDEX events_of_a_ticket (run=? AND ticket=?)"
    );
    assert_eq!(
        plan("SELECT line FROM events WHERE run = 1 AND ticket = 'T' ORDER BY seq"),
        "SEARCH events USING INDEX events_of_a_ticket (run=? AND ticket=?)"
    );
    assert_eq!(
        plan("SELECT line FROM events WHERE run = 1 AND seq > 5 ORDER BY seq"),
        "SEARCH events USING INDEX sqlite_autoindex_events_1 (run=? AND seq>?)"
    );
}
