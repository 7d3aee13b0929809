//! Files in encodings of all kinds: what text they are, and that their bytes come back.

use proptest::prelude::*;

use super::*;
use crate::view::{Markers, View, ViewOptions, view};

fn python(bytes: &[u8]) -> Source<'_> {
    decode(bytes, Language::of_path("a.py")).unwrap()
}

/// Text, encoding and doubt of a Python file whose note, if there is one, names the encoding that it was read as.
fn read(bytes: &[u8]) -> (String, &'static str, Option<EncodingDoubt>) {
    let Source { text, encoding, note } = python(bytes);
    assert_eq!(*encoding.encode(&text), *bytes, "the bytes come back");
    match note {
        Some(Note::Encoding { name, doubt }) => {
            assert_eq!(name, encoding.name());
            (text.into_owned(), name, doubt)
        }
        Some(note) => panic!("{note}"),
        None => (text.into_owned(), encoding.name(), None),
    }
}

#[test]
fn a_file_is_read_as_it_says() {
    for (name, bytes, text, encoding) in [
        ("latin-1", &b"\xe9\x85"[..], "é\u{85}", "ISO-8859-1"),
        ("ISO_8859_1", b"\xe9", "é", "ISO-8859-1"),
        ("latin-1-unix", b"\xe9", "é", "ISO-8859-1"),
        ("iso8859-15", b"\xa4", "€", "ISO-8859-15"),
        ("latin_9", b"\xa4", "€", "ISO-8859-15"),
        ("cp1252", b"\x80", "€", "windows-1252"),
        ("1251", b"\xe6", "ж", "windows-1251"),
        ("KOI8_R", b"\xd6", "ж", "KOI8-R"),
        ("euc_jp", b"\xb4\xc1", "漢", "EUC-JP"),
        ("ujis", b"\xb4\xc1", "漢", "EUC-JP"),
        ("Shift_JIS", b"\x83\x5c", "ソ", "Shift_JIS"),
        ("cp932", b"\x83\x5c", "ソ", "Shift_JIS"),
        ("gbk", b"\xba\xba", "汉", "GBK"),
        ("gb18030", b"\x81\x30\x81\x30", "\u{80}", "gb18030"),
        ("big5", b"\xba\x7e", "漢", "Big5"),
        ("uhc", b"\xc7\xd1", "한", "EUC-KR"),
        ("mac-roman", b"\x8e", "é", "macintosh"),
        ("iso-2022-jp", b"\x1b$B4A\x1b(B", "漢", "ISO-2022-JP"),
        ("utf-8", "ж".as_bytes(), "ж", "UTF-8"),
        ("utf_8_sig", "ж".as_bytes(), "ж", "UTF-8"),
        ("UTF8", "ж".as_bytes(), "ж", "UTF-8"),
        ("ascii", b"", "", "UTF-8"),
        ("koi8-r", b"", "", "UTF-8"),
    ] {
        let cookie = format!("# coding: {name}\n# ");
        let expected = (format!("{cookie}{text}"), encoding, None);
        assert_eq!(read(&[cookie.as_bytes(), bytes].concat()), expected);
    }
}

