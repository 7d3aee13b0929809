//! From the process's arguments to its exit code.

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use conductor_model::Counts;

use crate::args::{Cli, Command};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::last_line::last_line;
use crate::screen::Colors;
use crate::session::{Session, env};
use crate::{commands, output};

/// The whole program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error).into(),
    };
    let color = Colors::decide(cli.global.color, &env).err;
    let json = match &cli.command {
        // A plan is a document and no list of events.
        Command::Run(args) => args.json && !args.dry_run,
        Command::Resume(args) => args.json,
        _ => false,
    };
    let ended = Session::enter(cli.global).and_then(|session| commands::carry_out(&session, &cli.command));
    let exit = match ended {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell(color);
            if json && failure.exit != Exit::OK {
                say_finished(failure.exit);
            }
            failure.exit
        }
    };
    exit.into()
}

/// Help and versions go to standard output, mistakes to standard error.
fn usage(error: &clap::Error) -> Exit {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // clap styles for a terminal by itself; a closed pipe is a quiet end.
            let _ = error.print();
            Exit::OK
        }
        _ => {
            let _ = error.print();
            // A program that reads event lines is told in its own language, too.
            let words: Vec<String> = std::env::args().skip(1).take_while(|word| word != "--").collect();
            let has = |word: &str| words.iter().any(|said| said == word);
            if has("--json") && !has("--dry-run") && (has("run") || has("resume")) {
                say_finished(Exit::USAGE);
            }
            Exit::USAGE
        }
    }
}

/// The last line of a command that made no run.
fn say_finished(exit: Exit) {
    if let Ok(json) = last_line(None, 0, exit, Counts::default()) {
        // The exit code says it, too.
        let _: Result<(), Failure> = output::json(&json);
    }
}
