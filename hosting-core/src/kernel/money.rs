//! Whole minor units in one currency (law 8).
//!
//! Amounts are `i64`: exact, ordered, hashable, and the same eight bytes in every database. There
//! is no `+`: adding can fail, so it is a method that says so.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    currency::Currency,
    rate::{Ratio, Rounding},
};

/// An amount of money in minor units of its currency (whole rupiah, cents, fils).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    #[serde(rename = "amount_minor")]
    minor: i64,
    currency: Currency,
}

/// Why a calculation has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The operands are in different currencies.
    #[error("cannot mix {0} with {1}")]
    Mixed(Currency, Currency),
    /// The result does not fit in 63 bits of minor units.
    #[error("the amount is out of range")]
    Overflow,
    /// All weights are zero.
    #[error("there is nothing to divide among")]
    NoShares,
}

impl Money {
    /// `minor` minor units of `currency`.
    pub const fn from_minor(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub const fn zero(currency: Currency) -> Self {
        Self::from_minor(0, currency)
    }

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether the amount is zero.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether the amount is above zero.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether the amount is below zero.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// `self + other`.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`] or [`MoneyError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// `self - other`.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`] or [`MoneyError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The amount with the other sign.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] for the one amount that has no opposite.
    pub fn negated(self) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_neg().ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// `self × quantity`.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn times(self, quantity: u32) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(i64::from(quantity)).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// `self × ratio`, made whole by `rounding`. The only rounding is at the end.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`].
    pub fn share(self, ratio: Ratio, rounding: Rounding) -> Result<Self, MoneyError> {
        let minor = i128::from(self.minor)
            .checked_mul(i128::from(ratio.numerator()))
            .and_then(|n| rounding.divide(n, i128::from(ratio.denominator())))
            .and_then(|n| i64::try_from(n).ok())
            .ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// The smaller of two amounts.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`].
    pub fn at_most(self, other: Self) -> Result<Self, MoneyError> {
        self.same(other)?;
        Ok(Self { minor: self.minor.min(other.minor), ..self })
    }

    /// The sum of `amounts`, or zero of `currency` when there are none.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`] or [`MoneyError::Overflow`].
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// Splits into parts proportional to `weights` that add up to exactly `self`.
    ///
    /// Largest remainder; ties go to the earlier part, so the result is stable.
    ///
    /// # Errors
    /// [`MoneyError::NoShares`] when the weights add up to zero.
    pub fn allocate(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total = weights
            .iter()
            .try_fold(0_u128, |sum, &w| sum.checked_add(u128::from(w)))
            .ok_or(MoneyError::Overflow)?;
        if total == 0 {
            return Err(MoneyError::NoShares);
        }
        let whole = u128::from(self.minor.unsigned_abs());
        let mut parts = Vec::with_capacity(weights.len());
        let mut given = 0_u128;
        for (at, &weight) in weights.iter().enumerate() {
            let product = whole.checked_mul(u128::from(weight)).ok_or(MoneyError::Overflow)?;
            let part = product.checked_div(total).ok_or(MoneyError::Overflow)?;
            let rest = product.checked_rem(total).ok_or(MoneyError::Overflow)?;
            given = given.checked_add(part).ok_or(MoneyError::Overflow)?;
            parts.push((part, rest, at));
        }
        let short = whole.checked_sub(given).ok_or(MoneyError::Overflow)?;
        let short = usize::try_from(short).map_err(|_| MoneyError::Overflow)?;
        parts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)));
        for (part, _, _) in parts.iter_mut().take(short) {
            *part = part.checked_add(1).ok_or(MoneyError::Overflow)?;
        }
        parts.sort_unstable_by_key(|it| it.2);
        parts
            .into_iter()
            .map(|(part, _, _)| {
                let part = i64::try_from(part).map_err(|_| MoneyError::Overflow)?;
                let minor = part.checked_mul(self.minor.signum()).ok_or(MoneyError::Overflow)?;
                Ok(Self { minor, ..self })
            })
            .collect()
    }

    fn same(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed(self.currency, other.currency))
        }
    }
}

/// Code and major units with all decimals: `IDR 150000`, `USD 12.50`, `KWD 1.250`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = self.minor.unsigned_abs();
        let decimals = usize::try_from(self.currency.exponent()).unwrap_or(0);
        if decimals == 0 {
            return write!(f, "{} {sign}{digits}", self.currency);
        }
        let unit = 10_u64.checked_pow(self.currency.exponent()).unwrap_or(1);
        let whole = digits.checked_div(unit).unwrap_or(digits);
        let rest = digits.checked_rem(unit).unwrap_or(0);
        write!(f, "{} {sign}{whole}.{rest:0decimals$}", self.currency)
    }
}
