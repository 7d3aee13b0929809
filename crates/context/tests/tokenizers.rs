//! The estimate of tokens beside real tokenizers: `o200k_base` and `cl100k_base`, which come with a package and need no network.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types)]
#![allow(clippy::print_stdout, reason = "`--nocapture` shows the figures")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use conductor_context::{Markers, View, ViewOptions, estimate_tokens, view};
use tiktoken_rs::{CoreBPE, cl100k_base, o200k_base};

/// Texts shorter than this, in bytes, are no measure.
const SHORT: usize = 200;

fn library() -> PathBuf {
    let output = Command::new("python3").args(["-c", "import os; print(os.path.dirname(os.__file__))"]).output().unwrap();
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// The files with this extension directly in a folder.
fn texts(folder: &Path, extension: &str) -> Vec<String> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    assert!(!paths.is_empty(), "{folder:?}");
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn skeleton(text: &str) -> String {
    let options = ViewOptions { keep: &[], markers: &Markers::default() };
    view("a.py", text.as_bytes(), View::Skeleton, &options).unwrap().text
}

/// Estimate ÷ the most that a tokenizer counts: of all texts together, and of each, in order.
fn ratios(texts: &[String], tokenizers: &[CoreBPE]) -> (f64, Vec<f64>) {
    let (mut estimated, mut counted) = (0, 0);
    let mut ratios = Vec::new();
    for text in texts.iter().filter(|text| text.len() >= SHORT) {
        let estimate = estimate_tokens(text).0;
        let count = tokenizers.iter().map(|tokenizer| tokenizer.encode_ordinary(text).len() as u64).max().unwrap();
        (estimated, counted) = (estimated + estimate, counted + count);
        ratios.push(estimate as f64 / count as f64);
    }
    ratios.sort_by(f64::total_cmp);
    (estimated as f64 / counted as f64, ratios)
}

#[test]
fn the_estimate_is_more_than_what_tokenizers_count_and_how_much_is_known() {
    let tokenizers = [o200k_base().unwrap(), cl100k_base().unwrap()];
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python: Vec<String> = texts(&library(), "py").into_iter().step_by(8).collect();
    let skeletons: Vec<String> = python.iter().map(|text| skeleton(text)).collect();
    let languages: Vec<String> =
        ["rust/input.rs", "typescript/input.ts", "go/input.go", "java/input.java", "c/input.c", "cpp/input.cpp"]
            .iter()
            .map(|path| fs::read_to_string(here.join("tests/languages").join(path)).unwrap())
            .collect();
    for (what, texts) in [
        ("Python", python),
        ("skeletons", skeletons),
        ("Rust", texts(&here.join("src"), "rs")),
        ("other languages", languages),
        ("Markdown", texts(&here.join("../../docs"), "md")),
    ] {
        let (whole, each) = ratios(&texts, &tokenizers);
        let (least, median, most) = (each[0], each[each.len() / 2], each[each.len() - 1]);
        println!("{what}: {} texts, all together {whole:.3}; each {least:.3} to {most:.3}, median {median:.3}", each.len());
        assert!((1.3..1.45).contains(&whole), "{what}: {whole}");
        assert!(least > 1.15 && most < 1.6, "{what}: {least} to {most}");
        assert!((1.25..1.45).contains(&median), "{what}: {median}");
    }
}

#[test]
fn what_looks_like_a_token_with_a_meaning_is_text() {
    let tokenizer = o200k_base().unwrap();
    let text = "<|endoftext|><|fim_prefix|>";
    assert_eq!(tokenizer.encode_with_special_tokens("<|endoftext|>").len(), 1);
    assert!(tokenizer.encode_ordinary(text).len() > 6);
    assert!(estimate_tokens(text).0 > 6);
}
