//! A graph as a Mermaid flowchart, for Markdown.

use std::fmt::Write as _;

use conductor_dag::{State, TicketGraph};
use conductor_model::TicketId;

use super::label::wrapped;
use super::palette::{class, color};
use super::picture::{Picture, What};
use crate::layout::fit;

/// Columns of a label, and lines of a description.
const WIDTH: usize = 36;
const LINES: usize = 2;

/// The graph as `flowchart LR`; of more than 5,000 tickets only the first of each column.
pub fn mermaid(graph: &TicketGraph, state: impl Fn(&TicketId) -> Option<State>) -> String {
    let picture = Picture::new(graph, state);
    let mut out = "flowchart LR\n".to_owned();
    for (at, drawn) in picture.boxes.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = match &drawn.what {
            What::Ticket(ticket, state) => {
                let mut lines = vec![escaped(&fit(ticket.id.as_str(), WIDTH))];
                lines.extend(wrapped(&ticket.description, WIDTH, LINES).iter().map(|line| escaped(line)));
                let class = state.map_or_else(String::new, |state| format!(":::{}", class(state)));
                writeln!(out, "    n{at}[\"{}\"]{class}", lines.join("<br/>"))
            }
            What::Rest(text) => writeln!(out, "    n{at}([\"{}\"])", escaped(text)),
        };
    }
    for arrow in &picture.arrows {
        let line = if arrow.critical { "==>" } else { "-->" };
        let _ = writeln!(out, "    n{} {line} n{}", arrow.from, arrow.to);
    }
    for state in picture.states() {
        let _ = writeln!(out, "    classDef {} fill:{},stroke:none,color:#ffffff", class(state), color(state));
    }
    out
}

/// Text inside a quoted label. Everything that Mermaid, Markdown or HTML could read as theirs is written as a character's number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        // `1. ` and `- ` begin a list, which Mermaid refuses.
        let is_list = matches!(c, '.' | '-' | '+' | ')') && chars.peek().is_none_or(|next| *next == ' ');
        if c.is_ascii_punctuation() && (is_list || !matches!(c, ',' | '.' | '/' | '-' | '(' | ')' | '=' | '+' | '\'')) {
            let _ = write!(out, "#{};", c as u32);
        } else {
            out.push(c);
        }
    }
    out
}
