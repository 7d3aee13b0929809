//! Bytes that are no track file, or hardly one. Each is a track or has mistakes with their places, and none makes the parser panic:
//! the fuzz corpus, every small damage to a real file, random damage, and a table of what goes wrong with JSON.
//!
//! What must hold for all of them is said in `fuzz/src/track.rs`, which the fuzz target shares.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::panic::catch_unwind;

use conductor_model::track::{decode, parse_track};
use proptest::prelude::*;

#[allow(unreachable_pub, reason = "the module is public in the crate of the fuzz targets")]
#[path = "../../../fuzz/src/track.rs"]
mod track;

/// A track file with a bit of everything, and a character of each length in UTF-8.
const FILE: &str = "{\"id\": \"a\", \"description\": \"é文😀\\n\\u00e9\\ud83d\\ude00\", \"check\": [\"x\"], \"tickets\": [\r\n\
    {\"id\": \"T1\", \"description\": \"d\", \"depends_on\": [\"T2\"], \"timeout\": \"20m\", \"writes\": [\"a/**\"], \"x-n\": [1.5e3, {}]},\n\
    {\"id\": \"T2\", \"description_file\": \"d\", \"budget_usd\": 0.5, \"step_mode\": true, \"changes\": null, \"priority\": -1}]}";
/// Bytes that mean something to JSON, to UTF-8 or to a terminal.
const HOSTILE: &[u8] = b"\0\n\x1b\",0:[\\]e{}\x80\xc3\xed\xff";

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus lies in files")]
fn every_file_of_the_fuzz_corpus_is_a_track_or_has_mistakes_with_their_places() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/track");
    let mut judged = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let data = fs::read(&path).unwrap();
        assert!(catch_unwind(|| track::check(&data)).is_ok(), "{} fails", path.display());
        judged += 1;
    }
    assert!(judged > 0, "{corpus} is empty");
}

#[test]
fn a_file_that_ends_early_is_refused_wherever_it_ends() {
    track::check(FILE.as_bytes());
    assert!(parse_track(FILE, "s").is_ok());
    for end in 0..FILE.len() {
        let bytes = &FILE.as_bytes()[..end];
        track::check(bytes);
        assert!(decode(bytes).is_err() || decode(bytes).is_ok_and(|text| parse_track(text, "s").is_err()), "cut at {end}");
    }
}

#[test]
fn a_file_with_any_one_byte_less_or_another_in_its_place_is_read_or_refused() {
    for at in 0..FILE.len() {
        let mut bytes = FILE.as_bytes().to_vec();
        bytes.remove(at);
        track::check(&bytes);
        bytes.insert(at, 0);
        for &hostile in HOSTILE {
            bytes[at] = hostile;
            track::check(&bytes);
        }
    }
}

proptest! {
    #[test]
    fn a_file_with_random_damage_is_read_or_refused(
        edits in prop::collection::vec((0..FILE.len(), 0_usize..9, prop::collection::vec(any::<u8>(), 0..4)), 1..5),
        from in 0..FILE.len(),
    ) {
        let mut bytes = FILE.as_bytes().to_vec();
        for (at, cut, piece) in edits {
            let start = at.min(bytes.len());
            let end = (at + cut).min(bytes.len());
            bytes.splice(start..end, piece);
        }
        // A piece from elsewhere has a shape of its own.
        bytes.extend_from_slice(&FILE.as_bytes()[from..]);
        track::check(&bytes);
    }
}

/// The first thing that is said of a file: its place and message; nothing of one that can be run.
fn said(bytes: &[u8]) -> Option<String> {
    track::check(bytes);
    let found = match decode(bytes) {
        Ok(text) => parse_track(text, "s").err()?,
        Err(found) => vec![*found],
    };
    Some(format!("{}:{} {}", found[0].line, found[0].column, found[0].message))
}

/// As [`said`], of a file with this field in its only ticket; the field begins in column 2.
fn said_of(field: &str) -> Option<String> {
    said(format!("[{{\n {field}, \"id\": \"A\", \"description\": \"d\"}}]").as_bytes())
}

#[test]
fn what_is_no_text_is_refused_where_it_begins_to_be_none() {
    let utf16: Vec<u8> = "[{}]".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked: Vec<u8> = "\u{feff}[{}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: [(&[u8], &str); 13] = [
        (b"", "1:1 the file is empty"),
        (b" \n\t\r\n ", "1:1 the file is empty"),
        (b"\xef\xbb\xbf", "1:1 the file is empty"),
        (&utf16, "1:1 this is not JSON"),
        (&marked, "1:1 byte 0xff is not UTF-8"),
        (b"[{\"id\": \"\xe9\"}]", "1:10 byte 0xe9 is not UTF-8"),
        (b"[\n\"\xed\xa0\x80\"]", "2:2 byte 0xed is not UTF-8"),
        (b"[\"\xc0\x80\"]", "1:3 byte 0xc0 is not UTF-8"),
        (b"[\"\xe2\x82", "1:3 byte 0xe2 is not UTF-8"),
        (b"\0", "1:1 this is not JSON"),
        (b"[\0]", "1:2 this is not JSON"),
        (b"[\"a\0\"]", "1:4 a control character or line break stands in a string"),
        (b"[\"\x1b[2J\"]", "1:3 a control character or line break stands in a string"),
    ];
    for (bytes, expected) in cases {
        assert_eq!(said(bytes).as_deref(), Some(expected), "{}", bytes.escape_ascii());
    }
}

