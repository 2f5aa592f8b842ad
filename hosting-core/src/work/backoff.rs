//! When to try again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    kernel::{Effect, Entropy, calendar::later},
    model::Lane,
};

/// When attempt `attempts` is to be followed by another: ever later, up to six hours, with a jitter
/// of up to a quarter so that what failed together does not come back together.
///
/// After an unknown outcome a panel is given at least a minute, because an account may still be in
/// the making (`docs/providers/whm.md`, "Making an account").
pub fn retry_at(
    now: DateTime<Utc>,
    entropy: &dyn Entropy,
    lane: Lane,
    effect: Effect,
    attempts: i64,
) -> DateTime<Utc> {
    let seconds: i64 = match attempts {
        ..=1 => 5,
        2 => 15,
        3 => 60,
        4 => 120,
        5 => 300,
        6 => 900,
        7 => 1_800,
        8 => 3_600,
        9 => 7_200,
        _ => 21_600,
    };
    let least = if lane == Lane::Panel && effect == Effect::Unknown { 60 } else { 0 };
    let seconds = seconds.max(least);
    jittered(now, entropy, seconds)
}

/// `least` from now and up to a quarter more, so that what waits together does not come back
/// together.
pub(super) fn wait_at(
    now: DateTime<Utc>,
    entropy: &dyn Entropy,
    least: TimeDelta,
) -> DateTime<Utc> {
    jittered(now, entropy, least.num_seconds().max(1))
}

fn jittered(now: DateTime<Utc>, entropy: &dyn Entropy, seconds: i64) -> DateTime<Utc> {
    let jitter = u64::try_from(seconds.saturating_mul(250)).unwrap_or(0).max(1);
    let extra = u64::try_from(entropy.next() & u128::from(u32::MAX))
        .unwrap_or(0)
        .checked_rem(jitter)
        .unwrap_or(0);
    let millis = seconds.saturating_mul(1_000).saturating_add(i64::try_from(extra).unwrap_or(0));
    later(now, TimeDelta::milliseconds(millis))
}
