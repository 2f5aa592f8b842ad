//! What an answer about a transaction means: state, amount and what to show.

use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::Money,
    port::gateway::{Charge, ChargeStatus, Instructions},
};

use super::wire::{Reply, instant, rupiah};

/// The answer does not say what it must, or contradicts itself; nothing may be concluded from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Unreadable(pub(super) &'static str);

/// The charge that `reply` describes, which must be the one under `reference`.
///
/// The provider answers a repeated idempotency key with the stored answer even when the new request
/// is about another order, so the reference is compared rather than assumed.
pub(super) fn charge(reply: &Reply, reference: &str) -> Result<Charge, Unreadable> {
    if reply.order_id.as_deref() != Some(reference) {
        return Err(Unreadable("the answer is about another order"));
    }
    let provider_ref = reply.transaction_id.clone().filter(|it| !it.is_empty());
    let provider_ref = provider_ref.ok_or(Unreadable("the answer has no transaction_id"))?;
    let (status, amount) = (state(reply)?, amount(reply)?);
    Ok(Charge {
        reference: reference.to_owned(),
        provider_ref,
        status,
        amount,
        given_back: given_back(reply, status, amount)?,
        instructions: instructions(reply),
        expires_at: time(reply.expiry_time.as_deref().or(reply.expire_time.as_deref()))?,
        paid_at: if has_been_paid(status) { paid_at(reply)? } else { None },
        detail: words(reply),
    })
}

/// Where the transaction stands. Words are compared without case: one of the provider's protocols
/// shouts them.
pub(super) fn state(reply: &Reply) -> Result<ChargeStatus, Unreadable> {
    let word = reply.transaction_status.as_deref().unwrap_or_default().to_ascii_lowercase();
    let fraud = reply.fraud_status.as_deref().map(str::to_ascii_lowercase);
    match word.as_str() {
        "pending" | "authorize" => Ok(ChargeStatus::Pending),
        "capture" => captured(reply, fraud.as_deref()),
        "settlement" => settled(reply, fraud.as_deref()),
        "deny" | "cancel" | "failure" => Ok(ChargeStatus::Failed),
        "expire" => Ok(ChargeStatus::Expired),
        "refund" => Ok(ChargeStatus::Refunded),
        "partial_refund" => Ok(ChargeStatus::PartiallyRefunded),
        "chargeback" => Ok(ChargeStatus::ChargedBack),
        "partial_chargeback" => Ok(ChargeStatus::PartiallyChargedBack),
        "" => Err(Unreadable("the answer has no transaction_status")),
        _ => Err(Unreadable("the transaction_status is not a known word")),
    }
}

/// A card was charged: money only when the fraud check says so.
fn captured(reply: &Reply, fraud: Option<&str>) -> Result<ChargeStatus, Unreadable> {
    match fraud {
        Some("accept") => succeeded(reply),
        Some("challenge") => Ok(ChargeStatus::Challenge),
        Some("deny") => Ok(ChargeStatus::Failed),
        _ => Err(Unreadable("a capture without a verdict of the fraud check")),
    }
}

/// The money is on its way to us; shops at the counter send no verdict, and absent means accepted.
fn settled(reply: &Reply, fraud: Option<&str>) -> Result<ChargeStatus, Unreadable> {
    match fraud {
        None | Some("accept") => succeeded(reply),
        Some("challenge") => Ok(ChargeStatus::Challenge),
        _ => Err(Unreadable("a settlement that the fraud check did not accept")),
    }
}

/// Success in the provider's definition also needs code 200.
fn succeeded(reply: &Reply) -> Result<ChargeStatus, Unreadable> {
    if reply.code() == Some(200) {
        Ok(ChargeStatus::Succeeded)
    } else {
        Err(Unreadable("a paid state without status_code 200"))
    }
}

const fn has_been_paid(status: ChargeStatus) -> bool {
    matches!(
        status,
        ChargeStatus::Succeeded
            | ChargeStatus::Refunded
            | ChargeStatus::PartiallyRefunded
            | ChargeStatus::ChargedBack
            | ChargeStatus::PartiallyChargedBack
    )
}

