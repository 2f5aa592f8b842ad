//! How many requests each caller may make, counted in this process.
//!
//! Guards against a runaway program, not against an attacker: what an attacker would try is counted
//! in the database, for all replicas ([`limits`](super::limits)).

use std::{num::NonZeroU32, time::Duration};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};

/// How many requests each caller may make.
#[derive(Debug)]
pub struct Throttle {
    limiter: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Throttle {
    /// `number` a minute for each caller, a quarter of them at once.
    pub fn per_minute(number: u32) -> Self {
        let burst = NonZeroU32::new(number.div_ceil(4)).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN));
        Self {
            limiter: RateLimiter::keyed(quota.allow_burst(burst)),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one request of `caller`.
    ///
    /// # Errors
    /// How long to wait, when there were too many.
    pub fn count(&self, caller: &str) -> Result<(), Duration> {
        self.limiter
            .check_key(&caller.to_owned())
            .map_err(|until| until.wait_time_from(self.clock.now()))
    }

    /// Forgets callers that have been quiet. Call it now and then.
    pub fn forget_quiet(&self) {
        self.limiter.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_caller_does_not_use_up_another_ones_share() {
        let throttle = Throttle::per_minute(8);
        assert!((0..2).all(|_| throttle.count("a").is_ok()));
        assert!(throttle.count("a").is_err_and(|wait| wait <= Duration::from_mins(1)));
        assert!(throttle.count("b").is_ok());
    }
}
