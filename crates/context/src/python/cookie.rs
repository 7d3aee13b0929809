//! What a Python file says about its encoding: PEP 263, as CPython's tokenizer reads it.

/// The name of the encoding, as it is written: in a comment on the first line, or on the second where the first is blank or has
/// nothing but a comment.
pub(crate) fn cookie(source: &[u8]) -> Option<&str> {
    let source = source.strip_prefix("\u{feff}".as_bytes()).unwrap_or(source);
    let (first, rest) = line(source);
    match comment(first) {
        Line::Comment(text) => name(text).or_else(|| named(line(rest).0)),
        Line::Blank => named(line(rest).0),
        Line::Code => None,
    }
}

enum Line<'s> {
    Blank,
    Comment(&'s [u8]),
    Code,
}

/// The first line and what follows it.
fn line(source: &[u8]) -> (&[u8], &[u8]) {
    let end = source.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(source.len());
    let (line, rest) = source.split_at(end);
    let ending = if rest.starts_with(b"\r\n") { 2 } else { 1 };
    (line, rest.get(ending..).unwrap_or_default())
}

fn comment(line: &[u8]) -> Line<'_> {
    let start = line.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'));
    match start.and_then(|start| line.get(start..)) {
        None => Line::Blank,
        Some(text) if text.starts_with(b"#") => Line::Comment(text),
        Some(_) => Line::Code,
    }
}

fn named(line: &[u8]) -> Option<&str> {
    match comment(line) {
        Line::Comment(text) => name(text),
        Line::Blank | Line::Code => None,
    }
}

/// The name behind the first `coding:` or `coding=` of a comment that has one.
fn name(comment: &[u8]) -> Option<&str> {
    let mut rest = comment;
    while let Some(at) = rest.windows(6).position(|word| word == b"coding") {
        rest = rest.get(at + 6..)?;
        let Some(after) = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b"=")) else { continue };
        let start = after.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
        let name = after.get(start..)?;
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let length = name.iter().position(|byte| !is_part(byte)).unwrap_or(name.len());
        if length > 0 {
            return std::str::from_utf8(name.get(..length)?).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_a_comment_on_one_of_two_lines() {
        for (source, name) in [
            ("# -*- coding: latin-1 -*-\n", Some("latin-1")),
            ("\u{feff}#coding=utf-8", Some("utf-8")),
            ("#!/usr/bin/python\n \t# vim: set fileencoding=koi8_r :\n", Some("koi8_r")),
            ("\r# coding: \t euc.jp x\r", Some("euc.jp")),
            ("\x0c\r\n\x0c# coding:a\r\n", Some("a")),
            ("# coding: , encoding: b\n", Some("b")),
            ("# no coding here, coding =c\n#coding:d\n", Some("d")),
            ("# coding: a\n# coding: b\n", Some("a")),
            ("x = 1  # coding: a\n", None),
            ("x = 1\n# coding: a\n", None),
            ("\n\n# coding: a\n", None),
            ("'# coding: a'\n", None),
            ("#\n'''\n# coding: a'''", None),
            ("# coding", None),
            ("# coding:", None),
            ("# coding:\n# coding: \n", None),
            ("", None),
        ] {
            assert_eq!(cookie(source.as_bytes()), name, "{source:?}");
        }
    }
}
