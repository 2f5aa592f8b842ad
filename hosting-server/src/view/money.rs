//! Amounts as programs and people read them.

use hosting_core::kernel::{Currency, Money};
use serde::Serialize;
use utoipa::ToSchema;

use super::Language;

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MoneyView {
    /// Minor units of the currency: whole rupiah, cents.
    #[schema(example = 155_400)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "IDR")]
    currency: String,
    /// For people, in their language.
    #[schema(example = "Rp 155.400")]
    formatted: String,
}

impl MoneyView {
    /// `money` for somebody who reads `language`.
    pub fn new(money: Money, language: Language) -> Self {
        Self {
            amount_minor: money.minor(),
            currency: money.currency().to_string(),
            formatted: amount(money, language),
        }
    }
}

impl MoneyView {
    /// For people, in their language.
    pub fn formatted(&self) -> &str {
        &self.formatted
    }
}

/// An amount for people: `Rp 155.400` and `USD 12,50` in Indonesian, `IDR 155,400` and `USD 12.50` in
/// English.
pub fn amount(money: Money, language: Language) -> String {
    let (group, point) = match language {
        Language::Indonesian => ('.', ','),
        Language::English => (',', '.'),
    };
    let currency = money.currency();
    let name = match language {
        Language::Indonesian if currency == Currency::IDR => "Rp",
        _ => currency.code(),
    };
    let sign = if money.is_negative() { "-" } else { "" };
    let decimals = usize::try_from(currency.exponent()).unwrap_or(0);
    let digits = format!("{:0>width$}", money.minor().unsigned_abs(), width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    let mut text = format!("{sign}{name} ");
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    if decimals > 0 {
        text.push(point);
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        for (minor, code, indonesian, english) in [
            (155_400, "IDR", "Rp 155.400", "IDR 155,400"),
            (0, "IDR", "Rp 0", "IDR 0"),
            (-1_000, "IDR", "-Rp 1.000", "-IDR 1,000"),
            (999, "IDR", "Rp 999", "IDR 999"),
            (1_000_000_000, "IDR", "Rp 1.000.000.000", "IDR 1,000,000,000"),
            (1_250, "USD", "USD 12,50", "USD 12.50"),
            (5, "USD", "USD 0,05", "USD 0.05"),
            (123_456_789, "USD", "USD 1.234.567,89", "USD 1,234,567.89"),
            (1_250, "KWD", "KWD 1,250", "KWD 1.250"),
            (i64::MIN, "IDR", "-Rp 9.223.372.036.854.775.808", "-IDR 9,223,372,036,854,775,808"),
        ] {
            let money = Money::from_minor(minor, code.parse().unwrap());
            assert_eq!(amount(money, Language::Indonesian), indonesian);
            assert_eq!(amount(money, Language::English), english);
        }
    }
}
