//! Giving money back, as far as the channel can.

use chrono::{DateTime, Utc};
use hosting_core::kernel::Secret;
use serde_json::{Value, json};

use super::{
    answer::Answer,
    channel::uuid,
    state::State,
    transaction::{Refund, Transaction, rupiah},
};

/// Refunds what `body` asks for of the transaction `id`.
pub(super) fn refund(
    state: &mut State,
    now: DateTime<Utc>,
    id: &str,
    body: &Value,
    key: &Secret,
) -> Answer {
    let refuses = state.refuses_refunds;
    let number = state.effects.refunds + 1;
    let Some(transaction) = state.find_mut(id) else { return Answer::unknown_order() };
    // Without a key every call is another refund.
    let refund_key = match body["refund_key"].as_str() {
        Some(it) if is_key(it) => it.to_owned(),
        Some(_) => return Answer::invalid(&["refund_key is not formatted properly".to_owned()]),
        None => format!("auto-{number}"),
    };
    if let Some(made) = transaction.refunds.iter().find(|it| it.key == refund_key).cloned() {
        return Answer::ok(written(transaction, &made));
    }
    let open = transaction.is("settlement") || transaction.is("partial_refund");
    if !open || !transaction.channel.can_refund() {
        return Answer::not_modifiable();
    }
    let left = transaction.gross - transaction.refunded();
    let amount = match &body["amount"] {
        Value::Null => left,
        amount => match amount.as_i64().filter(|it| *it > 0) {
            Some(amount) => amount,
            None => return Answer::invalid(&["amount is not formatted properly".to_owned()]),
        },
    };
    if amount > left {
        return Answer::error(414, "The refund request is rejected.");
    }
    if refuses {
        let mut answer = transaction.answer("202", "Refund is denied by the provider");
        answer.insert("refund_amount".to_owned(), json!("0.00"));
        answer.insert("refund_key".to_owned(), json!(refund_key));
        return Answer::ok(Value::Object(answer));
    }
    let made = Refund {
        id: number,
        uuid: uuid(&format!("refund/{}/{refund_key}", transaction.id)),
        key: refund_key,
        amount,
        reason: body["reason"].as_str().unwrap_or_default().to_owned(),
        created_at: now,
        confirmed_at: None,
    };
    transaction.refunds.push(made.clone());
    let word = if amount == left { "refund" } else { "partial_refund" };
    word.clone_into(&mut transaction.word);
    let answer = Answer::ok(written(transaction, &made));
    state.effects.refunds = number;
    state.await_confirmation(id, now);
    state.announce(id, key);
    answer
}

/// The answer has the sum of all refunds, and the one refund's id and key, but not the list.
fn written(transaction: &Transaction, refund: &Refund) -> Value {
    let mut answer = transaction.answer("200", "Success, refund request is approved");
    answer.remove("refunds");
    answer.insert("refund_amount".to_owned(), json!(rupiah(transaction.refunded())));
    answer.insert("refund_chargeback_id".to_owned(), json!(refund.id));
    answer.insert("refund_key".to_owned(), json!(refund.key));
    Value::Object(answer)
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
}
