//! The provider's words: answers, amounts and times.
//!
//! The provider leaves empty fields out and adds new ones at any time, so every field is optional
//! and unknown ones are ignored. Numbers drift between text and JSON number from page to page; whole
//! numbers are taken either way, and a JSON number with a fraction is refused, because it has been
//! through binary floating point.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Utc};
use hosting_core::kernel::{Currency, Money};
use serde::{Deserialize, Deserializer};

/// Any JSON answer of the API: a transaction, an error, or something between.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Reply {
    #[serde(default, deserialize_with = "text")]
    pub(super) status_code: Option<String>,
    pub(super) status_message: Option<String>,
    pub(super) validation_messages: Option<Vec<String>>,
    pub(super) transaction_id: Option<String>,
    pub(super) order_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) gross_amount: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) payment_type: Option<String>,
    pub(super) transaction_time: Option<String>,
    pub(super) transaction_status: Option<String>,
    pub(super) fraud_status: Option<String>,
    pub(super) settlement_time: Option<String>,
    pub(super) expiry_time: Option<String>,
    /// A spelling seen for QRIS.
    pub(super) expire_time: Option<String>,
    pub(super) va_numbers: Option<Vec<VaNumber>>,
    pub(super) permata_va_number: Option<String>,
    pub(super) biller_code: Option<String>,
    pub(super) bill_key: Option<String>,
    pub(super) qr_string: Option<String>,
    pub(super) actions: Option<Vec<Action>>,
    #[serde(default, deserialize_with = "text")]
    pub(super) refund_chargeback_id: Option<String>,
    /// The sum of all refunds so far.
    #[serde(default, deserialize_with = "text")]
    pub(super) refund_amount: Option<String>,
    pub(super) refunds: Option<Vec<Refund>>,
    pub(super) extra_info: Option<ExtraInfo>,
    pub(super) metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
pub(super) struct VaNumber {
    pub(super) bank: Option<String>,
    pub(super) va_number: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Action {
    pub(super) name: Option<String>,
    pub(super) url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    #[serde(default, rename = "refund_chargeback_id", deserialize_with = "text")]
    pub(super) id: Option<String>,
    #[serde(rename = "refund_chargeback_uuid")]
    pub(super) uuid: Option<String>,
    #[serde(default, rename = "refund_amount", deserialize_with = "text")]
    pub(super) amount: Option<String>,
    #[serde(rename = "refund_key")]
    pub(super) key: Option<String>,
    pub(super) bank_confirmed_at: Option<String>,
}

/// Where a notification keeps the split of a customer-imposed fee.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    pub(super) extra_info: Option<ExtraInfo>,
}

/// Where a status answer keeps it.
#[derive(Debug, Deserialize)]
pub(super) struct ExtraInfo {
    pub(super) gross_amount_info: Option<GrossAmountInfo>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GrossAmountInfo {
    #[serde(default, deserialize_with = "text")]
    pub(super) original_amount: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(super) customer_imposed_payment_fee: Option<String>,
}

impl Reply {
    /// The code in the body, if it is three digits.
    pub(super) fn code(&self) -> Option<u16> {
        let text = self.status_code.as_deref()?;
        (text.len() == 3 && text.bytes().all(|it| it.is_ascii_digit()))
            .then(|| text.parse().ok())
            .flatten()
    }

    /// How the amount is split when the customer pays the provider's fee.
    pub(super) fn split(&self) -> Option<&GrossAmountInfo> {
        let noticed = self.metadata.as_ref().and_then(|it| it.extra_info.as_ref());
        self.extra_info.as_ref().or(noticed)?.gross_amount_info.as_ref()
    }
}

/// Text, or a whole number as text.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Drifting {
        Text(String),
        Whole(i64),
    }
    Ok(Option::<Drifting>::deserialize(deserializer)?.map(|it| match it {
        Drifting::Text(text) => text,
        Drifting::Whole(number) => number.to_string(),
    }))
}

/// Rupiah from the provider's text (`"150000.00"`), exactly or not at all: digits, and if there is a
/// point, only zeros behind it.
pub(super) fn rupiah(text: &str) -> Option<Money> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit());
    let canonical = digits(whole) && (whole.len() == 1 || !whole.starts_with('0'));
    if !canonical || !digits(fraction) || fraction.bytes().any(|it| it != b'0') {
        return None;
    }
    whole.parse().ok().map(|minor| Money::from_minor(minor, Currency::IDR))
}

/// The provider writes times in GMT+7 and does not say so.
pub(super) fn western_indonesia() -> Option<FixedOffset> {
    FixedOffset::east_opt(7 * 60 * 60)
}

/// The instant of `"2026-11-02 10:05:00"`, which is in GMT+7.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    let zoned = local.and_local_timezone(western_indonesia()?).single()?;
    Some(zoned.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_with_a_real_fraction_are_refused() {
        for text in ["150000.50", "150000.", ".00", "", "-1.00", "+1", "1e5", "1,000.00", "0150.00"]
        {
            assert_eq!(rupiah(text), None, "{text}");
        }
        for text in [" 1", "1 ", "1.0.0", "١٢٣", "9223372036854775808", "1.0000000000000000001"]
        {
            assert_eq!(rupiah(text), None, "{text}");
        }
    }

    #[test]
    fn whole_amounts_are_read_exactly() {
        for (text, minor) in [("150000.00", 150_000), ("10000", 10_000), ("0.00", 0)] {
            assert_eq!(rupiah(text), Some(Money::from_minor(minor, Currency::IDR)));
        }
    }

    #[test]
    fn times_are_seven_hours_ahead_of_utc() {
        let instant = instant("2026-11-02 03:05:00").map(|it| it.to_rfc3339());
        assert_eq!(instant.as_deref(), Some("2026-11-01T20:05:00+00:00"));
        assert_eq!(super::instant("2026-11-02T03:05:00Z"), None);
    }

    #[test]
    fn a_json_number_with_a_fraction_is_not_an_amount() {
        let reply = serde_json::from_str::<Reply>(r#"{"gross_amount": 150000.5}"#);
        assert!(reply.is_err());
        let reply = serde_json::from_str::<Reply>(r#"{"gross_amount": 150000}"#);
        assert_eq!(reply.ok().and_then(|it| it.gross_amount).as_deref(), Some("150000"));
    }

    proptest! {
        #[test]
        fn an_amount_that_is_read_is_the_amount_that_was_written(
            whole in 0_i64..=i64::MAX,
            fraction in "[0-9]{0,6}",
        ) {
            let text = format!("{whole}.{fraction}");
            let zero = !fraction.is_empty() && fraction.bytes().all(|it| it == b'0');
            let expected = zero.then(|| Money::from_minor(whole, Currency::IDR));
            prop_assert_eq!(rupiah(&text), expected);
        }

        #[test]
        fn any_text_is_read_exactly_or_not_at_all(text in "[0-9.eE+, -]{0,24}") {
            if let Some(money) = rupiah(&text) {
                let whole = money.minor().to_string();
                let rest = text.strip_prefix(&whole).map(|it| it.trim_start_matches('.'));
                prop_assert!(rest.is_some_and(|it| it.bytes().all(|b| b == b'0')), "{}", text);
            }
        }
    }
}
