//! Views of real Python files, judged by CPython's own parser: as they are, marked at random places, and mutated.
//!
//! Some files and a few hundred mutants, or with `cargo xtask judge` every file of the standard libraries of the interpreters named
//! there and as many mutants as wanted. Without `python3` these tests fail.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::disallowed_types, clippy::print_stdout)]

mod judged;
mod library;
mod marks;
mod mutants;

use std::fs;
use std::ops::Range;

use conductor_context::View;

use judged::Batch;
use library::{Library, libraries};

const ALL: [View; 3] = [View::Skeleton, View::Curated, View::Outline];
/// Originals that are judged at once.
const AT_ONCE: usize = 500;
/// Seeds of the mutants where nothing else is said.
const MUTANTS: Range<u64> = 0..300;

// R19
#[test]
fn views_of_the_standard_library_are_right() {
    for library in libraries() {
        judge_all(&library, "as they are", library.files.len(), &ALL, |index| fs::read(&library.files[index]).unwrap());
    }
}

// R19
#[test]
fn marked_functions_of_the_standard_library_keep_their_bodies() {
    for library in libraries() {
        judge_all(&library, "marked", library.files.len(), &[View::Curated], |index| {
            let mut random = fastrand::Rng::with_seed(index as u64);
            marks::marked(&fs::read(&library.files[index]).unwrap(), &mut random)
        });
    }
}

#[test]
fn no_mutant_that_is_python_has_a_view_that_is_not() {
    let seeds = library::seeds().unwrap_or(MUTANTS);
    for library in libraries() {
        let count = usize::try_from(seeds.end - seeds.start).unwrap();
        judge_all(&library, &format!("mutants from seed {} on", seeds.start), count, &ALL, |index| {
            let mut random = fastrand::Rng::with_seed(seeds.start + index as u64);
            mutants::mutant(&library.files, &mut random)
        });
    }
}

/// Has views made of so many originals, and judged.
fn judge_all(library: &Library, what: &str, count: usize, views: &[View], original: impl Fn(usize) -> Vec<u8>) {
    let mut total = judged::Counts::default();
    for start in (0..count).step_by(AT_ONCE) {
        let mut batch = Batch::new();
        for index in start..count.min(start + AT_ONCE) {
            batch.add(index, &original(index), views);
        }
        total += batch.judge(library);
    }
    println!("judge: {}: {what}: {total}", library.python.display());
    assert!(total.right > 0, "something was judged");
}