/// What was asked or paid without the fee that the provider put on top for the customer.
fn amount(reply: &Reply) -> Result<Money, Unreadable> {
    if reply.currency.as_deref().is_some_and(|it| it != "IDR") {
        return Err(Unreadable("the currency is not IDR"));
    }
    let gross = money(reply.gross_amount.as_deref())?;
    let Some(split) = reply.split() else { return Ok(gross) };
    if split.original_amount.is_none() {
        return Ok(gross);
    }
    let original = money(split.original_amount.as_deref())?;
    let fee = match split.customer_imposed_payment_fee.as_deref() {
        None => gross.minus(original),
        fee => Ok(money(fee)?),
    };
    let adds_up = fee.and_then(|fee| original.plus(fee)) == Ok(gross);
    if !adds_up || original.minor() > gross.minor() {
        return Err(Unreadable("the fee and the original amount do not add up"));
    }
    Ok(original)
}

/// What left the charge by now. The provider's sum covers all refunds; where it is left out, the
/// refunds are listed. Of a part that the bank took back it has to be known how much: nobody here
/// ordered it, so nobody else would miss the money. A fee on top of our amount goes back to the customer and was never ours.
fn given_back(
    reply: &Reply,
    status: ChargeStatus,
    amount: Money,
) -> Result<Option<Money>, Unreadable> {
    use ChargeStatus as S;
    if !matches!(status, S::PartiallyRefunded | S::Refunded | S::PartiallyChargedBack) {
        return Ok(None);
    }
    let listed = reply.refunds.as_deref().unwrap_or_default();
    let sum = match reply.refund_amount.as_deref() {
        Some(sum) => money(Some(sum))?,
        None if listed.is_empty() && status == S::PartiallyChargedBack => {
            return Err(Unreadable("a part was charged back, and not how much"));
        }
        None if listed.is_empty() => return Ok(None),
        None => {
            let amounts: Result<Vec<_>, _> =
                listed.iter().map(|it| money(it.amount.as_deref())).collect();
            let too_much = |_| Unreadable("the refunds cannot be added up");
            Money::sum(amount.currency(), amounts?).map_err(too_much)?
        }
    };
    let most = |_| Unreadable("the refunds are in another currency");
    Ok(Some(sum.at_most(amount).map_err(most)?))
}

fn money(text: Option<&str>) -> Result<Money, Unreadable> {
    text.and_then(rupiah).ok_or(Unreadable("an amount is not whole rupiah"))
}

fn time(text: Option<&str>) -> Result<Option<DateTime<Utc>>, Unreadable> {
    text.map(|it| instant(it).ok_or(Unreadable("a time is not YYYY-MM-DD HH:MM:SS"))).transpose()
}

/// A card that is captured but not settled has no settlement time; its money was promised when it
/// was charged.
fn paid_at(reply: &Reply) -> Result<Option<DateTime<Utc>>, Unreadable> {
    time(reply.settlement_time.as_deref().or(reply.transaction_time.as_deref()))
}

fn words(reply: &Reply) -> String {
    let word = reply.transaction_status.as_deref().unwrap_or_default().to_ascii_lowercase();
    match reply.fraud_status.as_deref() {
        Some(fraud) => format!("{word}/{}", fraud.to_ascii_lowercase()),
        None => word,
    }
}

/// What the customer is shown, taken from what the answer carries: a payment may come back under
/// another payment type than it was asked for.
fn instructions(reply: &Reply) -> Option<Instructions> {
    if let (Some(biller_code), Some(bill_key)) = (&reply.biller_code, &reply.bill_key) {
        let (biller_code, bill_key) = (biller_code.clone(), bill_key.clone());
        return Some(Instructions::Bill { biller_code, bill_key });
    }
    if let Some(number) = reply.permata_va_number.clone() {
        return Some(Instructions::VirtualAccount { bank: "permata".to_owned(), number });
    }
    let va = reply.va_numbers.as_deref().and_then(|it| it.first());
    if let Some((bank, number)) = va.and_then(|it| it.bank.clone().zip(it.va_number.clone())) {
        return Some(Instructions::VirtualAccount { bank, number });
    }
    // `generate-qr-code` is the address of a picture. A code that holds that address cannot be paid,
    // so it never stands in for the text of the code.
    let deeplink = action(reply, "deeplink-redirect");
    match (deeplink, reply.qr_string.clone()) {
        (Some(deeplink), qr_payload) => Some(Instructions::Wallet { deeplink, qr_payload }),
        (None, Some(payload)) => Some(Instructions::Qr { payload }),
        (None, None) => None,
    }
}

/// The address of an action, by name: their order is not promised.
fn action(reply: &Reply, name: &str) -> Option<String> {
    let actions = reply.actions.as_deref()?;
    actions.iter().find(|it| it.name.as_deref() == Some(name))?.url.clone()
}
