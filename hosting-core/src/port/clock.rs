//! What time it is.

use chrono::{DateTime, Utc};

/// The only source of "now". The server implements it over the system's clock, or over a clock that
/// staff move forward; tests move it by hand (law 11).
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// The present instant, to the millisecond.
    fn now(&self) -> DateTime<Utc>;
}
