//! Making, finding and refusing a journal, and who holds a run.

#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, unreachable_pub)]

mod scene;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process;

use conductor_journal::{FOLDER, Holder, Journal, JournalError, find_upwards};
use scene::{new_run, ready, run_id};

fn sql(dir: &Path, statements: &str) {
    rusqlite::Connection::open(dir.join(FOLDER).join("conductor.db")).unwrap().execute_batch(statements).unwrap();
}

#[test]
fn the_folder_is_its_owners_alone_and_ignores_itself() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let folder = dir.path().join(FOLDER);
    assert_eq!(journal.folder(), folder);
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_to_string(folder.join(".gitignore")).unwrap(), "*\n");
    assert!(folder.join("conductor.db").is_file());
}

#[test]
fn a_reading_command_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Journal::open_existing(dir.path());
    assert!(matches!(&missing, Err(JournalError::Missing { dir: told }) if told == dir.path()), "{missing:?}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_journal_that_cannot_be_made_is_told_from_one_that_cannot_be_written() {
    // Nobody, not even root, can make a folder there.
    let unmade = Journal::open(Path::new("/proc/self"));
    assert!(matches!(unmade, Err(JournalError::Create { .. })), "{unmade:?}");

    let dir = tempfile::tempdir().unwrap();
    drop(Journal::open(dir.path()).unwrap());
    let database = dir.path().join(FOLDER).join("conductor.db");
    fs::remove_file(&database).unwrap();
    fs::create_dir(&database).unwrap();
    let unwritable = Journal::open(dir.path());
    assert!(matches!(unwritable, Err(JournalError::Write { .. })), "{unwritable:?}");
}

#[test]
fn a_newer_journal_is_refused_by_name_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    drop(Journal::open(dir.path()).unwrap());
    sql(dir.path(), "PRAGMA user_version = 7");
    for opened in [Journal::open(dir.path()), Journal::open_existing(dir.path())] {
        let error = opened.unwrap_err();
        assert!(matches!(error, JournalError::Newer { found: 7, known: 2, .. }), "{error:?}");
        let path = dir.path().join(FOLDER).join("conductor.db");
        assert_eq!(
            error.to_string(),
            format!("read the journal {}: it is of version 7, and this conductor knows versions up to 2", path.display())
        );
    }
}

#[test]
fn a_file_that_is_no_journal_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    drop(Journal::open(dir.path()).unwrap());
    let database = dir.path().join(FOLDER).join("conductor.db");

    fs::write(&database, "not a database, and long enough to have a header of its own".repeat(40)).unwrap();
    let before = fs::read(&database).unwrap();
    for opened in [Journal::open(dir.path()), Journal::open_existing(dir.path())] {
        assert!(matches!(opened, Err(JournalError::Corrupt { .. })), "{opened:?}");
    }
    assert_eq!(fs::read(&database).unwrap(), before);

    fs::remove_file(&database).unwrap();
    sql(dir.path(), "CREATE TABLE somebody_elses (x)");
    for opened in [Journal::open(dir.path()), Journal::open_existing(dir.path())] {
        assert!(matches!(opened, Err(JournalError::Corrupt { .. })), "{opened:?}");
    }
}

#[test]
fn an_event_that_was_tampered_with_is_damage_and_not_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let run = run_id("mine-000001");
    journal.create_run(&new_run("mine-000001", "a.json")).unwrap();
    for tampering in [
        "UPDATE events SET line = '{\"type\":\"no.such\"}', stowed = NULL",
        "UPDATE events SET line = '{', stowed = NULL",
        "UPDATE events SET line = '{\"type\":\"ticket.ready\",\"ticket\":\"T1\"}', stowed = '[{\"at\":\"/none\",\"holds\":\"text\"}]'",
        "UPDATE events SET line = '{\"type\":\"ticket.ready\",\"ticket\":\"T1\"}', stowed = '[{\"at\":\"/ticket\",\"holds\":\"text\"}]'",
    ] {
        journal.append_now(&run, vec![ready("T1")]).unwrap();
        sql(dir.path(), tampering);
        let read = journal.events(&run, 0);
        assert!(matches!(read, Err(JournalError::Corrupt { .. })), "{tampering}: {read:?}");
    }
}

#[test]
fn a_folder_that_was_not_made_here_is_not_trusted() {
    // A clone of a hostile repository may bring a folder of this name, or a link, but not one that is closed to others.
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(FOLDER);
    drop(Journal::open(dir.path()).unwrap());
    fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
    for opened in [Journal::open(dir.path()), Journal::open_existing(dir.path())] {
        assert!(matches!(opened, Err(JournalError::Untrusted { .. })), "{opened:?}");
    }

    let linking = tempfile::tempdir().unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    symlink(&folder, linking.path().join(FOLDER)).unwrap();
    for opened in [Journal::open(linking.path()), Journal::open_existing(linking.path())] {
        assert!(matches!(opened, Err(JournalError::Untrusted { .. })), "{opened:?}");
    }
}

#[test]
fn a_journal_is_found_from_the_directories_below_it() {
    let dir = tempfile::tempdir().unwrap();
    let below = dir.path().join("src/deep");
    fs::create_dir_all(&below).unwrap();
    assert_eq!(find_upwards(&below), None);
    drop(Journal::open(dir.path()).unwrap());
    assert_eq!(find_upwards(&below).as_deref(), Some(dir.path()));
}

#[test]
fn many_processes_may_make_the_journal_at_once() {
    let dir = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let dir = dir.path();
            scope.spawn(move || {
                let journal = Journal::open(dir).unwrap();
                let id = format!("run-{n}-00001");
                journal.create_run(&new_run(&id, "a.json")).unwrap();
                journal.append_now(&run_id(&id), vec![ready("T1")]).unwrap();
            });
        }
    });
    assert_eq!(Journal::open_existing(dir.path()).unwrap().runs().unwrap().len(), 8);
}

#[test]
fn a_run_is_held_once_and_free_again_when_the_hold_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::open(dir.path()).unwrap();
    let run = run_id("mine-000001");
    assert_eq!(journal.holder(&run).unwrap(), None);
    let lock = journal.lock_run(&run).unwrap();
    let me = process::id();
    assert_eq!(journal.holder(&run).unwrap(), Some(Holder { pid: Some(me) }));
    let refused = journal.lock_run(&run).unwrap_err();
    assert_eq!(refused.to_string(), format!("take run mine-000001: process {me} holds it"));
    let _another_run = journal.lock_run(&run_id("other-000001")).unwrap();
    drop(lock);
    assert_eq!(journal.holder(&run).unwrap(), None);
    let _again = journal.lock_run(&run).unwrap();
}
