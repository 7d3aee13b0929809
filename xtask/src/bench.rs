//! `cargo xtask bench`: figures beside their goals, and beside a comparison measured in the same run.
//!
//! A row is one file in `rows/`. Nothing is asserted here: a figure that misses its goal is shown as such, and the chore fails only
//! where something did not do its work.

mod client;
mod drained;
mod figure;
mod graph;
mod measure;
mod rows;
mod server;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

pub(crate) use self::client::plain_client;
use self::figure::Figure;
pub(crate) use self::measure::measured;
use crate::checkout::{Checkout, execute};

/// One measurement.
#[derive(Debug)]
struct Row {
    /// What it is asked for by.
    name: &'static str,
    /// What is measured, and how.
    title: &'static str,
    run: fn(&Bench<'_>) -> Result<Vec<Figure>>,
}

/// What a row works with.
#[derive(Debug)]
struct Bench<'c> {
    checkout: &'c Checkout,
    /// The conductor to measure, absolute.
    conductor: PathBuf,
}

impl Bench<'_> {
    /// An example of a crate, built as the program is.
    fn example(&self, package: &str, name: &str) -> Result<PathBuf> {
        release(self.checkout, package, "--example", name).map(|folder| folder.join("examples").join(name))
    }
}

/// Measures the rows named, or all, and prints them.
pub(crate) fn run(checkout: &Checkout, names: &[String], json: bool, binary: Option<&Path>) -> Result<()> {
    let rows = chosen(names)?;
    let conductor = match binary {
        Some(path) => path.canonicalize().with_context(|| format!("{} is not there", path.display()))?,
        None => release(checkout, "conductor-cli", "--bin", "conductor")?.join("conductor"),
    };
    let bench = Bench { checkout, conductor };
    let mut done = Vec::new();
    for row in rows {
        let figures = (row.run)(&bench).with_context(|| format!("the row `{}` could not be measured", row.name))?;
        if !json {
            print!("{}", table::text(row, &figures));
        }
        done.push(table::json(row, &figures));
    }
    if json {
        println!("{}", serde_json::Value::from(done));
    }
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<&'static Row>> {
    if names.is_empty() {
        return Ok(rows::ALL.iter().collect());
    }
    let one = |name: &String| match rows::ALL.iter().find(|row| row.name == name) {
        Some(row) => Ok(row),
        None => {
            let known: Vec<&str> = rows::ALL.iter().map(|row| row.name).collect();
            bail!("there is no row `{name}`; there are: {}", known.join(", "))
        }
    };
    names.iter().map(one).collect()
}

/// Builds a target of a package as the program is shipped. The folder that programs are then in.
fn release(checkout: &Checkout, package: &str, kind: &str, name: &str) -> Result<PathBuf> {
    execute(checkout.cargo().args(["build", "--release", "--quiet", "--locked", "--package", package, kind, name]))?;
    let metadata = checkout.metadata()?;
    let target = metadata.get("target_directory").and_then(serde_json::Value::as_str).context("cargo names no target directory")?;
    Ok(Path::new(target).join("release"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_names_of_their_own_and_an_unknown_one_is_refused() {
        let all = chosen(&[]).unwrap();
        for (index, row) in all.iter().enumerate() {
            assert!(!all[..index].iter().any(|other| other.name == row.name), "{} is there twice", row.name);
        }
        let error = chosen(&["nothing".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("there is no row `nothing`; there are: check, drain"), "{error}");
    }
}
