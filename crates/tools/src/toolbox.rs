//! A ticket's tools, carried out: each call against the root that the toolbox was opened on.

use std::{future::Future, io, path::PathBuf, sync::Arc, time::Duration};

use thiserror::Error;
use tokio::task;

use crate::{
    BadGlob, Globs, RunArguments, ToolCall,
    command::{CommandSpec, Exit, run_command},
    error::ToolError,
    files::{self, Found, Ignores, Stop},
    root::Root,
};

/// How long a command may take unless configured.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// What a ticket's tools are opened with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolboxOptions {
    /// Patterns of paths below the root that file tools must not change, the track's and the ticket's. Commands are not held to
    /// them: what a command changed shows in the ticket's diff.
    pub protect: Vec<String>,
    /// A directory that contains the root, from which on `.gitignore` files count: the top of the worktree. The root itself if
    /// absent.
    pub ignores_from: Option<PathBuf>,
    /// How long one command may take; a call can ask for less, never for more.
    pub command_timeout: Duration,
    /// Variables for commands beside those of the allow-list. Never a key.
    pub command_env: Vec<(String, String)>,
}

impl Default for ToolboxOptions {
    fn default() -> Self {
        Self { protect: Vec::new(), ignores_from: None, command_timeout: DEFAULT_TIMEOUT, command_env: Vec::new() }
    }
}

/// The tools of one ticket, rooted at one directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Toolbox {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: Root,
    ignores_above: Ignores,
    command_timeout: Duration,
    command_env: Vec<(String, String)>,
}

