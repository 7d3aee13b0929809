//! The documentation of the module stays.
#![allow(dead_code)]

use std::{collections::BTreeMap, fmt::{self, Display}};
pub(crate) use self::inner::Deep as Shallow;
extern crate alloc;

/// A constant with a value of several lines.
pub const TABLE: [u8; 3] = [
    1, 2, // a comment in a value
    3,
];
static mut COUNT: usize = 0;
const _: () = assert!(TABLE.len() == 3);
static HOOK: fn(u8) -> u8 = |byte| { /* ... */ };

/// Documentation
/// of two lines.
// A comment between.
#[derive(Debug, Clone)]
#[must_use = "it is worth something"]
pub struct Session<'a, T: Display = String>
where
    T: Clone,
{
    /// A field.
    pub token: &'a T,
    #[allow(unused)]
    count: u32, // trailing
}

pub struct Unit;
pub struct Pair(pub u8, #[allow(unused)] u8);
pub union Bits { whole: u32, parts: [u8; 4] }

#[non_exhaustive]
pub enum Shape {
    /// A variant.
    Circle { radius: f64 },
    Square(f64) = 2,
    Nothing,
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

impl<'a, T: Display + Clone> Session<'a, T> {
    const LIMIT: usize = 10;

    /// Makes one.
    #[inline]
    pub fn new(token: &'a T) -> Self { /* ... */ }

    pub(crate) async unsafe fn refresh<F>(&mut self, mut f: F) -> Result<()>
    where
        F: FnMut(u32) -> bool, // why
    { /* ... */ }

    pub const extern "C" fn short(&self) {}
    fn one(&self) -> u8 { 1 }

    fn string(&self) -> &str { /* ... */ }
} // beside the end

impl<T> fmt::Display for Session<'_, T> where T: Display + Clone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { /* ... */ }
}

impl dyn Shaped { fn area(&self) -> f64 { /* ... */ } }
impl Marker for (u8, u16) {}
unsafe impl Send for Pair {}

/// A trait.
pub trait Shaped: Send {
    type Item<'x>: Display where Self: 'x;
    const SIDES: u32 = 4;
    fn bounds(&self) -> Vec<f64>;
    /// With a body.
    fn describe(&self) -> String { /* ... */ }
}

pub mod inner {
    //! Inside.
    #[cfg(test)]
    mod tests {
        #[test]
        fn kept_by_name() { /* ... */ }
    }
    pub struct Deep;
    impl super::Marker for Deep {
        #[crate::core_logic(why = "because")]
        fn marked(&self) -> u8 { /* ... */ }
    }
}
mod elsewhere;

extern "C" {
    /// Foreign.
    fn malloc(size: usize) -> *mut u8;
    static ERRNO: i32;
}

#[macro_export]
macro_rules! square {
    ($x:expr) => {{
        let x = $x;
        x * x
    }};
}

thread_local! {
    static LOCAL: u8 = const { 1 };
}

trait Marker { fn marked(&self) -> u8 { 0 } }

// [HOT]
fn marked_above<const N: usize>(items: [u8; N]) -> impl Iterator<Item = u8> { /* ... */ }

fn r#match(r#type: u8) -> u8 { /* ... */ } // [HOT] beside

fn main() { /* ... */ }
