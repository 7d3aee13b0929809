//! How tickets become ready, final, and alive again.

use conductor_model::Decision;

use crate::seen::{Known, Phase, Place, Seen};

pub(super) fn at_event(seen: &Seen, event: &Decision) {
    match event {
        Decision::TicketReady { ticket } => {
            let known = seen.known(ticket);
            let done = seen.dependencies(known).all(|dependency| dependency.place == Place::Completed);
            assert!(known.place == Place::Waiting && done, "a ticket is ready when all it depends on is completed\n  {known:?}");
        }
        Decision::TicketRevived { ticket, .. } => {
            assert!(seen.known(ticket).is_dead(), "what is taken up again was final\n  {:?}", seen.known(ticket));
        }
        Decision::TicketSaid { ticket, .. }
        | Decision::TicketCompleted { ticket, .. }
        | Decision::TicketBlocked { ticket, .. }
        | Decision::TicketRejected { ticket, .. }
        | Decision::TicketCancelled { ticket, .. }
        | Decision::TicketUnreachable { ticket, .. } => {
            let known = seen.known(ticket);
            assert!(known.place != Place::Completed, "what is completed stays so\n  {event:?}");
            assert!(known.open().is_none() || matches!(event, Decision::TicketSaid { .. }), "an attempt ends first\n  {event:?}");
        }
        _ => {}
    }
}

/// No ticket waits in vain: not for what is completed, and not for what cannot be.
pub(super) fn after_step(seen: &Seen) {
    if seen.phase == Phase::New {
        return;
    }
    for known in &seen.tickets {
        let mut dependencies = seen.dependencies(known);
        let id = &known.ticket.id;
        match known.place {
            Place::Waiting => {
                assert!(
                    dependencies.all(|dependency| !dependency.is_dead()),
                    "what waits for a final ticket is unreachable\n  {id}"
                );
                let waits = seen.dependencies(known).any(|dependency| dependency.place != Place::Completed);
                assert!(waits, "a ticket is ready when all it depends on is completed\n  {id}");
            }
            Place::Unreachable => {
                assert!(dependencies.any(Known::is_dead), "a ticket is unreachable only while another is in its way\n  {id}");
            }
            _ => {}
        }
    }
}