/// Tools that cannot be had. Each message reads after "failed to".
#[derive(Debug, Error)]
pub enum OpenError {
    /// The root is not there, no directory, or closed to the user.
    #[error("open the ticket's root {}", path.display())]
    Root {
        /// The root.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A pattern of `protect` cannot be read. Nothing is open then: a protection that is skipped would be none.
    #[error(transparent)]
    Protect(#[from] BadGlob),
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolOutput {
    /// For the model: as found, decoded lossily, bounded. Not safe for a terminal.
    pub text: String,
    /// Whether the call failed or was refused, or its command did not end with 0.
    pub is_error: bool,
    /// How the command of a `run` ended.
    pub exit: Option<ExitInfo>,
    /// Whether `text` is only a part of what there was; it then says so.
    pub is_truncated: bool,
}

/// How the command of a `run` ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExitInfo {
    /// How.
    pub exit: Exit,
    /// What it printed, as in the text for the model but without our words about its end.
    pub output: String,
    /// How many bytes it printed, shown or not.
    pub total_bytes: u64,
    /// How long it took.
    pub duration: Duration,
}

impl Toolbox {
    /// Opens the tools on `root`, which must be an absolute path.
    pub fn open(root: impl Into<PathBuf>, options: ToolboxOptions) -> Result<Self, OpenError> {
        let path = root.into();
        let protect = Globs::new(&options.protect)?;
        let ignores_above = options.ignores_from.map(|top| Ignores::above(&top, &path)).unwrap_or_default();
        let root = Root::open(path.clone(), protect).map_err(|source| OpenError::Root { path, source })?;
        let (command_timeout, command_env) = (options.command_timeout, options.command_env);
        Ok(Self { inner: Arc::new(Inner { root, ignores_above, command_timeout, command_env }) })
    }

    /// Carries out a call; never fails, as a failure is what the model is told.
    ///
    /// When `cancel` becomes ready (`std::future::pending()` where nothing cancels), a command is ended, and a walk over files
    /// stops at the next one; the output says so. A dropped future kills its command at once; a write that has begun is
    /// finished, whole. `finish` is the caller's to carry out and is refused here.
    pub async fn call(&self, call: &ToolCall, cancel: impl Future<Output = ()>) -> ToolOutput {
        match call.clone() {
            ToolCall::Read(arguments) => self.file_work(cancel, move |tools, _| files::read(&tools.root, &arguments)).await,
            ToolCall::List(arguments) => {
                self.file_work(cancel, move |tools, stop| files::list(&tools.root, tools.ignores(), &arguments, stop)).await
            }
            ToolCall::Search(arguments) => {
                self.file_work(cancel, move |tools, stop| files::search(&tools.root, tools.ignores(), &arguments, stop)).await
            }
            ToolCall::Symbols(arguments) => self.file_work(cancel, move |tools, _| files::symbols(&tools.root, &arguments)).await,
            ToolCall::Definition(arguments) => {
                self.file_work(cancel, move |tools, stop| files::definition(&tools.root, &tools.ignores_above, &arguments, stop))
                    .await
            }
            ToolCall::Edit(arguments) => self.file_work(cancel, move |tools, _| files::edit(&tools.root, &arguments)).await,
            ToolCall::Write(arguments) => self.file_work(cancel, move |tools, _| files::write(&tools.root, &arguments)).await,
            ToolCall::Run(arguments) => self.run(&arguments, cancel).await,
            ToolCall::Finish(_) => ToolOutput::refused("`finish` cannot be carried out here"),
        }
    }

    /// Does blocking work on a thread for it. Once begun it is waited for, so that what is reported is what happened.
    async fn file_work(
        &self,
        cancel: impl Future<Output = ()>,
        work: impl FnOnce(&Inner, &Stop) -> Result<Found, ToolError> + Send + 'static,
    ) -> ToolOutput {
        let stop = Stop::default();
        let guard = StopOnDrop(stop.clone());
        let inner = Arc::clone(&self.inner);
        let mut work = task::spawn_blocking(move || work(&inner, &stop));
        let result = tokio::select! {
            result = &mut work => result,
            () = cancel => {
                guard.0.request();
                work.await
            }
        };
        match result {
            Ok(Ok(found)) => ToolOutput { text: found.text, is_error: false, exit: None, is_truncated: found.is_truncated },
            Ok(Err(error)) => ToolOutput::refused(&error.to_string()),
            Err(error) => ToolOutput::refused(&format!("the tool broke: {error}")),
        }
    }

    async fn run(&self, arguments: &RunArguments, cancel: impl Future<Output = ()>) -> ToolOutput {
        let limit = self.inner.command_timeout;
        let timeout = arguments.timeout_s.map_or(limit, |seconds| Duration::from_secs(seconds.max(1)).min(limit));
        let spec = CommandSpec {
            line: arguments.command.clone(),
            dir: self.inner.root.path().to_owned(),
            timeout,
            env_extra: self.inner.command_env.clone(),
        };
        let outcome = match run_command(&spec, cancel).await {
            Ok(outcome) => outcome,
            Err(error) => return ToolOutput::refused(&format!("failed to {}", chain(&error))),
        };
        let output = outcome.output.text();
        let mut text = output.clone();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(&ending(outcome.exit, timeout));
        ToolOutput {
            text,
            is_error: !outcome.exit.is_success(),
            is_truncated: outcome.output.is_cut(),
            exit: Some(ExitInfo {
                exit: outcome.exit,
                output,
                total_bytes: outcome.output.total_bytes(),
                duration: outcome.duration,
            }),
        }
    }
}

impl Inner {
    /// A walk's own copy of the patterns from above the root.
    fn ignores(&self) -> Ignores {
        self.ignores_above.clone()
    }
}

impl ToolOutput {
    fn refused(reason: &str) -> Self {
        Self { text: format!("error: {reason}"), is_error: true, exit: None, is_truncated: false }
    }
}

/// Stops a walk that nobody waits for any more.
struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.request();
    }
}

/// How a command ended, in words that are the same each time it ends so.
fn ending(exit: Exit, timeout: Duration) -> String {
    match exit {
        Exit::Code(code) => format!("[exit code {code}]"),
        Exit::Signal(signal) => format!("[ended by signal {signal}]"),
        Exit::TimedOut => format!("[ended by us: it took longer than {} s]", timeout.as_secs_f64()),
        Exit::Interrupted => "[ended by us: interrupted]".to_owned(),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
