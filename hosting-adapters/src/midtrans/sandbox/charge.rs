//! Making a transaction, with the checks that the provider documents.

use chrono::{DateTime, Duration, Utc};
use hosting_core::kernel::Secret;
use serde_json::Value;

use super::{
    answer::Answer,
    channel::{Channel, uuid},
    state::State,
    transaction::Transaction,
};

/// A request that passed the checks.
struct Wanted {
    order_id: String,
    gross: i64,
    channel: Channel,
    expires_at: DateTime<Utc>,
}

/// Whether the request is for the channel that does not honour idempotency keys.
pub(super) fn ignores_keys(body: &Value) -> bool {
    body["payment_type"] == "permata" || body["bank_transfer"]["bank"] == "permata"
}

/// Makes the transaction that `body` asks for.
pub(super) fn charge(
    state: &mut State,
    now: DateTime<Utc>,
    body: &Value,
    host: &str,
    key: &Secret,
) -> Answer {
    let payment_type = body["payment_type"].as_str().unwrap_or_default();
    if matches!(payment_type, "credit_card" | "shopeepay" | "ovo" | "cstore" | "akulaku") {
        return Answer::error(402, "Payment channel is not activated.");
    }
    let wanted = match check(body, now) {
        Ok(wanted) => wanted,
        Err(messages) => return Answer::invalid(&messages),
    };
    // An order whose offer ended may be used again; the provider allows it, careful shops do not.
    let taken = state.find(&wanted.order_id).is_some_and(|it| !it.is("expire") && !it.is("cancel"));
    if taken {
        return Answer::error(406, "The request could not be completed: order_id has been used.");
    }
    let seed =
        format!("{}/{}/{}", wanted.order_id, state.transactions.len(), now.timestamp_millis());
    let mut transaction = Transaction {
        id: uuid(&seed),
        order_id: wanted.order_id,
        channel: wanted.channel,
        asked: wanted.gross,
        gross: wanted.gross,
        fee: None,
        word: "pending".to_owned(),
        fraud: Some("accept".to_owned()),
        created_at: now,
        expires_at: wanted.expires_at,
        settled_at: None,
        refunds: Vec::new(),
        charged_back: 0,
        first_notice: Value::Null,
    };
    transaction.first_notice = transaction.notification(key);
    let mut answer = transaction.answer("201", "Success, transaction is created");
    let id = transaction.id.clone();
    answer.extend(transaction.channel.shown_once(&id, transaction.gross, host));
    state.add(transaction);
    state.announce(&id, key);
    Answer::ok(Value::Object(answer))
}

fn check(body: &Value, now: DateTime<Utc>) -> Result<Wanted, Vec<String>> {
    let mut messages = Vec::new();
    let order_id = body["transaction_details"]["order_id"].as_str().unwrap_or_default();
    let allowed = |it: u8| it.is_ascii_alphanumeric() || b"-_~.".contains(&it);
    if order_id.is_empty() {
        messages.push("transaction_details.order_id is required".to_owned());
    } else if order_id.len() > 50 || !order_id.bytes().all(allowed) {
        messages.push("transaction_details.order_id is not formatted properly".to_owned());
    }
    let gross = match &body["transaction_details"]["gross_amount"] {
        Value::Null => Err("is required"),
        // `as_i64` has no answer for a number that was written with decimals.
        amount => amount.as_i64().ok_or("is not formatted properly"),
    };
    let gross = gross.and_then(|it| if it > 0 { Ok(it) } else { Err("must be at least 1") });
    let gross = gross.unwrap_or_else(|problem| {
        messages.push(format!("transaction_details.gross_amount {problem}"));
        0
    });
    if !items_add_up(&body["item_details"], gross) {
        messages.push(
            "transaction_details.gross_amount is not equal to the sum of item_details".into(),
        );
    }
    let channel = channel(body).map_err(|message| messages.push(message)).ok();
    let channel = channel.unwrap_or(Channel::Gopay);
    let expires_at = expiry(&body["custom_expiry"], &channel, now).unwrap_or_else(|problem| {
        messages.push(format!("custom_expiry {problem}"));
        now
    });
    if messages.is_empty() {
        Ok(Wanted { order_id: order_id.to_owned(), gross, channel, expires_at })
    } else {
        Err(messages)
    }
}

fn items_add_up(items: &Value, gross: i64) -> bool {
    let Some(items) = items.as_array() else { return items.is_null() };
    let line = |it: &Value| it["price"].as_i64()?.checked_mul(it["quantity"].as_i64()?);
    let sum = items.iter().try_fold(0_i64, |sum, it| sum.checked_add(line(it)?));
    sum == Some(gross)
}

fn channel(body: &Value) -> Result<Channel, String> {
    match body["payment_type"].as_str() {
        Some("bank_transfer") => match body["bank_transfer"]["bank"].as_str() {
            Some("permata") => Ok(Channel::Permata),
            Some(bank @ ("bca" | "bni" | "bri" | "cimb")) => Ok(Channel::Va(bank.to_owned())),
            Some(_) => Err("bank_transfer.bank is not supported".to_owned()),
            None => Err("bank_transfer.bank is required".to_owned()),
        },
        Some("permata") => Ok(Channel::Permata),
        Some("echannel") => {
            let fits = |name: &str, max: usize| {
                let text = body["echannel"][name].as_str();
                text.is_some_and(|it| (1..=max).contains(&it.chars().count()))
            };
            if fits("bill_info1", 10) && fits("bill_info2", 30) {
                Ok(Channel::Echannel)
            } else {
                Err("echannel.bill_info1 or bill_info2 is missing or too long".to_owned())
            }
        }
        Some("qris") => match body["qris"]["acquirer"].as_str() {
            None => Ok(Channel::Qris("gopay".to_owned())),
            Some(it @ ("gopay" | "airpay shopee")) => Ok(Channel::Qris(it.to_owned())),
            Some(_) => Err("qris.acquirer is not supported".to_owned()),
        },
        Some("gopay") => Ok(Channel::Gopay),
        Some(_) => Err("payment_type is not supported".to_owned()),
        None => Err("payment_type is required".to_owned()),
    }
}

fn expiry(
    custom: &Value,
    channel: &Channel,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, &'static str> {
    if custom.is_null() {
        return Ok(now + channel.default_expiry());
    }
    let start = match custom["order_time"].as_str() {
        None => now,
        Some(text) => DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S %z")
            .map_err(|_| "order_time is not formatted properly")?
            .with_timezone(&Utc),
    };
    let count = custom["expiry_duration"].as_i64().ok_or("expiry_duration is required")?;
    let seconds = match custom["unit"].as_str() {
        Some("second") => Some(count),
        Some("minute") | None => count.checked_mul(60),
        Some("hour") => count.checked_mul(60 * 60),
        Some("day") => count.checked_mul(24 * 60 * 60),
        Some(_) => return Err("unit is not supported"),
    };
    let length =
        seconds.and_then(Duration::try_seconds).ok_or("expiry_duration is out of range")?;
    if length < Duration::seconds(20) || length > channel.max_expiry() {
        return Err("expiry_duration is out of range");
    }
    let end = start.checked_add_signed(length).ok_or("expiry_duration is out of range")?;
    if end <= now { Err("is in the past") } else { Ok(end) }
}
