//! Misfortune, ordered or drawn.
//!
//! A run of a story passes a number of *points*: before and after every commit, every claim and every
//! call outside. At a chosen point the process dies: from then on nothing it tries has an effect,
//! until it is revived. What was not stored is lost, which is exactly what a crash does, because
//! between calls the engine keeps nothing in memory.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use super::SeededEntropy;

/// Decides at each point whether the process goes on.
#[derive(Debug, Default)]
pub struct Fate {
    passed: AtomicU64,
    die_at: AtomicU64,
    dead: AtomicBool,
    dice: Mutex<Option<(SeededEntropy, u64)>>,
}

/// The process has died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the process died here, by order of the test")]
pub struct Dead;

impl Fate {
    /// A fate in which nothing goes wrong; it counts the points.
    pub fn kind() -> Self {
        Self::default()
    }

    /// The process dies at the `point`-th point (from 1), once.
    pub fn dies_at(point: u64) -> Self {
        Self { die_at: AtomicU64::new(point), ..Self::default() }
    }

    /// The process dies at about one point in `one_in`, again and again.
    pub fn cruel(seed: u64, one_in: u64) -> Self {
        Self { dice: Mutex::new(Some((SeededEntropy::new(seed), one_in))), ..Self::default() }
    }

    /// Passes one point.
    ///
    /// # Errors
    /// [`Dead`] when the process died here or earlier.
    pub fn point(&self) -> Result<(), Dead> {
        if self.dead.load(Ordering::SeqCst) {
            return Err(Dead);
        }
        let passed = self.passed.fetch_add(1, Ordering::SeqCst) + 1;
        let mut dies = passed == self.die_at.load(Ordering::SeqCst);
        if let Some((dice, one_in)) = &*self.dice.lock().unwrap_or_else(PoisonError::into_inner) {
            dies |= dice.one_in(*one_in);
        }
        if dies {
            self.dead.store(true, Ordering::SeqCst);
            return Err(Dead);
        }
        Ok(())
    }

    /// Whether the process is dead.
    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Starts the process again.
    pub fn revive(&self) {
        self.dead.store(false, Ordering::SeqCst);
    }

    /// How many points were passed so far.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }

    /// From now on nothing goes wrong any more.
    pub fn relent(&self) {
        self.die_at.store(0, Ordering::SeqCst);
        *self.dice.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.revive();
    }
}
