//! Graphs of many tickets, as a track and for the programs a track is compared with.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use fastrand::Rng;

/// A ticket of a layered graph depends on so many at most,
const MOST: usize = 5;
/// each in one of so many layers before its own.
const BACK: usize = 3;

/// How tickets depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Layers as wide as there are many; each ticket depends on one to five of the three layers before.
    Layered,
    /// Each on the one before.
    Chain,
    /// All on the first, and the last on all.
    Fan,
    /// A binary tree, each on its parent.
    Tree,
}

/// What each ticket depends on, by number; every one comes after its dependencies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Graph {
    dependencies: Vec<Vec<usize>>,
}

impl Graph {
    /// The same for the same seed; the shapes other than layered leave nothing to chance.
    pub(super) fn new(shape: Shape, count: usize, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let width = count.isqrt().max(1);
        let mut of = |ticket: usize| match shape {
            Shape::Layered => {
                let end = ticket / width * width;
                let before = end - end.min(BACK * width)..end;
                let count = rng.usize(1..=MOST).min(before.len());
                let mut on = BTreeSet::new();
                while on.len() < count {
                    on.insert(rng.usize(before.clone()));
                }
                on.into_iter().collect()
            }
            Shape::Chain => ticket.checked_sub(1).into_iter().collect(),
            Shape::Fan if ticket > 0 && ticket + 1 == count => (1..ticket).collect(),
            Shape::Fan => (0..ticket.min(1)).collect(),
            Shape::Tree => ticket.checked_sub(1).map(|before| before / 2).into_iter().collect(),
        };
        Self { dependencies: (0..count).map(&mut of).collect() }
    }

    /// Writes it as a bare list of tickets. `ms`, if there are any, are their fields `x-ms`.
    pub(super) fn write_track(&self, path: &Path, ms: &[u64]) -> Result<()> {
        write(path, |out| {
            for (ticket, on) in self.dependencies.iter().enumerate() {
                let start = if ticket == 0 { "[" } else { ",\n" };
                write!(out, "{start}{{\"id\": \"{}\", \"description\": \"Implement step {ticket} of the plan\", ", Name(ticket))?;
                write!(out, "\"status\": \"todo\", \"assigned_to\": \"tier3-worker\", \"depends_on\": [")?;
                for (at, &dependency) in on.iter().enumerate() {
                    write!(out, "{}\"{}\"", if at == 0 { "" } else { ", " }, Name(dependency))?;
                }
                write!(out, "], \"step_mode\": false")?;
                if let Some(ms) = ms.get(ticket) {
                    write!(out, ", \"x-ms\": {ms}")?;
                }
                write!(out, "}}")?;
            }
            writeln!(out, "]")
        })
    }

    /// Writes it for GNU make: targets without files and without recipes.
    pub(super) fn write_makefile(&self, path: &Path) -> Result<()> {
        write(path, |out| {
            writeln!(out, ".SUFFIXES:\nMAKEFLAGS += -rR")?;
            for list in ["all:", ".PHONY: all"] {
                write_line(out, list, 0..self.dependencies.len())?;
            }
            for (ticket, on) in self.dependencies.iter().enumerate() {
                write_line(out, format_args!("{}:", Name(ticket)), on.iter().copied())?;
            }
            Ok(())
        })
    }

    /// Writes it for ninja.
    pub(super) fn write_ninja(&self, path: &Path) -> Result<()> {
        write(path, |out| {
            for (ticket, on) in self.dependencies.iter().enumerate() {
                write_line(out, format_args!("build {}: phony", Name(ticket)), on.iter().copied())?;
            }
            write_line(out, "build all: phony", 0..self.dependencies.len())?;
            writeln!(out, "default all")
        })
    }
}

fn write_line(out: &mut impl Write, start: impl Display, mut tickets: impl Iterator<Item = usize>) -> std::io::Result<()> {
    write!(out, "{start}")?;
    tickets.try_for_each(|ticket| write!(out, " {}", Name(ticket)))?;
    writeln!(out)
}

/// A ticket's id.
struct Name(usize);

impl Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "T{:07}", self.0)
    }
}

fn write(path: &Path, content: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
    let made = || {
        let mut out = BufWriter::new(File::create(path)?);
        content(&mut out)?;
        out.flush()
    };
    made().with_context(|| format!("{} cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(shape: Shape, count: usize) -> Vec<Vec<usize>> {
        Graph::new(shape, count, 1).dependencies
    }

    #[test]
    fn chain_fan_and_tree_are_what_they_are_called() {
        assert_eq!(graph(Shape::Chain, 4), [vec![], vec![0], vec![1], vec![2]]);
        assert_eq!(graph(Shape::Fan, 4), [vec![], vec![0], vec![0], vec![1, 2]]);
        assert_eq!(graph(Shape::Tree, 6), [vec![], vec![0], vec![0], vec![1], vec![1], vec![2]]);
    }

    #[test]
    fn layers_reach_back_three_layers_and_no_further() {
        let layered = graph(Shape::Layered, 10_000);
        for (ticket, on) in layered.iter().enumerate() {
            let layer = ticket / 100;
            assert_eq!(on.is_empty(), layer == 0, "{ticket}");
            assert!(on.len() <= 5 && on.is_sorted_by(|a, b| a < b), "{ticket}: {on:?}");
            assert!(on.iter().all(|on| (layer.saturating_sub(3)..layer).contains(&(on / 100))), "{ticket}: {on:?}");
        }
        let edges: usize = layered.iter().map(Vec::len).sum();
        assert!((28_000..31_000).contains(&edges), "three each, on average: {edges}");
        assert_ne!(layered, Graph::new(Shape::Layered, 10_000, 2).dependencies);
    }

    #[test]
    fn a_graph_is_written_for_all_that_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let read = || std::fs::read_to_string(&path).unwrap();
        let graph = Graph::new(Shape::Fan, 3, 1);
        graph.write_track(&path, &[7, 8, 9]).unwrap();
        let ticket = |number: usize, on: &[&str]| {
            serde_json::json!({ "id": format!("T000000{number}"), "description": format!("Implement step {number} of the plan"),
                                "status": "todo", "assigned_to": "tier3-worker", "depends_on": on, "step_mode": false,
                                "x-ms": number + 7 })
        };
        let expected = serde_json::json!([ticket(0, &[]), ticket(1, &["T0000000"]), ticket(2, &["T0000001"])]);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&read()).unwrap(), expected);
        graph.write_makefile(&path).unwrap();
        let all = "T0000000 T0000001 T0000002";
        let lists = format!(".SUFFIXES:\nMAKEFLAGS += -rR\nall: {all}\n.PHONY: all {all}\n");
        assert_eq!(read(), format!("{lists}T0000000:\nT0000001: T0000000\nT0000002: T0000001\n"));
        graph.write_ninja(&path).unwrap();
        let tickets = "build T0000000: phony\nbuild T0000001: phony T0000000\nbuild T0000002: phony T0000001\n";
        assert_eq!(read(), format!("{tickets}build all: phony {all}\ndefault all\n"));
    }
}
