//! Files that hurt: `conductor context` and a ticket's pack say what a file is, or show it as it is, and never wait or fail for it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::{Value, json};
use support::Project;

/// A project with a file that hurts in each way.
fn project() -> Project {
    let project = Project::with(&[("README.md", "# Project\n")]);
    let put = |name: &str, bytes: &[u8]| fs::write(project.dir().join(name), bytes).unwrap();
    put("koi8.py", b"# coding: koi8-r\ndef f():\n    return '\xd6'  # \xd7\nX = '\xd6'\n");
    put("broken.py", b"X = '\xff'\n");
    put("lying.py", b"# coding: euc-jp\nX = '\xff'\n");
    put("utf16.txt", &"\u{feff}ж\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
    put("nul.py", b"x = 1\n\0");
    put("lines.py", b"def f():\r\treturn 1\r\x0cdef g():\r\n\t  return 2\r\n");
    put("deep.py", format!("x = {}\n", "(".repeat(10_000)).as_bytes());
    let stairs: String = (0..1000).map(|step| format!("{}if x:\n", " ".repeat(step))).collect();
    put("stairs.py", stairs.as_bytes());
    // A hole: it takes no room on the disk.
    fs::File::create(project.dir().join("huge.py")).unwrap().set_len(100_000_000).unwrap();
    fs::create_dir(project.dir().join("folder.py")).unwrap();
    symlink("/etc/passwd", project.dir().join("outside.py")).unwrap();
    symlink("loop.py", project.dir().join("loop.py")).unwrap();
    assert!(Command::new("mkfifo").arg(project.dir().join("pipe.py")).status().unwrap().success());
    project
}

const TOO_LARGE: &str = "the file has 100000000 bytes, at most 16777216 are viewed; search it, or read the lines that matter";

// R18
#[test]
fn a_view_of_a_file_that_hurts_is_its_bytes_or_a_reason() {
    let project = project();
    let skeleton = |name: &str| {
        let output = project.conductor(&["context", name, "--view", "skeleton"]).command().output().unwrap();
        (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
    };
    let made = |name: &str, bytes: &[u8], note: &str| assert_eq!(skeleton(name), (Some(0), bytes.to_vec(), note.to_owned()));
    made("koi8.py", b"# coding: koi8-r\ndef f():\n    ...\nX = '\xd6'\n", "koi8.py: the file is in KOI8-R, not UTF-8\n");
    made("broken.py", b"X = '\xff'\n", "broken.py: the file is not UTF-8 (at byte offset 5); it was read as windows-1252\n");
    made("lines.py", b"def f():\r\t...\r\x0cdef g():\r\n\t  ...\r\n", "");
    made(
        "deep.py",
        &fs::read(project.dir().join("deep.py")).unwrap(),
        "deep.py: the file has syntax errors, the first near line 1\n",
    );
    for (name, reason) in [
        ("nul.py", "the file is binary (a NUL byte at offset 6)"),
        ("stairs.py", "the file is too hard to parse"),
        ("huge.py", TOO_LARGE),
        ("folder.py", "it is not a regular file"),
        ("pipe.py", "it is not a regular file"),
    ] {
        let expected = (Some(66), Vec::new(), format!("error: {name}: there is no view\n  caused by: {reason}\n"));
        assert_eq!(skeleton(name), expected);
    }
    let (code, nothing, said) = skeleton("loop.py");
    assert!((code, nothing.as_slice()) == (Some(66), b"") && said.starts_with("error: loop.py cannot be read\n"), "{said}");
}

// R18
#[test]
fn a_pack_names_each_file_that_hurts_with_its_reason() {
    let project = project();
    let cases = [
        ("koi8.py", "curated", "the file is in KOI8-R, not UTF-8"),
        ("broken.py", "skeleton", "the file is not UTF-8 (at byte offset 5); it was read as windows-1252"),
        (
            "lying.py",
            "skeleton",
            "the file says that its encoding is `euc-jp`, which is not so (at byte offset 22); it was read as windows-1252",
        ),
        ("utf16.txt", "full", "a skeleton view is not known for this kind of file; the file is in UTF-16LE, not UTF-8"),
        ("nul.py", "error", "the file is binary (a NUL byte at offset 6)"),
        ("lines.py", "skeleton", ""),
        ("deep.py", "skeleton", "the file has syntax errors, the first near line 1"),
        ("stairs.py", "error", "the file is too hard to parse"),
        ("huge.py", "error", TOO_LARGE),
        ("folder.py", "error", "it is not a regular file"),
        ("pipe.py", "error", "it is not a regular file"),
        ("outside.py", "error", "the path leads out of the working tree"),
    ];
    let names = cases.map(|(name, _, _)| name);
    let track = project.track(&json!([{ "id": "T1", "description": "Read", "context_requirements": names }]));
    let shown: Value = serde_json::from_str(&project.ok(&["show", &track, "T1", "--json"])).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told: Vec<_> =
        shown["files"].as_array().unwrap().iter().map(|file| ["path", "view", "problem"].map(|key| text(&file[key]))).collect();
    assert_eq!(told, cases.map(|(name, view, problem)| [name, view, problem].map(str::to_owned)));
    let prompt = text(&shown["prompt"]);
    for (_, _, problem) in cases.iter().filter(|(_, view, _)| *view == "error") {
        assert!(prompt.contains(&format!("\nError: {problem}\n")), "no {problem:?} in {prompt}");
    }
    assert!(prompt.contains("X = 'ж'\n") && prompt.contains("\nNote: the file is in KOI8-R, not UTF-8\n"), "{prompt}");
}
