//! The tag cache.

#![allow(clippy::unwrap_used)]

use conductor_journal::Journal;
use conductor_model::Digest;

#[test]
fn values_are_kept_by_digest_across_processes() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b, c] = ["a", "b", "c"].map(Digest::of);
    {
        let journal = Journal::open(dir.path()).unwrap();
        assert_eq!(journal.tags(&[a.clone(), b.clone()]).unwrap(), [None, None]);
        journal.put_tags(vec![(a.clone(), b"1".to_vec()), (b.clone(), Vec::new())]).unwrap();
        journal.put_tags(vec![(a.clone(), b"2".to_vec())]).unwrap();
    }
    let journal = Journal::open_existing(dir.path()).unwrap();
    assert_eq!(journal.tags(&[c, b, a.clone(), a]).unwrap(), [None, Some(Vec::new()), Some(b"2".to_vec()), Some(b"2".to_vec())]);
}
