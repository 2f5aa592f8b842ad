//! What is sent when money is asked for.

use chrono::{DateTime, Utc};
use hosting_core::port::{Failure, IdempotencyKey, gateway::ChargeRequest};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    methods::{self, Channel, MIN_EXPIRY_SECONDS},
    signature::hex,
    wire::western_indonesia,
};

/// The provider ignores longer keys without a word.
const MAX_KEY: usize = 46;

#[derive(Debug, Serialize)]
pub(super) struct ChargeBody<'a> {
    payment_type: &'static str,
    transaction_details: TransactionDetails<'a>,
    item_details: [Item; 1],
    customer_details: Customer<'a>,
    custom_expiry: CustomExpiry,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_transfer: Option<BankTransfer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    echannel: Option<Echannel>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qris: Option<Qris>,
}

#[derive(Debug, Serialize)]
struct TransactionDetails<'a> {
    order_id: &'a str,
    gross_amount: i64,
}

#[derive(Debug, Serialize)]
struct Item {
    id: &'static str,
    price: i64,
    quantity: u32,
    name: String,
}

#[derive(Debug, Serialize)]
struct Customer<'a> {
    first_name: String,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct CustomExpiry {
    order_time: String,
    expiry_duration: i64,
    unit: &'static str,
}

#[derive(Debug, Serialize)]
struct BankTransfer {
    bank: &'static str,
}

#[derive(Debug, Serialize)]
struct Echannel {
    bill_info1: &'static str,
    bill_info2: String,
}

#[derive(Debug, Serialize)]
struct Qris {
    acquirer: &'static str,
}

impl<'a> ChargeBody<'a> {
    /// The body for `request`, or the reason why the provider need not be asked.
    pub(super) fn new(request: &'a ChargeRequest) -> Result<Self, Failure> {
        let (method, channel) = methods::lookup(&request.method)
            .ok_or_else(|| refused("the gateway has no such method", "method"))?;
        if !method.takes(request.amount) {
            return Err(refused("the method does not take this amount", "amount"));
        }
        check_reference("charge", &request.reference)?;
        let gross_amount = request.amount.minor();
        let described = plain(&request.description, 50, "Hosting");
        Ok(Self {
            payment_type: match channel {
                Channel::Va(_) => "bank_transfer",
                Channel::MandiriBill => "echannel",
                Channel::Qris => "qris",
                Channel::Gopay => "gopay",
            },
            transaction_details: TransactionDetails { order_id: &request.reference, gross_amount },
            // One line that equals the total: the provider refuses lines that do not add up.
            item_details: [Item {
                id: "invoice",
                price: gross_amount,
                quantity: 1,
                name: described,
            }],
            customer_details: Customer {
                first_name: request.payer.name.chars().take(100).collect(),
                email: request.payer.email.as_str(),
                phone: request.payer.phone.as_ref().map(hosting_core::kernel::Phone::as_str),
            },
            custom_expiry: expiry(request.now, request.expires_at, channel)?,
            bank_transfer: match channel {
                Channel::Va(bank) => Some(BankTransfer { bank }),
                _ => None,
            },
            echannel: (channel == Channel::MandiriBill).then(|| Echannel {
                bill_info1: "Payment:",
                bill_info2: plain(&request.description, 30, "Hosting"),
            }),
            qris: (channel == Channel::Qris).then_some(Qris { acquirer: "gopay" }),
        })
    }
}

/// The offer's length, counted in whole seconds from the second of the request, so that it never
/// outlasts what was asked for.
fn expiry(
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    channel: Channel,
) -> Result<CustomExpiry, Failure> {
    let seconds = expires_at.timestamp().saturating_sub(now.timestamp());
    if seconds < MIN_EXPIRY_SECONDS {
        return Err(refused("the offer would end before anybody could pay", "expires_at"));
    }
    let zone =
        western_indonesia().ok_or_else(|| refused("the time cannot be written", "expires_at"))?;
    Ok(CustomExpiry {
        order_time: now.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S %z").to_string(),
        expiry_duration: seconds.min(channel.max_expiry_seconds()),
        unit: "second",
    })
}

/// Refuses references that are not ours to use: they become part of an address.
pub(super) fn check_reference(action: &'static str, reference: &str) -> Result<(), Failure> {
    let ours = (1..=50).contains(&reference.len())
        && reference.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
    if ours {
        Ok(())
    } else {
        let detail = "the reference is not 1 to 50 letters, digits and dashes";
        Err(Failure::refused(action, detail).with_code("reference"))
    }
}

/// The key as the provider takes it: as it is, or its digest when it is too long or has characters
/// that it does not allow.
pub(super) fn provider_key(key: &IdempotencyKey) -> String {
    let text = key.as_str();
    let fits = (1..=MAX_KEY).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_'));
    if fits {
        return text.to_owned();
    }
    let mut digest = hex(&Sha256::digest(text.as_bytes()));
    digest.truncate(40);
    digest
}

/// Printable ASCII of `text`, at most `max` characters: bank screens show nothing else.
pub(super) fn plain(text: &str, max: usize, or: &str) -> String {
    let kept: String = text
        .chars()
        .map(|it| if it.is_whitespace() { ' ' } else { it })
        .filter(|it| it.is_ascii_graphic() || *it == ' ')
        .take(max)
        .collect();
    let kept = kept.trim();
    if kept.is_empty() { or.to_owned() } else { kept.to_owned() }
}

fn refused(detail: &'static str, code: &'static str) -> Failure {
    Failure::refused("charge", detail).with_code(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_would_be_ignored_is_replaced_by_its_digest() {
        assert_eq!(provider_key(&IdempotencyKey::new("pay-1-a1")), "pay-1-a1");
        let long = IdempotencyKey::new("x".repeat(47));
        assert_eq!(provider_key(&long), provider_key(&long));
        assert_eq!(provider_key(&long).len(), 40);
        assert_ne!(provider_key(&long), provider_key(&IdempotencyKey::new("x".repeat(48))));
        assert_eq!(provider_key(&IdempotencyKey::new("a b\r\n")).len(), 40);
    }

    #[test]
    fn references_cannot_leave_their_place_in_an_address() {
        for bad in ["", ".", "..", "a/b", "a?b", "a%2fb", "a b", &"a".repeat(51)] {
            assert!(check_reference("find", bad).is_err(), "{bad}");
        }
        assert!(check_reference("find", "INV-2026-0010-1").is_ok());
    }

    #[test]
    fn bank_screens_get_printable_ascii() {
        assert_eq!(plain("Tagihan “Rani”\n№ 12", 30, "Hosting"), "Tagihan Rani  12");
        assert_eq!(plain("漢字", 30, "Hosting"), "Hosting");
        assert_eq!(plain(&"a".repeat(99), 30, "").len(), 30);
    }
}
