//! Giving money back: QRIS and wallets only. Virtual accounts and bills have no way back; staff pay
//! by hand or credit the customer.

use async_trait::async_trait;
use hosting_core::{
    kernel::{Currency, Money},
    port::{
        Failure, IdempotencyKey,
        gateway::{RefundState, Refunds},
    },
};
use serde::Serialize;

use super::{
    adapter::Midtrans,
    client::{Kind, unreadable},
    request::{plain, provider_key},
    verdict::Unreadable,
    wire::{Refund, Reply, rupiah},
};

#[derive(Debug, Serialize)]
struct RefundBody<'a> {
    /// Without it every call would be another refund.
    refund_key: &'a str,
    amount: i64,
    reason: String,
}

#[async_trait]
impl Refunds for Midtrans {
    async fn refund(
        &self,
        reference: &str,
        amount: Money,
        key: &IdempotencyKey,
        reason: &str,
    ) -> Result<RefundState, Failure> {
        if amount.currency() != Currency::IDR || !amount.is_positive() {
            let detail = "a refund is an amount of rupiah above zero";
            return Err(Failure::refused("refund", detail).with_code("amount"));
        }
        let refund_key = provider_key(key);
        // The state is read first: it tells whether the money can go back at all, and whether this
        // very refund is already there although the provider forgot its key (it keeps them a week).
        let Some(before) = self.status("refund", reference).await? else {
            let detail = "the provider does not know the payment";
            return Err(Failure::refused("refund", detail).with_code("404"));
        };
        if let Some(state) = recorded(&before, reference, &refund_key)
            .map_err(|why| unreadable("refund", Kind::Look, why))?
        {
            return Ok(state);
        }
        check_refundable(&before)?;
        let reason = plain(reason, 100, "refund");
        let body = RefundBody { refund_key: &refund_key, amount: amount.minor(), reason };
        let path = format!("{reference}/refund");
        let reply = self.client.post("refund", &path, Some(&body), None).await?;
        match reply.code() {
            Some(200 | 201) => asked(&reply, reference, amount, &refund_key)
                .map_err(|why| unreadable("refund", Kind::Act, why)),
            // HTTP may say 200 beside it; the state is unchanged and nothing was given back.
            Some(202) => {
                let detail = "the provider did not refund";
                Err(Failure::refused("refund", detail).with_code("202"))
            }
            // The key is taken, or all is given back already: perhaps by this very refund.
            Some(406 | 412) => self.settle_taken(reference, &refund_key, &reply).await,
            _ => Err(self.client.failure("refund", Kind::Act, &reply)),
        }
    }

    async fn find_refund(
        &self,
        reference: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<RefundState>, Failure> {
        let Some(reply) = self.status("find_refund", reference).await? else { return Ok(None) };
        recorded(&reply, reference, &provider_key(key))
            .map_err(|why| unreadable("find_refund", Kind::Look, why))
    }
}

impl Midtrans {
    async fn settle_taken(
        &self,
        reference: &str,
        refund_key: &str,
        answer: &Reply,
    ) -> Result<RefundState, Failure> {
        let taken = |detail: &'static str| Failure::unknown("refund", detail).with_code("406");
        let after = self.status("refund", reference).await.map_err(|failure| {
            taken("the refund key may be taken and the state could not be read").because(failure)
        })?;
        let found = after.map(|it| recorded(&it, reference, refund_key)).transpose();
        match found.map_err(|why| unreadable("refund", Kind::Act, why))?.flatten() {
            Some(state) => Ok(state),
            None if answer.code() == Some(406) => {
                Err(taken("the refund key is taken, and the provider does not list the refund"))
            }
            None => Err(self.client.failure("refund", Kind::Act, answer)),
        }
    }
}

/// Refuses what the provider can never give back.
fn check_refundable(reply: &Reply) -> Result<(), Failure> {
    let word = reply.payment_type.as_deref().unwrap_or_default().to_ascii_lowercase();
    if matches!(word.as_str(), "qris" | "gopay" | "shopeepay" | "credit_card" | "ovo" | "dana") {
        return Ok(());
    }
    let detail = "a payment by virtual account, bill or counter cannot be refunded by the gateway";
    Err(Failure::refused("refund", detail).with_code("not_refundable"))
}

/// The refund with `refund_key` in the list that the state carries.
fn recorded(
    reply: &Reply,
    reference: &str,
    refund_key: &str,
) -> Result<Option<RefundState>, Unreadable> {
    if reply.order_id.as_deref() != Some(reference) {
        return Err(Unreadable("the answer is about another order"));
    }
    let mut refunds = reply.refunds.iter().flatten();
    let Some(refund) = refunds.find(|it| it.key.as_deref() == Some(refund_key)) else {
        return Ok(None);
    };
    let amount = refund.amount.as_deref().and_then(rupiah);
    let amount = amount.ok_or(Unreadable("the amount of the refund is not whole rupiah"))?;
    Ok(Some(RefundState {
        provider_ref: refund_id(refund).unwrap_or(refund_key).to_owned(),
        completed: refund.bank_confirmed_at.is_some(),
        amount,
    }))
}

fn refund_id(refund: &Refund) -> Option<&str> {
    refund.id.as_deref().or(refund.uuid.as_deref())
}

/// The answer to an accepted refund. Its `refund_amount` is the sum of all refunds so far, so the
/// amount of this one is what was asked for; whether the bank has paid shows later, in the list.
fn asked(
    reply: &Reply,
    reference: &str,
    amount: Money,
    refund_key: &str,
) -> Result<RefundState, Unreadable> {
    if let Some(state) = recorded(reply, reference, refund_key)? {
        return Ok(state);
    }
    let word = reply.transaction_status.as_deref().unwrap_or_default().to_ascii_lowercase();
    if !matches!(word.as_str(), "refund" | "partial_refund") {
        return Err(Unreadable("the refund was accepted and the state does not show it"));
    }
    let provider_ref = reply.refund_chargeback_id.clone();
    Ok(RefundState {
        provider_ref: provider_ref.unwrap_or_else(|| refund_key.to_owned()),
        completed: false,
        amount,
    })
}
