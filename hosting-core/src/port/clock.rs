//! What time it is.

use chrono::{DateTime, Utc};

/// The only source of "now". The server implements it over the system's clock, or over a clock that
/// staff move forward; tests move it by hand (law 11).
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use hosting_core::port::Clock;
///
/// /// Shows what another clock shows, later.
/// #[derive(Debug)]
/// struct Ahead<C>(C, TimeDelta);
///
/// impl<C: Clock> Clock for Ahead<C> {
///     fn now(&self) -> DateTime<Utc> {
///         self.0.now() + self.1
///     }
/// }
/// # use hosting_core::testing::TestClock;
/// # let noon: DateTime<Utc> = "2026-03-31T12:00:00Z".parse().unwrap();
/// let clock = Ahead(TestClock::at(noon), TimeDelta::days(30));
/// assert_eq!(clock.now().to_rfc3339(), "2026-04-30T12:00:00+00:00");
/// ```
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// The present instant, to the millisecond.
    fn now(&self) -> DateTime<Utc>;
}
