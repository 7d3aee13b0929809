//! A pseudo-terminal with a person at it: the binary runs on it, keys are typed, and the screen is read as it is seen.
//!
//! Every wait is for something on the screen or in the journal, with a bound; what fails says what the screen and the journal held.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, PtyPair, PtySize, native_pty_system};
use rustix::fs::OFlags;
use rustix::termios::{LocalModes, tcgetattr};

use crate::support::{BOUND, Events, Project};

const ROWS: u16 = 48;
const COLUMNS: u16 = 140;
/// How often it is looked.
const POLL: Duration = Duration::from_millis(10);
/// After this long a key that changed nothing on the screen is typed again.
const KEY: Duration = Duration::from_secs(5);
/// What marks the end of a process in what the terminal got.
const END: &str = "(the process has ended)";

/// The terminal.
pub(crate) struct Terminal<'a> {
    project: &'a Project,
    seen: Arc<Mutex<Seen>>,
    keys: Box<dyn Write + Send>,
    pair: PtyPair,
    tty: File,
    child: Option<Box<dyn Child + Send + Sync>>,
}

/// What the terminal got.
struct Seen {
    raw: Vec<u8>,
    parser: vt100::Parser,
}

impl Seen {
    /// The rows of the screen, without what is blank at their ends.
    fn screen(&self) -> String {
        let rows: Vec<String> = self.rows().map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    fn rows(&self) -> impl Iterator<Item = String> + '_ {
        let screen = self.parser.screen();
        screen.rows(0, screen.size().1.get())
    }

    /// The question that is open: from its heading to its keys, where the cursor stands.
    fn question(&self) -> Option<String> {
        let screen = self.parser.screen();
        let rows: Vec<String> = self.rows().collect();
        let cursor = usize::from(screen.cursor_position().0);
        ["  [y]es", "  [a]nswer"].iter().any(|keys| rows[cursor].starts_with(keys)).then_some(())?;
        let heading = rows[..cursor].iter().rposition(|row| row.starts_with("? "))?;
        Some(rows[heading..=cursor].join("\n"))
    }
}

impl<'a> Terminal<'a> {
    /// A terminal in the project, with nothing on it.
    pub(crate) fn open(project: &'a Project) -> Self {
        Self::of(project, ROWS, COLUMNS)
    }

