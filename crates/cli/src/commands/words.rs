//! Words of a person to a worker: one argument, or standard input where the person asks for that with `-`.

use std::io::{Read as _, stdin};

use crate::errors::Failure;
use crate::exit::Exit;

/// The most that is taken, in bytes: it is read by a model in every turn that follows.
const MOST: usize = 64 * 1024;

/// The words, without blanks around them.
pub(super) fn words(argument: &str) -> Result<String, Failure> {
    let text = if argument == "-" { read()? } else { argument.to_owned() };
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::new(Exit::USAGE, "the text is empty"));
    }
    if text.len() > MOST {
        return Err(Failure::new(Exit::USAGE, format!("the text is longer than {} KiB", MOST / 1024)));
    }
    Ok(text.to_owned())
}

fn read() -> Result<String, Failure> {
    let mut text = String::new();
    // One byte more than is taken, so that a longer text is seen to be one.
    let read = stdin().lock().take(MOST as u64 + 1).read_to_string(&mut text);
    read.map_err(|error| Failure::new(Exit::NO_INPUT, "standard input cannot be read as text").because(Some(&error)))?;
    Ok(text)
}
