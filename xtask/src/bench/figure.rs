//! One measured quantity, with its goal and what it is compared with.

/// In what a figure is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Mebibytes,
    /// Of something of the same kind.
    Times,
}

impl Unit {
    /// Its symbol.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
            Self::Mebibytes => "MB",
            Self::Times => "×",
        }
    }
}

/// A quantity.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// What was measured.
    pub(super) what: &'static str,
    /// In what.
    pub(super) unit: Unit,
    /// Conductor's.
    pub(super) ours: f64,
    /// The most it may be.
    pub(super) goal: f64,
    /// The same of something else, measured in the same run, by its name.
    pub(super) beside: Vec<(&'static str, f64)>,
}

impl Figure {
    /// Whether the goal is reached.
    pub(super) fn is_met(&self) -> bool {
        self.ours <= self.goal
    }
}

/// The middle one; of an even number the upper of the two.
pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![9.0]), 9.0);
        assert!(median(vec![]).is_nan());
    }
}
