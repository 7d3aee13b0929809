//! Any script of inputs to a run: it never panics, and after every step its events and its snapshot make the same run of it.
//!
//! Deliberately absent: the rules of scheduling and money, which the tests of `conductor-dag` hold random runs to.

mod decode;
mod play;

pub use play::{Player, check, look};
