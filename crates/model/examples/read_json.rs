//! Reads a list of tickets with serde alone, into plain structs, and says how many there are: the least that reading a track can cost.
//! `cargo run --release -p conductor-model --example read_json -- FILE`

#![allow(clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "an example reads a file")]
#![allow(clippy::expect_used, reason = "an example may fail as it likes")]

use serde::Deserialize;

#[derive(Deserialize)]
#[allow(dead_code, reason = "they are read, and nobody looks at them")]
struct Plain {
    id: String,
    description: String,
    status: String,
    assigned_to: String,
    depends_on: Vec<String>,
    step_mode: bool,
}

fn main() {
    let file = std::env::args().nth(1).expect("usage: read_json FILE");
    let text = std::fs::read_to_string(file).expect("the file can be read");
    let tickets: Vec<Plain> = serde_json::from_str(&text).expect("the file is a list of tickets");
    println!("{} tickets", tickets.len());
}
