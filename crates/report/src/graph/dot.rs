//! A graph for Graphviz.

use std::fmt::Write as _;

use conductor_dag::{State, TicketGraph};
use conductor_model::{TicketId, safe_line};

use super::label::wrapped;
use super::palette::color;
use super::picture::{Picture, What};
use super::state_word;
use crate::layout::fit;

/// Columns of a label, and lines of a description.
const WIDTH: usize = 36;
const LINES: usize = 2;

/// The graph in the DOT language, under a name; of more than 5,000 tickets only the first of each column.
pub fn dot(graph: &TicketGraph, name: &str, state: impl Fn(&TicketId) -> Option<State>) -> String {
    let picture = Picture::new(graph, state);
    let mut out = format!("digraph {} {{\n", quoted(&safe_line(name)));
    out.push_str(
        "    rankdir=LR;\n    node [shape=box, style=\"rounded,filled\", fillcolor=\"#eef1f5\", fontname=\"Helvetica\"];\n",
    );
    for (at, drawn) in picture.boxes.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = match &drawn.what {
            What::Ticket(ticket, state) => {
                let mut lines = vec![fit(ticket.id.as_str(), WIDTH)];
                lines.extend(wrapped(&ticket.description, WIDTH, LINES));
                let look = state.map_or_else(String::new, |state| {
                    format!(", fillcolor=\"{}\", fontcolor=\"#ffffff\", tooltip={}", color(state), quoted(state_word(state)))
                });
                writeln!(out, "    n{at} [label={}{look}];", label(&lines))
            }
            What::Rest(text) => writeln!(out, "    n{at} [label={}, style=\"rounded,dashed\"];", quoted(text)),
        };
    }
    for arrow in &picture.arrows {
        let look = if arrow.critical { " [penwidth=2]" } else { "" };
        let _ = writeln!(out, "    n{} -> n{}{look};", arrow.from, arrow.to);
    }
    out.push_str("}\n");
    out
}

/// A string of one line.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Lines of a label, each centred.
fn label(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    format!("\"{}\"", lines.join("\\n"))
}

/// Text inside quotes. Graphviz reads escapes and entities there, so a backslash is always written as two, and an ampersand as its
/// entity.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\"")
}