#[test]
fn a_file_that_is_not_what_it_says_is_read_as_utf_8_or_else_as_windows_1252() {
    let contradicted = |said: &str, offset| Some(EncodingDoubt::Contradicted { said: said.to_owned(), offset });
    let unknown = |said: &str| Some(EncodingDoubt::Unknown { said: said.to_owned() });
    assert_eq!(read(b"# caf\xe9"), ("# café".to_owned(), "windows-1252", Some(EncodingDoubt::NotUtf8 { offset: 5 })));
    let text = |text: &str| text.to_owned();
    assert_eq!(read(b"#coding:utf8\n#\xe9"), (text("#coding:utf8\n#é"), "windows-1252", contradicted("utf8", 14)));
    assert_eq!(read(b"#coding:euc-jp\n#\xb4"), (text("#coding:euc-jp\n#´"), "windows-1252", contradicted("euc-jp", 16)));
    assert_eq!(read("#coding:ascii\n#ж".as_bytes()), (text("#coding:ascii\n#ж"), "UTF-8", contradicted("ascii", 15)));
    assert_eq!(read("\u{feff}#coding:koi8-r".as_bytes()), (text("\u{feff}#coding:koi8-r"), "UTF-8", contradicted("koi8-r", 0)));
    for name in ["rot13", "utf-16", "x-user-defined", "hz-gb-2312"] {
        assert_eq!(read(format!("#coding:{name}\n").as_bytes()), (format!("#coding:{name}\n"), "UTF-8", unknown(name)));
    }
    assert_eq!(read(b"#coding:cp437\n#\xe9"), (text("#coding:cp437\n#é"), "windows-1252", unknown("cp437")));
    let long = format!("#coding:{}", "x".repeat(1000));
    assert_eq!(read(long.as_bytes()).2, unknown(&"x".repeat(40)));
}

#[test]
fn utf_16_is_known_by_its_byte_order_mark() {
    let text = "\u{feff}x = 'ж😀'\n";
    for (name, bytes) in [
        ("UTF-16LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        ("UTF-16BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ] {
        assert_eq!(read(&bytes), (text.to_owned(), name, None));
    }
    // Half a pair is no text, and neither is half a unit.
    assert_eq!(decode(b"\xff\xfe\x00\xd8", None).unwrap_err(), ViewError::Binary { offset: 2 });
    assert_eq!(decode(b"\xff\xfea\0b", None).unwrap_err(), ViewError::Binary { offset: 3 });
    assert_eq!(read(b"\xff\xfea").1, "windows-1252");
}

#[test]
fn only_python_has_cookies() {
    let source = decode(b"# coding: koi8-r\n# \xd6", Language::of_path("a.sh")).unwrap();
    assert_eq!((source.text.as_ref(), source.encoding), ("# coding: koi8-r\n# Ö", Encoding::WINDOWS_1252));
}

#[test]
fn a_view_has_the_encoding_of_its_file_and_an_outline_has_none() {
    let source = b"# coding: koi8-r\ndef \xd6():\n    '''\xd6'''\n    return '\xd7'\n";
    let made = |wanted| {
        let options = ViewOptions { keep: &[], markers: &Markers::default() };
        let rendered = view("a.py", source, wanted, &options).unwrap();
        assert_eq!(rendered.notes, [Note::Encoding { name: "KOI8-R", doubt: None }]);
        rendered.bytes().into_owned()
    };
    assert_eq!(made(View::Full), source);
    assert_eq!(made(View::Skeleton), b"# coding: koi8-r\ndef \xd6():\n    '''\xd6'''\n    ...\n");
    assert_eq!(made(View::Outline), "def ж(): ...\n".as_bytes());
}

#[test]
fn doubts_are_told_in_words() {
    let told = |bytes: &[u8]| python(bytes).note.map(|note| note.to_string()).unwrap_or_default();
    assert_eq!(told(b"#coding:koi8-r\n#\xd6"), "the file is in KOI8-R, not UTF-8");
    assert_eq!(told(b"\xe9"), "the file is not UTF-8 (at byte offset 0); it was read as windows-1252");
    assert_eq!(told(b"#coding:x\n"), "the file says that its encoding is `x`, which is not known here; it was read as UTF-8");
    assert_eq!(
        told(b"#coding:utf-8\n\xe9"),
        "the file says that its encoding is `utf-8`, which is not so (at byte offset 14); it was read as windows-1252"
    );
}

proptest! {
    #[test]
    fn any_bytes_come_back(name in "(latin-1|koi8-r|euc_jp|shift_jis|gbk|gb18030|big5|euc-kr|iso-2022-jp|utf-8|cp874|x)", bytes in prop::collection::vec(1u8.., 0..40)) {
        read(&bytes);
        read(&[format!("# coding: {name}\n").as_bytes(), &bytes].concat());
    }
}