#[test]
fn what_json_does_not_know_is_refused_where_it_stands() {
    let half = "2:10 half of a surrogate pair is no character";
    let number = "this is not a number as JSON writes them";
    let cases = [
        (r#""x-a": "\ud800""#, half.to_owned()),
        (r#""x-a": "\udc00""#, half.to_owned()),
        (r#""x-a": "\udc00\ud800""#, half.to_owned()),
        (r#""x-a": "\ud800x""#, half.to_owned()),
        (r#""x-a": "\x41""#, "2:10 this is no escape that JSON knows".to_owned()),
        (r#""x-a": "\u12""#, "2:10 this is no escape that JSON knows".to_owned()),
        ("\"x-a\": \"a\nb\"", "2:11 a control character or line break stands in a string".to_owned()),
        (r#""x-a": 0x10"#, format!("2:9 {number}")),
        (r#""x-a": +1"#, format!("2:9 {number}")),
        (r#""x-a": .5"#, format!("2:9 {number}")),
        (r#""x-a": -"#, format!("2:10 {number}")),
        (r#""x-a": 01"#, format!("2:10 {number}")),
        (r#""x-a": 1e"#, format!("2:11 {number}")),
        (r#""x-a": -Infinity"#, format!("2:10 {number}")),
        (r#""x-a": NaN"#, "2:9 a word stands where a value must".to_owned()),
        (r#""x-a": undefined"#, "2:9 a word stands where a value must".to_owned()),
        (r#""x-a": True"#, "2:9 a word stands where a value must".to_owned()),
        (r#""x-a": 'a'"#, "2:9 text is in single quotes".to_owned()),
        (r#"x-a: 1"#, "2:2 the name of a field is not in double quotes".to_owned()),
        (r#""x-a" 1"#, "2:8 a colon is missing after the name of a field".to_owned()),
        (r#""x-a":"#, "2:8 a field has no value".to_owned()),
        (r#""x-a": }"#, "2:9 a field has no value".to_owned()),
        (r#""x-a": 1,"#, "2:11 this is not JSON".to_owned()),
        (r#""x-a": [1,]"#, "2:11 a comma stands after the last element".to_owned()),
        (r#""x-a": 1 /* one */"#, "2:11 JSON has no comments".to_owned()),
        ("// one\n\"x-a\": 1", "2:2 JSON has no comments".to_owned()),
        (r#""x-a": 1}] [7"#, "2:13 something follows the end of the track".to_owned()),
        (r#""x-a": 1]"#, "2:10 this is not JSON".to_owned()),
    ];
    for (field, expected) in cases {
        assert_eq!(said_of(field), Some(expected), "{field}");
    }
}

#[test]
fn what_is_json_and_too_much_is_refused_or_carried() {
    let nines = "9".repeat(400);
    let priority =
        |value: &str, shown: &str| (format!("\"priority\": {value}"), format!("2:14 `priority` is a whole number, not {shown}"));
    let cut = format!("{}…", "9".repeat(60));
    for (field, expected) in [
        priority("1e999", "1e999"),
        priority("-0", "-0"),
        priority("1.0", "1.0"),
        priority("9223372036854775808", "9223372036854775808"),
        priority(&nines, &cut),
        (r#""x-a": 1e999"#.to_owned(), "2:13 the number is out of range".to_owned()),
        (r#""x-a": 1, "x-a": 2"#.to_owned(), "2:12 the field `x-a` is there twice".to_owned()),
        (r#""\u0069d": "B""#.to_owned(), "2:18 the field `id` is there twice".to_owned()),
    ] {
        assert_eq!(said_of(&field), Some(expected), "{field}");
    }
    let nested = format!("\"x-a\": {}{}", "[".repeat(100), "]".repeat(100));
    for field in [&nested, r#""x-a": -0"#, r#""x-a": {"b": 1, "b": 2}"#, "\"x-a\": \"\x7f\u{feff}\"", "\r\n\r\"x-a\":\t1e-999"] {
        assert_eq!(said_of(field), None, "{field}");
    }
}

#[test]
fn a_hundred_thousand_levels_need_no_stack() {
    const MANY: usize = 100_000;
    for text in ["[".repeat(MANY), "{\"x-a\":".repeat(MANY), "[{\"x-a\":".repeat(MANY), "[".repeat(MANY) + &"]".repeat(MANY)] {
        let told = said(text.as_bytes()).unwrap();
        assert!(told.ends_with("the values are nested too deeply"), "{told}");
    }
}
