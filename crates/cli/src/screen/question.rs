//! A question as text: short enough for the screen, or whole. Pure; every line is safe to print.

use conductor::Shown;
use conductor_model::{PackFile, safe_line, safe_text};

/// What the person sees of a text at first: lines of its beginning, and of its end, where a prompt has its ticket.
const HEAD: usize = 4;
const TAIL: usize = 10;

/// The heading, one line.
pub(crate) fn heading(shown: &Shown, edited: bool) -> String {
    let edited = if edited { " (edited)" } else { "" };
    match shown {
        Shown::Start { role, ticket, attempt, model, .. } => {
            format!("? {ticket}: start attempt {attempt} as {} on {model}?{edited}", safe_line(role))
        }
        Shown::Step { ticket, turn, tool, .. } => format!("? {ticket}: run `{}` (turn {turn})?{edited}", safe_line(tool)),
        Shown::Question { ticket, turn, .. } => format!("? {ticket} asks (turn {turn}):"),
    }
}

/// What is asked about, cut so that it fits a screen. `all`: what shows all of it.
pub(crate) fn excerpt(shown: &Shown, all: &str) -> Vec<String> {
    match shown {
        Shown::Start { context_md, prompt, tokens, files, base, .. } => {
            let mut lines = Vec::new();
            if let Some(base) = base {
                lines.push(format!("  from commit {}", safe_line(base.get(..12).unwrap_or(base))));
            }
            lines.extend(file_lines(files));
            if !context_md.is_empty() {
                lines.push(format!("  project context ({}):", count(context_md)));
                lines.extend(cut(context_md, 2, 0, all));
            }
            lines.push(format!("  prompt ({}, pack of about {tokens} tokens):", count(prompt)));
            lines.extend(cut(prompt, HEAD, TAIL, all));
            lines
        }
        Shown::Step { args, .. } => cut(&arguments(args), HEAD + TAIL, 2, all),
        Shown::Question { text, .. } => cut(text, HEAD + TAIL, 2, all),
    }
}

/// All of it.
pub(crate) fn whole(shown: &Shown) -> Vec<String> {
    let barred = |text: &str| safe_text(text).lines().map(|line| format!("  │ {line}")).collect::<Vec<_>>();
    match shown {
        Shown::Start { system, context_md, prompt, files, .. } => {
            let mut lines = vec!["  rules (system text):".to_owned()];
            lines.extend(barred(system));
            lines.extend(file_lines(files));
            lines.push("  project context:".to_owned());
            lines.extend(barred(context_md));
            lines.push("  prompt:".to_owned());
            lines.extend(barred(prompt));
            lines
        }
        Shown::Step { args, .. } => barred(&arguments(args)),
        Shown::Question { text, .. } => barred(text),
    }
}

/// The keys there are, in full where that fits this many columns.
pub(super) fn keys(shown: &Shown, width: usize) -> &'static str {
    let (full, short) = match shown {
        Shown::Start { .. } => {
            ("  [y]es [n]o  edit [p]rompt, [c]ontext  [v]iew all  [a]uto-queue rest  [q]uit ", "[y/n/p/c/v/a/q] ")
        }
        Shown::Step { .. } => ("  [y]es  [n]o  [e]dit arguments  [v]iew all  [q]uit ", "[y/n/e/v/q] "),
        Shown::Question { .. } => ("  [a]nswer  [n]obody answers  [v]iew all  [q]uit ", "[a/n/v/q] "),
    };
    if full.len() <= width { full } else { short }
}

/// A tool's arguments as a person reads and edits them.
pub(super) fn arguments(args: &serde_json::Value) -> String {
    // A JSON value always serialises.
    serde_json::to_string_pretty(args).unwrap_or_default()
}

fn file_lines(files: &[PackFile]) -> Vec<String> {
    if files.is_empty() {
        return vec!["  files: none".to_owned()];
    }
    let line = |file: &PackFile| {
        let problem = file.problem.as_ref().map(|problem| format!(": {}", safe_line(problem))).unwrap_or_default();
        format!("  file {} ({}, {} tokens){problem}", safe_line(&file.path), safe_line(&file.view), file.tokens)
    };
    let mut lines: Vec<String> = files.iter().take(4).map(line).collect();
    if files.len() > 4 {
        lines.push(format!("  and {} more files", files.len() - 4));
    }
    lines
}

