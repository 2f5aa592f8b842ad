//! Dice that fall the same way each time.

use std::sync::Mutex;

use crate::kernel::Entropy;

/// A reproducible sequence (`SplitMix64`, public domain by S. Vigna); never use it outside tests.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<u64>);

impl SeededEntropy {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// 64 bits.
    pub fn next_u64(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Whether a die with `n` faces shows its first.
    pub fn one_in(&self, n: u64) -> bool {
        n != 0 && self.next_u64().is_multiple_of(n)
    }
}

impl Entropy for SeededEntropy {
    fn next(&self) -> u128 {
        (u128::from(self.next_u64()) << 64) | u128::from(self.next_u64())
    }
}