    /// A terminal of another size.
    pub(crate) fn of(project: &'a Project, rows: u16, columns: u16) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let path = pair.master.tty_name().expect("a terminal has a name");
        let no_control = i32::try_from(OFlags::NOCTTY.bits()).expect("a flag fits");
        let tty = OpenOptions::new().read(true).write(true).custom_flags(no_control).open(path).expect("it can be opened");
        let size = |size| NonZeroU16::new(size).expect("a terminal has a size");
        let seen = Seen { raw: Vec::new(), parser: vt100::Parser::new(size(rows), size(columns), 10_000) };
        let seen = Arc::new(Mutex::new(seen));
        let mut output = pair.master.try_clone_reader().expect("a terminal can be read");
        let filled = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                let mut seen = filled.lock().expect("no reader panics");
                seen.raw.extend_from_slice(&buffer[..count]);
                seen.parser.process(&buffer[..count]);
            }
        });
        let keys = pair.master.take_writer().expect("a terminal has keys");
        Self { project, seen, keys, pair, tty, child: None }
    }

    /// Starts the binary on it, in the foreground.
    pub(crate) fn start(&mut self, args: &[&str]) {
        assert!(self.child.is_none(), "one process at a time");
        let command = self.project.conductor(args).env("TERM", "xterm-256color").command();
        self.child = Some(self.spawn(&command));
    }

    /// A command on this terminal. Colours are welcome there.
    fn spawn(&self, command: &Command) -> Box<dyn Child + Send + Sync> {
        let mut builder = CommandBuilder::new(command.get_program());
        builder.env_clear();
        for (name, value) in command.get_envs() {
            if let Some(value) = value.filter(|_| name != "NO_COLOR") {
                builder.env(name, value);
            }
        }
        builder.args(command.get_args());
        builder.cwd(command.get_current_dir().expect("a command of the project has a directory"));
        self.pair.slave.spawn_command(builder).expect("a process can be started on it")
    }

    /// Looks at it until `look` gives something.
    #[track_caller]
    fn wait<T>(&mut self, what: &str, mut look: impl FnMut(&Seen) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look(&self.seen()) {
                return found;
            }
            let ended = self.child.as_mut().is_none_or(|child| child.try_wait().expect("a child can be waited for").is_some());
            if ended {
                self.drain();
                let found = look(&self.seen());
                return found.unwrap_or_else(|| self.fail(&format!("the process ended before {what}")));
            }
            if begun.elapsed() > BOUND {
                self.fail(&format!("waited in vain until {what}"));
            }
            thread::sleep(POLL);
        }
    }

    /// Waits until a text stands on the screen.
    #[track_caller]
    pub(crate) fn shows(&mut self, text: &str) {
        self.wait(&format!("the screen shows {text:?}"), |seen| seen.screen().contains(text).then_some(()));
    }

    /// Waits until the screen is as it should be.
    #[track_caller]
    pub(crate) fn shows_what(&mut self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        self.wait(what, |seen| Some(seen.screen()).filter(|screen| fits(screen)))
    }

    /// Waits until a question can be answered, and gives what is shown of it.
    #[track_caller]
    pub(crate) fn question(&mut self) -> String {
        self.question_with("")
    }

    /// Waits until the question that can be answered holds a text, and gives what is shown of it.
    #[track_caller]
    pub(crate) fn question_with(&mut self, text: &str) -> String {
        let tty = self.tty.try_clone().expect("a terminal can be cloned");
        self.wait(&format!("a question with {text:?} is open"), |seen| {
            seen.question().filter(|question| question.contains(text) && takes_keys(&tty))
        })
    }

    /// Waits until no question is open, or another one.
    #[track_caller]
    pub(crate) fn gone(&mut self, question: &str) {
        self.wait("the question is gone", |seen| (seen.question().as_deref() != Some(question)).then_some(()));
    }

    /// Types.
    pub(crate) fn types(&mut self, text: &str) {
        self.keys.write_all(text.as_bytes()).expect("keys can be typed");
        self.keys.flush().expect("keys can be typed");
    }

    /// Presses a key at the open question, which changes the screen: nothing else does meanwhile.
    #[track_caller]
    pub(crate) fn press(&mut self, key: char) {
        let before = self.seen().raw.len();
        loop {
            self.types(&key.to_string());
            let begun = Instant::now();
            while begun.elapsed() < KEY {
                if self.seen().raw.len() > before {
                    return;
                }
                thread::sleep(POLL);
            }
            assert!(self.child.is_some(), "a key is pressed where something runs");
        }
    }

    /// Waits for the end of the process, and for all it wrote.
    #[track_caller]
    pub(crate) fn ends(&mut self, code: u32) {
        let mut child = self.child.take().expect("something was started");
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if begun.elapsed() > BOUND {
                self.child = Some(child);
                self.fail("waited in vain for its end");
            }
            thread::sleep(POLL);
        };
        self.drain();
        if status.exit_code() != code {
            self.fail(&format!("it ended with {status}, not {code}"));
        }
    }

    /// Waits until everything written so far was read: what is written last is read last.
    fn drain(&mut self) {
        let before = self.seen().raw.len();
        self.tty.write_all(format!("\n{END}\n").as_bytes()).expect("a terminal can be written");
        let begun = Instant::now();
        while !self.seen().raw[before..].windows(END.len()).any(|part| part == END.as_bytes()) {
            assert!(begun.elapsed() < BOUND, "a terminal gives what is written to it");
            thread::sleep(POLL);
        }
    }

    /// Every line that was on the screen and stayed, those that scrolled off at the top included.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut seen = self.seen();
        seen.parser.screen_mut().set_scrollback(usize::MAX);
        let above = seen.parser.screen().scrollback();
        let mut lines = Vec::new();
        for offset in (1..=above).rev() {
            seen.parser.screen_mut().set_scrollback(offset);
            lines.extend(seen.rows().next());
        }
        seen.parser.screen_mut().set_scrollback(0);
        lines.extend(seen.rows());
        lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Every byte it got.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen().raw.clone()
    }

    /// Asserts that it is as a shell wants it: lines, echo and signals, and a cursor.
    #[track_caller]
    pub(crate) fn is_sane(&mut self) {
        let modes = tcgetattr(&self.tty).expect("a terminal has settings").local_modes;
        let wanted = LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG;
        if !modes.contains(wanted) {
            self.fail(&format!("the terminal was left with {modes:?}"));
        }
        if self.seen().parser.screen().hide_cursor() {
            self.fail("the cursor was left hidden");
        }
    }

    /// Waits for something in the journal of the latest run.
    #[track_caller]
    pub(crate) fn journal<T>(&mut self, what: &str, look: impl Fn(&Events) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(found) = look(&self.project.run(&["events"]).events()) {
                return found;
            }
            if begun.elapsed() > BOUND {
                self.fail(&format!("waited in vain until {what}"));
            }
            thread::sleep(POLL);
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no reader panics")
    }

    #[track_caller]
    fn fail(&self, why: &str) -> ! {
        let lines = self.lines();
        let events = self.project.run(&["events"]);
        panic!("{why}\n--- terminal\n{}\n--- journal\n{}{}", lines.join("\n").trim_end(), events.stdout, events.stderr);
    }
}

impl Drop for Terminal<'_> {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether single keys are read.
fn takes_keys(tty: &File) -> bool {
    tcgetattr(tty).is_ok_and(|settings| !settings.local_modes.contains(LocalModes::ICANON))
}
