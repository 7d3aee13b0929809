//! What it costs to decide, without shell and journal, who goes next.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::super::drained::Drained;
use super::super::figure::{Figure, Unit, median};
use super::super::graph::{Graph, Shape};
use super::super::{Bench, Row};
use crate::checkout::output;
use crate::provision::provide_compared;

pub(super) const ROW: Row = Row {
    name: "drain",
    title: "1,000,000 layered tickets drained in process, one completion at a time, 8 slots; CPU a ticket. The order alone is the \
            engine's own line and ranks, as `run --dry-run` plans; the whole engine takes three inputs a ticket and makes eight events of \
            them. Beside them bare counters without an order, a heap by longest path, and Python's graphlib; median of 3",
    run,
};

const TICKETS: usize = 1_000_000;
const TIMES: usize = 3;
/// Microseconds a ticket.
const GOAL: f64 = 1.0;

/// graphlib gives out what is ready in no order.
const GRAPHLIB: &str = "
import graphlib, json, sys, time
tickets = json.load(open(sys.argv[1]))
sorter = graphlib.TopologicalSorter({ticket['id']: ticket['depends_on'] for ticket in tickets})
sorter.prepare()
start = time.process_time()
ready = list(sorter.get_ready())
while ready:
    sorter.done(ready.pop())
    ready.extend(sorter.get_ready())
print((time.process_time() - start) * 1e6 / len(tickets))
";

fn run(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let python = provide_compared(bench.checkout)?.join("python");
    let home = tempfile::tempdir().context("no folder can be made to work in")?;
    let track = home.path().join("track.json");
    Graph::new(Shape::Layered, TICKETS, 1).write_track(&track, &[])?;
    let drained = Drained::measure(bench, &track)?;
    let graphlib = || -> Result<f64> {
        let printed = output(Command::new(&python).args(["-c", GRAPHLIB]).arg(&track))?;
        printed.trim().parse().with_context(|| format!("graphlib's time is no number: {printed}"))
    };
    let graphlib = median((0..TIMES).map(|_| graphlib()).collect::<Result<_>>()?);
    let beside = vec![("bare counters", drained.counters), ("heap by path", drained.heap), ("graphlib", graphlib)];
    let figure = |what, ours| Figure { what, unit: Unit::Microseconds, ours, goal: GOAL, beside: beside.clone() };
    Ok(vec![figure("order alone", drained.plan), figure("whole engine", drained.engine)])
}
