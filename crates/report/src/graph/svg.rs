//! A graph as a picture that needs nothing else: no fonts, scripts or styles from elsewhere, light and dark by itself.
//!
//! Everything that did not come from this program is escaped as XML and safe to read. A state is told by a word, and by colour only
//! beside it.

use std::fmt::Write as _;

use conductor_dag::{State, TicketGraph};
use conductor_model::{Ticket, TicketId, safe_line};

use super::label::wrapped;
use super::layered::{Layout, lay_out};
use super::palette::{class, color};
use super::picture::{Arrow, Drawn, Picture, What};
use super::state_word;
use crate::layout::{counted, fit, grouped};

/// Pixels: a box, the space between columns, the margin, and what stands above the boxes.
const WIDE: i64 = 224;
const BETWEEN: i64 = 72;
const MARGIN: i64 = 24;
const HEAD: i64 = 66;
/// Of a box: its head line, each line of its description, and its foot.
const ID_LINE: i64 = 30;
const TEXT_LINE: i64 = 15;
const FOOT: i64 = 8;
/// Columns of an id beside a state and without, and of a description.
const ID: usize = 15;
const ID_ALONE: usize = 25;
const TEXT: usize = 31;
const LINES: usize = 2;
/// Columns of a description in a tooltip.
const TOOLTIP: usize = 600;
/// Of an entry of the legend.
const LEGEND: i64 = 136;

