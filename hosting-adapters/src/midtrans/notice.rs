//! Notifications: who sent it, and which charge to look at.
//!
//! The signature covers the order, the status code and the amount. It does *not* cover the state
//! word, the transaction id or the refunds, and there is no time in it: whoever holds one genuine
//! notification can change those and send it for ever. So the word must fit the signed code, what
//! goes into the event key is kept short and plain, and nothing else of the message is used.

use hosting_core::{
    kernel::Secret,
    port::gateway::{Notice, RawWebhook, Rejection},
};
use serde::{Deserialize, de::IgnoredAny};
use sha2::{Digest, Sha256};

use super::{
    signature::{hex, matches, sign},
    wire::{Refund, rupiah, text},
};

/// Notifications are a few kilobytes; longer ones are not read.
const MAX_BYTES: usize = 64 * 1024;

/// What is looked at. The four signed fields must be JSON texts, so that what was signed is what is
/// compared; a field that occurs twice is refused by the parser.
#[derive(Debug, Deserialize)]
struct Notification {
    order_id: Option<String>,
    status_code: Option<String>,
    gross_amount: Option<String>,
    signature_key: Option<String>,
    transaction_id: Option<String>,
    transaction_status: Option<String>,
    fraud_status: Option<String>,
    refunds: Option<Vec<Refund>>,
    refund_key: Option<String>,
    /// The sum that left by now; of what a bank takes back it is all that tells one time from the next.
    #[serde(default, deserialize_with = "text")]
    refund_amount: Option<String>,
    /// Only in the provider's own subscription events.
    event_name: Option<IgnoredAny>,
    /// Only in notices about linked wallets.
    account_id: Option<IgnoredAny>,
}

/// Verifies the sender and says what to look at.
pub(super) fn verify(webhook: &RawWebhook<'_>, server_key: &Secret) -> Result<Notice, Rejection> {
    if webhook.body.len() > MAX_BYTES {
        return Err(Rejection::Malformed("longer than any notification"));
    }
    let notice: Notification = serde_json::from_slice(webhook.body)
        .map_err(|_| Rejection::Malformed("not the JSON of a notification"))?;
    if notice.event_name.is_some() {
        return Err(Rejection::Malformed("a subscription event, which nobody signs"));
    }
    if notice.account_id.is_some() {
        return Err(Rejection::Malformed("a notice about a linked wallet, which is not used here"));
    }
    let order_id = present(notice.order_id.as_deref(), "order_id is missing")?;
    let status_code = present(notice.status_code.as_deref(), "status_code is missing")?;
    let gross_amount = present(notice.gross_amount.as_deref(), "gross_amount is missing")?;
    let given = present(notice.signature_key.as_deref(), "signature_key is missing")?;
    if !matches(&sign(order_id, status_code, gross_amount, server_key), given) {
        return Err(Rejection::Forged);
    }
    check_signed(order_id, status_code, gross_amount)?;
    check_word(&notice, status_code)?;
    Ok(Notice { event_key: event_key(&notice, status_code)?, reference: Some(order_id.to_owned()) })
}

fn present<'a>(field: Option<&'a str>, missing: &'static str) -> Result<&'a str, Rejection> {
    field.filter(|it| !it.is_empty()).ok_or(Rejection::Malformed(missing))
}

/// The signed texts are joined without anything between them, so one signature fits every way to cut
/// the same characters. Only canonical codes and amounts are taken, which leaves one cut.
fn check_signed(order_id: &str, code: &str, amount: &str) -> Result<(), Rejection> {
    if order_id.len() > 50 || !plain(order_id, b"-_~.") {
        return Err(Rejection::Malformed("the order_id has characters that none has"));
    }
    if code.len() != 3 || !code.bytes().all(|it| it.is_ascii_digit()) {
        return Err(Rejection::Malformed("the status_code is not three digits"));
    }
    if rupiah(amount).is_none() {
        return Err(Rejection::Malformed("the gross_amount is not whole rupiah"));
    }
    Ok(())
}

/// A captured "pending" whose word was changed to "settlement" still carries the code of "pending".
fn check_word(notice: &Notification, code: &str) -> Result<(), Rejection> {
    let word = lower(notice.transaction_status.as_deref());
    let fraud = lower(notice.fraud_status.as_deref());
    let fits = match (word.as_str(), fraud.as_str()) {
        ("capture", "challenge") | ("pending", _) => code == "201",
        ("capture", "deny") | ("deny" | "cancel" | "failure", _) => code == "202",
        // A status answer reports an ended offer as 407, a notification as 202.
        ("expire", _) => matches!(code, "202" | "407"),
        (
            "capture" | "settlement" | "authorize" | "refund" | "partial_refund" | "chargeback"
            | "partial_chargeback",
            _,
        ) => code == "200",
        _ => return Err(Rejection::Malformed("the transaction_status is not a known word")),
    };
    if fits {
        Ok(())
    } else {
        Err(Rejection::Malformed("the transaction_status does not fit the status_code"))
    }
}

/// The same for repeats of one message, another for every step of a transaction: the state word,
/// the code (a challenge that was accepted keeps its word), each refund with whether the bank
/// confirmed it, because one refund is announced twice, and the sum that left.
fn event_key(notice: &Notification, code: &str) -> Result<String, Rejection> {
    let transaction = present(notice.transaction_id.as_deref(), "transaction_id is missing")?;
    if transaction.len() > 64 || !plain(transaction, b"-_") {
        return Err(Rejection::Malformed("the transaction_id has characters that none has"));
    }
    let word = lower(notice.transaction_status.as_deref());
    let mut refunds: Vec<String> = notice.refunds.iter().flatten().map(refund_step).collect();
    refunds.extend(notice.refund_key.clone());
    refunds.extend(notice.refund_amount.clone());
    if refunds.is_empty() {
        return Ok(format!("{transaction}:{word}:{code}"));
    }
    refunds.sort_unstable();
    let mut digest = hex(&Sha256::digest(refunds.join("\n").as_bytes()));
    digest.truncate(32);
    Ok(format!("{transaction}:{word}:{code}:{digest}"))
}

fn refund_step(refund: &Refund) -> String {
    let id = refund.id.as_deref().or(refund.key.as_deref());
    let confirmed = if refund.bank_confirmed_at.is_some() { "confirmed" } else { "asked" };
    format!("{} {confirmed}", id.unwrap_or_default())
}

fn plain(text: &str, also: &[u8]) -> bool {
    text.bytes().all(|it| it.is_ascii_alphanumeric() || also.contains(&it))
}

fn lower(text: Option<&str>) -> String {
    text.unwrap_or_default().to_ascii_lowercase()
}
