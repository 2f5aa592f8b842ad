//! Rates, ratios and named rounding.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// How a fraction of a minor unit becomes whole. Never implied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest; a half goes away from zero. The rule of Indonesian tax invoices.
    HalfUp,
    /// To the nearest; a half goes to the even neighbour.
    HalfEven,
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
}

impl From<Rounding> for RoundingStrategy {
    fn from(rounding: Rounding) -> Self {
        match rounding {
            Rounding::HalfUp => Self::MidpointAwayFromZero,
            Rounding::HalfEven => Self::MidpointNearestEven,
            Rounding::Down => Self::ToZero,
            Rounding::Up => Self::AwayFromZero,
        }
    }
}

impl Rounding {
    /// `numerator / denominator` as a whole number.
    ///
    /// `None` when the denominator is not positive or the result does not fit.
    pub fn divide(self, numerator: i128, denominator: i128) -> Option<i128> {
        if denominator <= 0 {
            return None;
        }
        let quotient = numerator.checked_div(denominator)?;
        let rest = numerator.checked_rem(denominator)?.checked_abs()?;
        if rest == 0 {
            return Some(quotient);
        }
        let away = numerator.signum();
        let twice = rest.checked_mul(2)?;
        let up = match self {
            Self::Down => false,
            Self::Up => true,
            Self::HalfUp => twice >= denominator,
            Self::HalfEven => {
                twice > denominator || (twice == denominator && quotient.checked_rem(2)? != 0)
            }
        };
        if up { quotient.checked_add(away) } else { Some(quotient) }
    }
}

/// A fraction of one, e.g. `0.11` for eleven per cent. Between 0 and 10 with at most 12 decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Rate(Decimal);

/// The number cannot be a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a rate is a fraction between 0 and 10 with at most 12 decimals, such as 0.11 for 11 %")]
pub struct NotARate;

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// A rate from a fraction of one.
    ///
    /// # Errors
    /// Outside 0 to 10, or with more than 12 decimals.
    pub fn new(fraction: Decimal) -> Result<Self, NotARate> {
        let fraction = fraction.normalize();
        let fits = fraction.scale() <= 12 && fraction >= Decimal::ZERO && fraction <= Decimal::TEN;
        if fits { Ok(Self(fraction)) } else { Err(NotARate) }
    }

    /// A rate from hundredths of a per cent: `1100` is 11 %.
    pub fn from_basis_points(points: u32) -> Self {
        Self(Decimal::new(i64::from(points), 4).normalize())
    }

    /// The fraction of one.
    pub const fn as_decimal(self) -> Decimal {
        self.0
    }

    /// The rate as an exact ratio.
    pub fn as_ratio(self) -> Ratio {
        let denominator = 10_i128.checked_pow(self.0.scale()).unwrap_or(1);
        Ratio::reduced(self.0.mantissa(), denominator)
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <Decimal as Deserialize>::deserialize(deserializer)
            .and_then(|it| Self::new(it).map_err(serde::de::Error::custom))
    }
}

/// Shown as a percentage: `11%`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.checked_mul(Decimal::ONE_HUNDRED) {
            Some(percent) => write!(f, "{}%", percent.normalize()),
            None => write!(f, "{}", self.0),
        }
    }
}

/// An exact fraction with a positive denominator, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Ratio {
    numerator: i64,
    denominator: i64,
}

/// The numbers are not a fraction that can be kept exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a ratio needs a denominator above zero")]
pub struct NotARatio;

impl Ratio {
    /// The whole: 1/1.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };
    /// Nothing: 0/1.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };

    /// `numerator / denominator` in lowest terms.
    ///
    /// # Errors
    /// When the denominator is not above zero.
    pub fn new(numerator: i64, denominator: i64) -> Result<Self, NotARatio> {
        if denominator <= 0 {
            return Err(NotARatio);
        }
        Ok(Self::reduced(i128::from(numerator), i128::from(denominator)))
    }

    fn reduced(numerator: i128, denominator: i128) -> Self {
        let (mut a, mut b) = (numerator.unsigned_abs(), denominator.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a.checked_rem(b).unwrap_or(0));
        }
        let divisor = i128::try_from(a.max(1)).unwrap_or(1);
        let part = |n: i128| n.checked_div(divisor).and_then(|n| i64::try_from(n).ok());
        match (part(numerator), part(denominator)) {
            (Some(numerator), Some(denominator)) => Self { numerator, denominator },
            _ => Self::ZERO,
        }
    }

    /// The number above the line.
    pub const fn numerator(self) -> i64 {
        self.numerator
    }

    /// The number below the line; above zero.
    pub const fn denominator(self) -> i64 {
        self.denominator
    }

    /// Whether it is exactly one.
    pub const fn is_one(self) -> bool {
        self.numerator == 1 && self.denominator == 1
    }

    /// `self × other`, exactly; `None` when it does not fit.
    pub fn times(self, other: Self) -> Option<Self> {
        let numerator = i128::from(self.numerator).checked_mul(i128::from(other.numerator))?;
        let denominator =
            i128::from(self.denominator).checked_mul(i128::from(other.denominator))?;
        let reduced = Self::reduced(numerator, denominator);
        if reduced.numerator == 0 && numerator != 0 { None } else { Some(reduced) }
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Parts {
            numerator: i64,
            denominator: i64,
        }
        let parts = Parts::deserialize(deserializer)?;
        Self::new(parts.numerator, parts.denominator).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}
