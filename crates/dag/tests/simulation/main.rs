//! The engine under random scripts, seen from outside: random tracks in virtual time, held to the rules by a witness after every step.
//!
//! Deliberately absent: anything that the crate does not show to everybody, so that the simulation can be built against a changed
//! engine.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod diagram;
mod driver;
mod reference;
mod rules;
mod scripts;
mod seen;
mod trace;
mod tracks;
mod witness;
