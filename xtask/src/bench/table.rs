//! How a row is shown: absolute figures, goals and ratios side by side, or the same as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Row;
use super::figure::Figure;

/// Lines for a person.
pub(super) fn text(row: &Row, figures: &[Figure]) -> String {
    let mut out = format!("{}: {}\n", row.name, row.title);
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in figures.iter().flat_map(|figure| &figure.beside) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let width = figures.iter().map(|figure| figure.what.chars().count()).max().unwrap_or(0).max(16);
    let _ = write!(out, "  {:<width$}{:>12}{:>12}  {:<8}", "", "conductor", "goal", "");
    for name in &names {
        let _ = write!(out, "{name:>24}{:>9}", "ratio");
    }
    out.push('\n');
    for figure in figures {
        let symbol = figure.unit.symbol();
        let met = if figure.is_met() { "met" } else { "missed" };
        let ours = amount(figure.ours, symbol);
        let goal = format!("≤ {} {symbol}", goal(figure.goal));
        let _ = write!(out, "  {:<width$}{ours:>12}{goal:>12}  {met:<8}", figure.what);
        for name in &names {
            let _ = match figure.beside.iter().find(|(of, _)| of == name) {
                Some((_, value)) => write!(out, "{:>24}{:>9}", amount(*value, symbol), amount(figure.ours / value, "×")),
                None => write!(out, "{:>33}", ""),
            };
        }
        out.push('\n');
    }
    out
}

/// The same for programs.
pub(super) fn json(row: &Row, figures: &[Figure]) -> Value {
    let figures: Vec<Value> = figures
        .iter()
        .map(|figure| {
            let beside: Vec<Value> = figure
                .beside
                .iter()
                .map(|(name, value)| json!({ "name": name, "value": value, "ratio": figure.ours / value }))
                .collect();
            json!({ "what": figure.what, "unit": figure.unit.symbol(), "conductor": figure.ours, "goal": figure.goal,
                    "met": figure.is_met(), "beside": beside })
        })
        .collect();
    json!({ "name": row.name, "title": row.title, "figures": figures })
}

/// As it is written, or to three digits where it was computed from a comparison.
fn goal(value: f64) -> String {
    let short = format!("{value:.3}");
    short.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Three digits, or to the third decimal.
fn amount(value: f64, symbol: &str) -> String {
    let decimals = match value {
        large if large >= 100.0 => 0,
        middle if middle >= 10.0 => 1,
        small if small >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$} {symbol}")
}

#[cfg(test)]
mod tests {
    use super::super::figure::Unit;
    use super::*;

    const ROW: Row = Row { name: "a", title: "of a kind", run: |_| Ok(vec![]) };

    fn figures() -> Vec<Figure> {
        vec![
            Figure { what: "wall", unit: Unit::Seconds, ours: 0.05, goal: 0.1, beside: vec![("plain", 0.01)] },
            Figure { what: "peak memory", unit: Unit::Mebibytes, ours: 60.0, goal: 30.0, beside: vec![("other", 4.0)] },
        ]
    }

    #[test]
    fn a_row_shows_figures_goals_and_ratios() {
        assert_eq!(
            text(&ROW, &figures()).lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>(),
            [
                "a: of a kind",
                "conductor goal plain ratio other ratio",
                "wall 0.050 s ≤ 0.1 s met 0.010 s 5.00 ×",
                "peak memory 60.0 MB ≤ 30 MB missed 4.00 MB 15.0 ×",
            ]
        );
    }

    #[test]
    fn the_same_for_programs() {
        let value = json(&ROW, &figures());
        assert_eq!(
            value["figures"][0],
            json!({ "what": "wall", "unit": "s", "conductor": 0.05, "goal": 0.1, "met": true,
                    "beside": [{ "name": "plain", "value": 0.01, "ratio": 5.0 }] })
        );
    }
}
