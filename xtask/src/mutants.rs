//! `cargo xtask mutants`: bugs planted one at a time in a copy of the engine, each of which the simulation has to notice.
//!
//! A mutant is a file of `crates/dag/mutants/`: what it breaks, then a unified diff. The engine knows nothing of them. All are built in
//! one place below `target/`, so that only the engine and its simulation are compiled anew for each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::checkout::{Checkout, execute};
use crate::simulate::{self, Broken};

/// Where they are, in the checkout.
pub(crate) const FOLDER: &str = "crates/dag/mutants";
/// Enough for the one that is hardest to notice.
const SEEDS: std::ops::Range<u64> = 0..2_000;
/// What the engine and its simulation are built from; a page has a diagram that the simulation draws.
const COPIED: [&str; 3] = ["crates/model", "crates/dag", "docs"];
/// The list in the workspace's manifest that names what is not copied.
const MEMBERS: &str = r#"members = ["crates/*", "xtask"]"#;

/// Applies, builds and runs those named, or all; an error if one does not apply or is not noticed.
pub(crate) fn run(checkout: &Checkout, names: &[String]) -> Result<()> {
    let all = patches(&checkout.root().join(FOLDER))?;
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|(known, _)| known == *name)) {
        bail!("there is no mutant `{unknown}`: {}", all.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "));
    }
    let copy = Copy::make(checkout)?;
    if let Some(Broken { seed, rule }) = copy.simulate()? {
        bail!("seed {seed} breaks a rule without any mutant: {rule}");
    }
    let mut unnoticed = Vec::new();
    println!("{:<40} {:>5}  rule that it breaks", "mutant", "seed");
    for (name, patch) in all.iter().filter(|(name, _)| names.is_empty() || names.contains(name)) {
        copy.mutate(patch).with_context(|| format!("mutant `{name}`"))?;
        match copy.simulate().with_context(|| format!("mutant `{name}`"))? {
            Some(Broken { seed, rule }) => println!("{name:<40} {seed:>5}  {rule}"),
            None => {
                println!("{name:<40}     -  none");
                unnoticed.push(name.as_str());
            }
        }
    }
    if !unnoticed.is_empty() {
        bail!("{} seeds do not notice {}", SEEDS.end, unnoticed.join(", "));
    }
    Ok(())
}

/// Names and files, sorted.
fn patches(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}: cannot be listed", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "patch")
            && let Some(name) = path.file_stem().and_then(|name| name.to_str())
        {
            found.push((name.to_owned(), path));
        }
    }
    found.sort();
    Ok(found)
}

/// A workspace of the engine and what it depends on.
struct Copy<'c> {
    checkout: &'c Checkout,
    /// Of all that belongs to this chore.
    folder: PathBuf,
}

impl<'c> Copy<'c> {
    fn make(checkout: &'c Checkout) -> Result<Self> {
        let copy = Self { checkout, folder: checkout.root().join("target/mutants") };
        let root = copy.root();
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(root.join("crates"))?;
        let manifest = fs::read_to_string(checkout.root().join("Cargo.toml"))?;
        if !manifest.contains(MEMBERS) {
            bail!("the workspace's manifest does not say `{MEMBERS}`");
        }
        fs::write(root.join("Cargo.toml"), manifest.replace(MEMBERS, r#"members = ["crates/*"]"#))?;
        fs::copy(checkout.root().join("Cargo.lock"), root.join("Cargo.lock"))?;
        for folder in COPIED {
            copy_folder(&checkout.root().join(folder), &root.join(folder))?;
        }
        Ok(copy)
    }

    fn root(&self) -> PathBuf {
        self.folder.join("workspace")
    }

    /// Takes the engine as it is and applies a patch to it.
    fn mutate(&self, patch: &Path) -> Result<()> {
        let source = "crates/dag/src";
        fs::remove_dir_all(self.root().join(source))?;
        copy_folder(&self.checkout.root().join(source), &self.root().join(source))?;
        let mut git = Command::new("git");
        git.args(["apply", "--whitespace=nowarn"]).arg(patch).current_dir(self.root()).stdin(Stdio::null());
        // In a repository git passes over what lies outside the current folder in it, without a word.
        execute(git.env("GIT_CEILING_DIRECTORIES", &self.folder))
    }

    fn simulate(&self) -> Result<Option<Broken>> {
        // What does not build is no mutant.
        execute(self.cargo().args(["--no-run", "--quiet", "--package", "conductor-dag", "--test", "simulation"]))?;
        simulate::simulate(&mut self.cargo(), &SEEDS, false)
    }

    fn cargo(&self) -> Command {
        let mut cargo = self.checkout.cargo();
        // The lock file names more than is here, and all that is here was fetched for the checkout.
        cargo.args(["test", "--offline"]).current_dir(self.root()).env("CARGO_TARGET_DIR", self.folder.join("target"));
        cargo.env("RUSTFLAGS", "-A warnings");
        cargo
    }
}

/// Files and folders of one in the other.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{}: cannot be listed", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::write(to, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
