//! The engine from outside: exact steps by topic, and random scripts against the rules.

mod approvals;
mod checks;
mod commands;
mod deadlines;
mod ladder;
mod large;
mod money;
mod providers;
mod questions;
mod resume;
mod slots;
pub(super) mod stage;
mod steering;
mod steps;
mod tickets;
