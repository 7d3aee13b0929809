//! `conductor graph`: the graph of a track file or of a run.

use std::path::Path;

use conductor::History;
use conductor_dag::{State, TicketGraph};
use conductor_model::TicketId;
use conductor_report::{dot, graph as text, mermaid, svg};

use crate::args::{GraphArgs, GraphFormat};
use crate::errors::Failure;
use crate::exit::Exit;
use crate::session::Session;
use crate::{output, track_file};

/// Prints a graph: of a track file as it is, of a run with where each ticket stands.
pub(super) fn graph(session: &Session, args: &GraphArgs) -> Result<Exit, Failure> {
    let shown = match args.what.as_deref().map(Path::new).filter(|path| path.is_file()) {
        Some(path) => {
            let track = track_file::read(session, path)?.track;
            let graph = TicketGraph::new(track.tickets).map_err(|error| Failure::of(Exit::INVALID, &error))?;
            shown(&graph, args.format, (&track.id, &track.description), |_| None)
        }
        None => {
            let (journal, _) = session.journal()?;
            let run = session.run(&journal, args.what.as_deref())?.id;
            let History { run, track, .. } = History::load(&journal, &run)?;
            let state = |ticket: &TicketId| run.ticket(ticket).map(|view| view.state);
            shown(run.graph(), args.format, (&track.id, &track.description), state)
        }
    };
    output::data(shown)?;
    Ok(Exit::OK)
}

fn shown(
    graph: &TicketGraph,
    format: GraphFormat,
    (id, title): (&str, &str),
    state: impl Fn(&TicketId) -> Option<State>,
) -> String {
    match format {
        GraphFormat::Text => text(graph, state, output::width(&console::Term::stdout())),
        GraphFormat::Mermaid => mermaid(graph, state),
        GraphFormat::Dot => dot(graph, id, state),
        GraphFormat::Svg if title.is_empty() || title == id => svg(graph, id, state),
        GraphFormat::Svg => svg(graph, &format!("{id}: {title}"), state),
    }
}
