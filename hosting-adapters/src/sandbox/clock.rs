//! A clock that the console can move.

use chrono::{DateTime, TimeDelta, Utc};

/// A clock that can be moved forward from the console, so that a year of renewals fits an afternoon.
pub trait AdvanceClock: std::fmt::Debug + Send + Sync {
    /// Moves the clock forward. `by` is above zero and at most ten years.
    fn advance(&self, by: TimeDelta);

    /// What it shows.
    fn now(&self) -> DateTime<Utc>;
}