const STYLE: &str = "\
svg{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;color-scheme:light dark}
.ground{fill:#f7f8fa}.box{fill:#ffffff;stroke:#cdd4dd}.rest{fill:none;stroke:#a3adba;stroke-dasharray:5 4}
.id{font-size:13px;font-weight:600;fill:#1a2330}.what,.legend{font-size:11px;fill:#566170}.title{font-size:17px;font-weight:600;fill:#1a2330}
.state{font-size:10px;font-weight:600;text-anchor:end}.line{fill:none;stroke:#a9b3c0;stroke-width:1.3}.head{fill:#a9b3c0}
.critical .box,.critical .rest{stroke:#1a2330;stroke-width:1.6}.line.critical{stroke:#1a2330;stroke-width:2}.head.critical{fill:#1a2330}
@media(prefers-color-scheme:dark){.ground{fill:#12161c}.box{fill:#1c222b;stroke:#3a4452}.rest{stroke:#596577}
.id,.title{fill:#e8edf4}.what,.legend{fill:#9daabb}.line{stroke:#556172}.head{fill:#556172}
.critical .box,.critical .rest{stroke:#dfe6ef}.line.critical{stroke:#dfe6ef}.head.critical{fill:#dfe6ef}}
";

/// The graph as SVG, columns of levels from left to right, under a title; of more than 5,000 tickets only the first of each column,
/// and at most 20,000 arrows.
pub fn svg(graph: &TicketGraph, title: &str, state: impl Fn(&TicketId) -> Option<State>) -> String {
    let picture = Picture::new(graph, state);
    let columns: Vec<usize> = picture.boxes.iter().map(|drawn| drawn.column).collect();
    let texts: Vec<Text> = picture.boxes.iter().map(Text::of).collect();
    let heights: Vec<i64> = texts.iter().map(Text::height).collect();
    let ends: Vec<(usize, usize)> = picture.arrows.iter().map(|arrow| (arrow.from, arrow.to)).collect();
    let layout = lay_out(&columns, &heights, &ends);
    let states = picture.states();
    let count = columns.iter().max().map_or(0, |&last| pixels(last + 1));
    let width = (count * (WIDE + BETWEEN) - BETWEEN).max(pixels(states.len() + 1) * LEGEND).max(2 * WIDE) + 2 * MARGIN;
    let height = layout.height + HEAD + 2 * MARGIN;

    let title = fit(title, 100);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n<style>\n{STYLE}",
        xml(&title)
    );
    // Writing to a String cannot fail.
    for state in &states {
        let _ = writeln!(out, ".{}{{fill:{}}}", class(*state), color(*state));
    }
    let _ = writeln!(out, "</style>\n<defs>{}{}</defs>", marker("arrow", "head"), marker("strong", "head critical"));
    let _ = writeln!(out, "<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>");
    head(&mut out, &title, graph, &picture, &states);
    for (arrow, lanes) in picture.arrows.iter().zip(&layout.lanes) {
        line(&mut out, arrow, lanes, &layout, &columns);
    }
    for ((drawn, text), middle) in picture.boxes.iter().zip(&texts).zip(&layout.middle) {
        one_box(&mut out, drawn, text, *middle + MARGIN + HEAD);
    }
    out.push_str("</svg>\n");
    out
}

fn head(out: &mut String, title: &str, graph: &TicketGraph, picture: &Picture<'_>, states: &[State]) {
    let levels = graph.levels().into_iter().max().map_or(0, |deepest| deepest as usize + 1);
    let mut about = format!("{} on {}", counted(graph.len(), "ticket"), counted(levels, "level"));
    if picture.left_out > 0 {
        let _ = write!(about, "; {} more arrows are not drawn", grouped(picture.left_out as u64));
    }
    let _ = writeln!(out, "<text class=\"title\" x=\"{MARGIN}\" y=\"{}\">{}</text>", MARGIN + 14, xml(title));
    let _ = writeln!(
        out,
        "<text class=\"legend\" x=\"{MARGIN}\" y=\"{}\">{}; the longest chain is drawn strong</text>",
        MARGIN + 34,
        xml(&about)
    );
    for (at, state) in states.iter().enumerate() {
        let (x, y) = (MARGIN + pixels(at) * LEGEND, MARGIN + 54);
        let _ = writeln!(
            out,
            "<rect class=\"{}\" x=\"{x}\" y=\"{}\" width=\"10\" height=\"10\" rx=\"2\"/><text class=\"legend\" x=\"{}\" y=\"{y}\">{}</text>",
            class(*state),
            y - 9,
            x + 15,
            state_word(*state)
        );
    }
}

/// What stands in a box.
struct Text {
    id: String,
    lines: Vec<String>,
}

impl Text {
    fn of(drawn: &Drawn<'_>) -> Self {
        match &drawn.what {
            What::Ticket(ticket, state) => {
                let room = if state.is_some() { ID } else { ID_ALONE };
                Self { id: fit(ticket.id.as_str(), room), lines: wrapped(&ticket.description, TEXT, LINES) }
            }
            What::Rest(text) => Self { id: String::new(), lines: wrapped(text, TEXT, LINES + 1) },
        }
    }

    fn height(&self) -> i64 {
        let id = if self.id.is_empty() { FOOT } else { ID_LINE };
        id + pixels(self.lines.len()) * TEXT_LINE + FOOT
    }
}

fn one_box(out: &mut String, drawn: &Drawn<'_>, text: &Text, middle: i64) {
    let (x, height) = (left_of(drawn.column), text.height());
    let y = middle - height / 2;
    let _ = write!(out, "<g{}>", if drawn.critical { " class=\"critical\"" } else { "" });
    let (look, first) = match &drawn.what {
        What::Ticket(ticket, state) => {
            let _ = write!(out, "<title>{}</title>", xml(&tooltip(ticket, *state)));
            ("box", ID_LINE)
        }
        What::Rest(_) => ("rest", FOOT),
    };
    let _ = write!(out, "<rect class=\"{look}\" x=\"{x}\" y=\"{y}\" width=\"{WIDE}\" height=\"{height}\" rx=\"7\"/>");
    if let What::Ticket(_, state) = &drawn.what {
        let _ = write!(out, "<text class=\"id\" x=\"{}\" y=\"{}\">{}</text>", x + 14, y + 20, xml(&text.id));
        if let Some(state) = state {
            let class = class(*state);
            let _ =
                write!(out, "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\"/>", y + 7, height - 14);
            let (right, word) = (x + WIDE - 12, state_word(*state));
            let _ = write!(out, "<text class=\"state {class}\" x=\"{right}\" y=\"{}\">{word}</text>", y + 19);
        }
    }
    for (at, line) in text.lines.iter().enumerate() {
        let y = y + first + pixels(at) * TEXT_LINE + 9;
        let _ = write!(out, "<text class=\"what\" x=\"{}\" y=\"{y}\">{}</text>", x + 14, xml(line));
    }
    out.push_str("</g>\n");
}

fn tooltip(ticket: &Ticket, state: Option<State>) -> String {
    let state = state.map_or_else(String::new, |state| format!(" ({})", state_word(state)));
    let text = wrapped(&ticket.description, TOOLTIP, 1).concat();
    format!("{}{state}: {text}", ticket.id.as_str())
}

/// An arrow as one smooth line through its lanes.
fn line(out: &mut String, arrow: &Arrow, lanes: &[(usize, i64)], layout: &Layout, columns: &[usize]) {
    let middle = |at: usize| layout.middle[at] + MARGIN + HEAD;
    let (mut x, mut y) = (left_of(columns[arrow.from]) + WIDE, middle(arrow.from));
    let mut path = format!("M{x} {y}");
    let mut curve_to = |path: &mut String, to_x: i64, to_y: i64| {
        let half = (to_x - x) / 2;
        let _ = if to_y == y {
            write!(path, "H{to_x}")
        } else {
            write!(path, "C{} {y} {} {to_y} {to_x} {to_y}", x + half, to_x - half)
        };
        (x, y) = (to_x, to_y);
    };
    for &(column, lane) in lanes {
        let lane = lane + MARGIN + HEAD;
        curve_to(&mut path, left_of(column), lane);
        curve_to(&mut path, left_of(column) + WIDE, lane);
    }
    curve_to(&mut path, left_of(columns[arrow.to]) - 7, middle(arrow.to));
    let (look, head) = if arrow.critical { ("line critical", "strong") } else { ("line", "arrow") };
    let _ = writeln!(out, "<path class=\"{look}\" marker-end=\"url(#{head})\" d=\"{path}\"/>");
}

fn marker(id: &str, class: &str) -> String {
    format!(
        "<marker id=\"{id}\" markerUnits=\"userSpaceOnUse\" markerWidth=\"9\" markerHeight=\"10\" refX=\"1\" refY=\"5\" orient=\"auto\">\
         <path class=\"{class}\" d=\"M0 0L9 5L0 10z\"/></marker>"
    )
}

fn left_of(column: usize) -> i64 {
    MARGIN + pixels(column) * (WIDE + BETWEEN)
}

fn pixels(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Text as XML, on one line and safe to read.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in safe_line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no way to write these.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
