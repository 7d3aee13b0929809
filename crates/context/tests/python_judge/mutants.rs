//! Real files with random damage, much of which CPython still takes for Python.

use std::fs;
use std::path::PathBuf;

/// The most of a file that a mutant is made of, in lines: the smaller it is, the more of them are Python.
const LINES: usize = 120;

const PIECES: [&str; 54] = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ";",
    ",",
    "\\\n",
    "\n",
    "\r",
    "\r\n",
    " ",
    "\t",
    "\x0c",
    "#",
    "# [HOT]",
    "# type: int",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "f'{x}'",
    "f'{x!r:>{w}}'",
    "f\"{x['a']}\"",
    "rb'\\'",
    "def f(): return 1\n",
    "def f():\n",
    "class A: pass\n",
    "class A[T: int](B, k=1):\n",
    "async ",
    "await ",
    "lambda: ",
    "@core_logic\n",
    "if x:\n",
    "else:\n",
    "try:\n",
    "except* E:\n",
    "with a as b:\n",
    "match x:\n",
    "case [1, *_]:\n",
    "type X[T] = int\n",
    "import a\n",
    "x = 1; ",
    "return ",
    "yield ",
    "...",
    "pass",
    " -> int",
    "*",
    ":=",
    "ж",
    "\u{feff}",
];

/// A part of one of the files, and a few mutations of it.
pub(crate) fn mutant(files: &[PathBuf], random: &mut fastrand::Rng) -> Vec<u8> {
    let source = fs::read(&files[random.usize(..files.len())]).unwrap();
    let lines: Vec<&[u8]> = source.split_inclusive(|byte| *byte == b'\n').collect();
    let mut lines: Vec<Vec<u8>> = part(&lines, random).iter().map(|line| line.to_vec()).collect();
    for _ in 0..random.usize(1..3) {
        mutate(&mut lines, random);
    }
    lines.concat()
}

/// Whole lines from one that is not indented up to another, so that most parts are Python.
fn part<'l, 's>(lines: &'l [&'s [u8]], random: &mut fastrand::Rng) -> &'l [&'s [u8]] {
    let is_start = |line: &&[u8]| line.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'@');
    let start = random.usize(..lines.len().max(1));
    let Some(before) = lines.get(..=start).and_then(|lines| lines.iter().rposition(is_start)) else { return lines };
    let rest = &lines[before..lines.len().min(before + LINES)];
    let end = rest.iter().rposition(is_start).filter(|end| *end > 0).unwrap_or(rest.len());
    &rest[..end]
}

fn mutate(lines: &mut Vec<Vec<u8>>, random: &mut fastrand::Rng) {
    if lines.is_empty() {
        lines.push(b"\n".to_vec());
    }
    let (one, other) = (random.usize(..lines.len()), random.usize(..lines.len()));
    match random.u8(..12) {
        0 => lines.swap(one, other),
        1 => drop(lines.remove(one)),
        2 => lines.insert(other, lines[one].clone()),
        3 => drop(lines.drain(one..(one + random.usize(..6)).min(lines.len()))),
        4 => lines[one].splice(..0, b"    ".iter().copied()).for_each(drop),
        5 => {
            let line = &mut lines[one];
            line.drain(..random.usize(..5).min(line.len())).for_each(drop);
        }
        6 => {
            let ending: &[u8] = random.choice([&b"\r"[..], b"\r\n", b"", b"\n\n", b"\\\n", b"  # [HOT]\n", b";\n"]).unwrap();
            for line in &mut lines[one.min(other)..=one.max(other)] {
                if line.last() == Some(&b'\n') && random.u8(..3) > 0 {
                    line.pop();
                    line.extend(ending);
                }
            }
        }
        7 => {
            let blank: &[u8] = random.choice([&b"\t"[..], b"  ", b" ", b"\x0c    ", b"    \x0c"]).unwrap();
            for line in &mut lines[one.min(other)..=one.max(other)] {
                if line.starts_with(b"    ") {
                    line.splice(..4, blank.iter().copied()).for_each(drop);
                }
            }
        }
        8 => {
            let line = &mut lines[one];
            let from = random.usize(..=line.len());
            line.drain(from..(from + random.usize(..12)).min(line.len())).for_each(drop);
        }
        9 => {
            let at = random.usize(..=lines[one].len());
            let byte = random.u8(1..);
            lines[one].insert(at, byte);
        }
        _ => {
            let line = &mut lines[one];
            let words: Vec<usize> = (0..=line.len())
                .filter(|at| {
                    *at == 0 || *at == line.len() || line[*at].is_ascii_alphanumeric() != line[*at - 1].is_ascii_alphanumeric()
                })
                .collect();
            let at = words[random.usize(..words.len())];
            line.splice(at..at, random.choice(PIECES).unwrap().bytes()).for_each(drop);
        }
    }
}
