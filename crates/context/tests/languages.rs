//! Views and symbols of every language, compared with the files in `languages/NAME/`. With `CONDUCTOR_FIXTURES=write` the files are
//! written; look at the difference before it is committed.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use conductor_context::{Markers, Note, Rendered, View, ViewOptions, languages, symbols, view};

/// What the curated views of the fixtures keep by name.
const KEPT: [&str; 2] = ["kept_by_name", "Kept.byName"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/languages")
}

/// The one file of a language's folder with this stem.
fn input(language: &str) -> PathBuf {
    let files = fs::read_dir(folder().join(language)).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().find(|path| path.file_stem().unwrap() == "input").unwrap()
}

fn rendered(path: &Path, source: &str, wanted: View) -> Rendered {
    let keep = KEPT.map(str::to_owned);
    view(path.to_str().unwrap(), source.as_bytes(), wanted, &ViewOptions { keep: &keep, markers: &Markers::default() }).unwrap()
}

/// Kind, name, lines and signature of every definition; a method stands below its class.
fn told(path: &Path, source: &str) -> String {
    let found = symbols(path.to_str().unwrap(), source.as_bytes()).unwrap();
    let line = |at: usize| 1 + found.text[..at].matches('\n').count();
    let mut out = String::new();
    for (index, symbol) in found.list.iter().enumerate() {
        let indentation = "    ".repeat(symbol.depth);
        let parent = symbol.parent.map(|parent| &found.list[parent]);
        assert!(symbol.parent < Some(index) && parent.map_or(0, |parent| parent.depth + 1) == symbol.depth);
        assert!(symbol.span.start <= symbol.header.start && symbol.header.end <= symbol.span.end);
        assert!(symbol.header.start <= symbol.name.start && symbol.name.end <= symbol.span.end);
        let lines = format!("{}-{}", line(symbol.span.start), line(symbol.span.end));
        writeln!(out, "{indentation}{} {} {lines}: {}", symbol.kind, symbol.qualified, found.signature(symbol)).unwrap();
    }
    out
}

fn assert_is(path: &Path, text: &str) {
    if env::var_os("CONDUCTOR_FIXTURES").is_some_and(|value| value == "write") {
        fs::write(path, text).unwrap();
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    assert!(expected == text, "{} is not what comes out:\n{text}", path.display());
}

#[test]
fn every_language_has_a_folder_and_every_folder_a_language() {
    let folders: BTreeSet<String> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(folders, languages().map(str::to_owned).collect());
}

#[test]
fn views_and_symbols_are_those_of_the_fixtures() {
    for language in languages() {
        let input = input(language);
        let source = fs::read_to_string(&input).unwrap();
        let extension = input.extension().unwrap().to_str().unwrap();
        for wanted in [View::Skeleton, View::Curated] {
            let made = rendered(&input, &source, wanted);
            assert_eq!(made.notes, [], "{language}: the {wanted} view has no notes");
            assert_is(&input.with_file_name(format!("{wanted}.{extension}")), &made.text);
            let again = rendered(&input, &made.text, wanted);
            assert_eq!(again, made, "{language}: the {wanted} view of a view is the same, and has no errors");
        }
        assert_is(&input.with_file_name("outline.txt"), &rendered(&input, &source, View::Outline).text);
        assert_is(&input.with_file_name("symbols.txt"), &told(&input, &source));
    }
}

#[test]
fn line_endings_and_a_byte_order_mark_stay() {
    for language in languages() {
        let input = input(language);
        let source = fs::read_to_string(&input).unwrap();
        let plain = rendered(&input, &source, View::Skeleton).text;
        let source = format!("\u{feff}{}", source.replace('\n', "\r\n"));
        let marked = rendered(&input, &source, View::Skeleton);
        assert_eq!(marked.text, format!("\u{feff}{}", plain.replace('\n', "\r\n")), "{language}");
        assert_eq!(marked.notes, [], "{language}");
        let outline = rendered(&input, &source, View::Outline).text;
        assert_eq!(outline.matches('\n').count(), outline.matches("\r\n").count(), "{language}");
    }
}

#[test]
fn a_view_of_a_broken_file_says_so_and_keeps_its_names() {
    for language in languages() {
        let input = input(language);
        let source = fs::read_to_string(&input).unwrap();
        let broken = format!("{source}\n)]}} ((\n");
        let made = rendered(&input, &broken, View::Skeleton);
        assert!(matches!(made.notes.as_slice(), [Note::SyntaxErrors { .. }]), "{language}: {:?}", made.notes);
        let found = symbols(input.to_str().unwrap(), source.as_bytes()).unwrap();
        for symbol in &found.list {
            let name = &found.text[symbol.name.clone()];
            assert!(made.text.contains(name), "{language}: {name} is in the view");
        }
    }
}
