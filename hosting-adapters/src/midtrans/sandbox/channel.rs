//! The channels of the account, and the numbers and codes that customers pay to.

use chrono::Duration;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::midtrans::signature::hex;

/// A way to pay that is active for the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Channel {
    /// A virtual account that is reported in `va_numbers`.
    Va(String),
    /// Permata's virtual account, which is reported on its own.
    Permata,
    /// A Mandiri bill.
    Echannel,
    /// QRIS, through this acquirer.
    Qris(String),
    /// `GoPay`.
    Gopay,
}

impl Channel {
    pub(super) const fn payment_type(&self) -> &'static str {
        match self {
            Self::Va(_) | Self::Permata => "bank_transfer",
            Self::Echannel => "echannel",
            Self::Qris(_) => "qris",
            Self::Gopay => "gopay",
        }
    }

    pub(super) fn bank(&self) -> Option<&str> {
        match self {
            Self::Va(bank) => Some(bank),
            Self::Permata => Some("permata"),
            Self::Echannel => Some("mandiri"),
            Self::Qris(_) | Self::Gopay => None,
        }
    }

    /// How long an offer lasts when the request does not say.
    pub(super) fn default_expiry(&self) -> Duration {
        match self {
            Self::Va(_) | Self::Permata | Self::Echannel => Duration::hours(24),
            Self::Qris(_) | Self::Gopay => Duration::minutes(15),
        }
    }

    /// The longest offer.
    pub(super) fn max_expiry(&self) -> Duration {
        match self {
            Self::Va(_) | Self::Permata | Self::Echannel => Duration::days(180),
            Self::Qris(acquirer) if acquirer == "airpay shopee" => Duration::days(5),
            Self::Qris(_) | Self::Gopay => Duration::days(7),
        }
    }

    /// Whether the money can be given back through the API.
    pub(super) const fn can_refund(&self) -> bool {
        matches!(self, Self::Qris(_) | Self::Gopay)
    }

    /// What every answer about the transaction repeats.
    pub(super) fn pay_to(&self, transaction_id: &str) -> Map<String, Value> {
        let digits = digits(transaction_id);
        let fields = match self {
            Self::Va(bank) => {
                json!({ "va_numbers": [{ "bank": bank, "va_number": format!("81{digits:010}") }] })
            }
            Self::Permata => json!({ "permata_va_number": format!("877800{digits:010}") }),
            Self::Echannel => {
                json!({ "biller_code": "70012", "bill_key": format!("99{digits:010}") })
            }
            Self::Qris(acquirer) => json!({ "acquirer": acquirer }),
            Self::Gopay => json!({}),
        };
        object(fields)
    }

    /// What only the answer to the charge carries.
    pub(super) fn shown_once(
        &self,
        transaction_id: &str,
        amount: i64,
        host: &str,
    ) -> Map<String, Value> {
        let action = |name: &str, method: &str, path: String| json!({ "name": name, "method": method, "url": format!("http://{host}{path}") });
        let fields = match self {
            Self::Qris(_) => json!({
                "qr_string": qr_string(transaction_id, amount),
                "actions": [action(
                    "generate-qr-code",
                    "GET",
                    format!("/v2/qris/{transaction_id}/qr-code"),
                )],
            }),
            Self::Gopay => json!({
                "actions": [
                    action("generate-qr-code", "GET", format!("/v2/gopay/{transaction_id}/qr-code")),
                    action("deeplink-redirect", "GET", format!("/gopay/pay?id={transaction_id}")),
                    action("get-status", "GET", format!("/v2/{transaction_id}/status")),
                    action("cancel", "POST", format!("/v2/{transaction_id}/cancel")),
                ],
            }),
            Self::Va(_) | Self::Permata | Self::Echannel => json!({}),
        };
        object(fields)
    }
}

/// An id in the provider's shape; the same for the same `seed`, so that runs can be repeated.
pub(super) fn uuid(seed: &str) -> String {
    let text = hex(&Sha256::digest(seed.as_bytes()));
    format!(
        "{}-{}-4{}-8{}-{}",
        &text[..8],
        &text[8..12],
        &text[13..16],
        &text[17..20],
        &text[20..32]
    )
}

/// Ten digits that belong to `seed`.
fn digits(seed: &str) -> u64 {
    let digest = Sha256::digest(seed.as_bytes());
    let number = digest.iter().take(8).fold(0_u64, |sum, &it| (sum << 8) | u64::from(it));
    number % 10_000_000_000
}

/// The text of a QRIS code: tag, length and value, closed by a CRC. The merchant is invented.
fn qr_string(transaction_id: &str, amount: i64) -> String {
    let field = |tag: &str, value: &str| format!("{tag}{:02}{value}", value.len());
    let id: String = transaction_id.chars().filter(char::is_ascii_alphanumeric).take(15).collect();
    let account = [field("00", "ID.CO.SANDBOX.WWW"), field("01", &id)].concat();
    let mut text = [
        field("00", "01"),
        field("01", "12"),
        field("26", &account),
        field("52", "4816"),
        field("53", "360"),
        field("54", &amount.to_string()),
        field("58", "ID"),
        field("59", "SANDBOX HOSTING"),
        field("60", "JAKARTA"),
    ]
    .concat();
    text.push_str("6304");
    let crc = crc16(text.as_bytes());
    format!("{text}{crc:04X}")
}

/// CRC-16/CCITT-FALSE, as QR payment codes close with.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF_u16, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_closes_with_the_standard_checksum() {
        assert_eq!(crc16(b"123456789"), 0x29B1);
        let text = qr_string(&uuid("one"), 5_539);
        let (body, crc) = text.split_at(text.len() - 4);
        assert_eq!(crc, format!("{:04X}", crc16(body.as_bytes())));
        assert!(text.contains("54045539"), "{text}");
    }

    #[test]
    fn ids_have_the_shape_of_a_uuid_and_differ() {
        let id = uuid("a");
        assert_eq!(id.len(), 36);
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_ne!(id, uuid("b"));
    }
}