fn count(text: &str) -> String {
    match text.lines().count() {
        1 => "1 line".to_owned(),
        lines => format!("{lines} lines"),
    }
}

fn cut(text: &str, head: usize, tail: usize, all: &str) -> Vec<String> {
    let text = safe_text(text);
    let lines: Vec<&str> = text.lines().collect();
    let bar = |line: &&str| format!("  │ {line}");
    if lines.len() <= head + tail + 1 {
        return lines.iter().map(bar).collect();
    }
    let mut shown: Vec<String> = lines[..head].iter().map(bar).collect();
    shown.push(format!("  ┆ {} lines more; {all} shows all", lines.len() - head - tail));
    shown.extend(lines[lines.len() - tail..].iter().map(bar));
    shown
}

#[cfg(test)]
mod tests {
    use conductor_model::{ModelName, TicketId};

    use super::*;

    fn start(prompt: &str) -> Shown {
        Shown::Start {
            role: "Tier 3 Worker".into(),
            ticket: TicketId::new("T1").unwrap(),
            attempt: 2,
            model: ModelName::new("p/m").unwrap(),
            system: "rules".into(),
            context_md: "# Project".into(),
            prompt: prompt.into(),
            tokens: 12,
            files: vec![PackFile { path: "a\u{1b}.py".into(), view: "curated".into(), tokens: 12, problem: None, reason: None }],
            base: None,
        }
    }

    fn step() -> Shown {
        Shown::Step {
            ticket: TicketId::new("T1").unwrap(),
            attempt: 1,
            turn: 3,
            call: 0,
            tool: "run".into(),
            args: serde_json::json!({"command": "rm -r \u{202e}x"}),
        }
    }

    fn asks() -> Shown {
        let (ticket, text) = (TicketId::new("T1").unwrap(), "Which \u{1b}[2J?\nBoth are there.".to_owned());
        Shown::Question { ticket, attempt: 1, turn: 2, call: 0, text }
    }

    #[test]
    fn a_workers_question_shows_its_text_safely() {
        assert_eq!(heading(&asks(), false), "? T1 asks (turn 2):");
        assert_eq!(excerpt(&asks(), "v"), ["  │ Which \\u{1b}[2J?", "  │ Both are there."]);
    }

    // R25
    #[test]
    fn a_start_shows_role_model_context_prompt_and_files() {
        assert_eq!(heading(&start("do it"), false), "? T1: start attempt 2 as Tier 3 Worker on p/m?");
        assert_eq!(
            excerpt(&start("do it"), "v"),
            [
                "  file a\\u{1b}.py (curated, 12 tokens)",
                "  project context (1 line):",
                "  │ # Project",
                "  prompt (1 line, pack of about 12 tokens):",
                "  │ do it",
            ]
        );
    }

    #[test]
    fn a_long_prompt_is_cut_in_the_middle_and_whole_on_demand() {
        let long: String = (0..100).map(|n| format!("line {n}\n")).collect();
        let shown = excerpt(&start(&long), "v");
        assert!(shown.contains(&"  ┆ 86 lines more; v shows all".to_owned()));
        assert_eq!(shown.last().unwrap(), "  │ line 99");
        assert!(whole(&start(&long)).contains(&"  │ line 50".to_owned()));
    }

    #[test]
    fn all_keys_fit_the_usual_terminal() {
        // One column is the cursor's, one stays free.
        for shown in [start("do it"), step(), asks()] {
            assert!(keys(&shown, 78).contains("[v]iew all"));
        }
    }

    #[test]
    fn every_key_fits_a_narrow_terminal() {
        assert_eq!([keys(&start("do it"), 77), keys(&step(), 20)], ["[y/n/p/c/v/a/q] ", "[y/n/e/v/q] "]);
        assert_eq!(keys(&asks(), 20), "[a/n/v/q] ");
    }

    // R26
    #[test]
    fn a_step_shows_tool_and_arguments_safely() {
        let shown = step();
        assert_eq!(heading(&shown, true), "? T1: run `run` (turn 3)? (edited)");
        assert_eq!(excerpt(&shown, "v"), ["  │ {", "  │   \"command\": \"rm -r \\u{202e}x\"", "  │ }"]);
    }
}
