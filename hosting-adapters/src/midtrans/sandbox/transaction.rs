//! One transaction, and how the API writes it down.

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::kernel::Secret;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::channel::Channel;
use crate::midtrans::{signature::sign, wire::western_indonesia};

/// A transaction of the account.
#[derive(Debug, Clone)]
pub(super) struct Transaction {
    pub(super) order_id: String,
    /// `transaction_id`.
    pub(super) id: String,
    pub(super) channel: Channel,
    /// What the shop asked for, in rupiah.
    pub(super) asked: i64,
    /// What the API reports as `gross_amount`: asked, or what was paid, with a fee on top.
    pub(super) gross: i64,
    /// The fee that the customer paid on top, if any.
    pub(super) fee: Option<i64>,
    /// `transaction_status`.
    pub(super) word: String,
    /// `fraud_status`.
    pub(super) fraud: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) settled_at: Option<DateTime<Utc>>,
    pub(super) refunds: Vec<Refund>,
    /// How much the bank took back for the customer, in rupiah.
    pub(super) charged_back: i64,
    /// The notification about the charge, for deliveries in the wrong order.
    pub(super) first_notice: Value,
}

/// One refund of a transaction.
#[derive(Debug, Clone)]
pub(super) struct Refund {
    pub(super) id: u64,
    pub(super) uuid: String,
    pub(super) key: String,
    pub(super) amount: i64,
    pub(super) reason: String,
    pub(super) created_at: DateTime<Utc>,
    pub(super) confirmed_at: Option<DateTime<Utc>>,
}

/// A transaction as the console shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransactionView {
    /// The shop's reference.
    pub order_id: String,
    /// The provider's id.
    pub transaction_id: String,
    /// `bank_transfer`, `echannel`, `qris` or `gopay`.
    pub payment_type: &'static str,
    /// The bank of a virtual account or bill.
    pub bank: Option<String>,
    /// What the customer is to pay or has paid, in rupiah.
    pub gross_amount: i64,
    /// The state word.
    pub transaction_status: String,
    /// Number, bill key or nothing.
    pub pay_to: Option<String>,
    /// How much was given back, in rupiah.
    pub refunded: i64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When the offer ends.
    pub expires_at: DateTime<Utc>,
    /// When it was paid.
    pub settled_at: Option<DateTime<Utc>>,
}

impl Transaction {
    pub(super) fn is(&self, word: &str) -> bool {
        self.word == word
    }

    /// Ends the offer and confirms refunds whose time has come; whether anything changed.
    pub(super) fn age(&mut self, now: DateTime<Utc>, bank_confirms_after: TimeDelta) -> bool {
        let ends = self.is("pending") && self.expires_at <= now;
        if ends {
            "expire".clone_into(&mut self.word);
        }
        let mut confirmed = false;
        for refund in self.refunds.iter_mut().filter(|it| it.confirmed_at.is_none()) {
            let at = refund.created_at + bank_confirms_after;
            if at <= now {
                refund.confirmed_at = Some(at);
                confirmed = true;
            }
        }
        ends || confirmed
    }

    pub(super) fn refunded(&self) -> i64 {
        self.refunds.iter().map(|it| it.amount).sum()
    }

    /// The code that belongs to the state in answers; an ended offer is 407 there.
    pub(super) fn answer_code(&self) -> &'static str {
        if self.is("expire") { "407" } else { self.notice_code() }
    }

    /// The code that belongs to the state in notifications.
    fn notice_code(&self) -> &'static str {
        match (self.word.as_str(), self.fraud.as_deref()) {
            ("pending", _) | ("capture", Some("challenge")) => "201",
            ("deny" | "cancel" | "expire" | "failure", _) | ("capture", Some("deny")) => "202",
            _ => "200",
        }
    }

    /// The answer to a call, without what only the charge shows.
    pub(super) fn answer(&self, code: &str, message: &str) -> Map<String, Value> {
        let mut fields = self.fields();
        fields.insert("status_code".to_owned(), json!(code));
        fields.insert("status_message".to_owned(), json!(message));
        if let Some(info) = self.gross_amount_info() {
            fields.insert("extra_info".to_owned(), info);
        }
        fields
    }

    /// The answer to a look, which is signed like a notification.
    pub(super) fn status(&self, key: &Secret) -> Value {
        let code = self.answer_code();
        let mut fields = self.answer(code, "Success, transaction is found");
        fields.insert("signature_key".to_owned(), json!(self.signature(code, key)));
        Value::Object(fields)
    }

    /// The notification about the present state.
    pub(super) fn notification(&self, key: &Secret) -> Value {
        let code = self.notice_code();
        let mut fields = self.fields();
        fields.insert("status_code".to_owned(), json!(code));
        fields.insert("status_message".to_owned(), json!("midtrans payment notification"));
        fields.insert("signature_key".to_owned(), json!(self.signature(code, key)));
        if let Some(info) = self.gross_amount_info() {
            fields.insert("metadata".to_owned(), json!({ "extra_info": info }));
        }
        Value::Object(fields)
    }

    fn signature(&self, code: &str, key: &Secret) -> String {
        sign(&self.order_id, code, &rupiah(self.gross), key)
    }

    fn gross_amount_info(&self) -> Option<Value> {
        let fee = self.fee?;
        Some(json!({ "gross_amount_info": {
            "original_amount": self.asked.to_string(),
            "gross_amount": self.gross.to_string(),
            "customer_imposed_payment_fee": fee.to_string(),
        }}))
    }

    fn fields(&self) -> Map<String, Value> {
        let mut fields = self.channel.pay_to(&self.id);
        let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        put("transaction_id", json!(self.id));
        put("order_id", json!(self.order_id));
        put("merchant_id", json!("M000001"));
        put("gross_amount", json!(rupiah(self.gross)));
        put("currency", json!("IDR"));
        put("payment_type", json!(self.channel.payment_type()));
        put("transaction_time", json!(local(self.created_at)));
        put("transaction_status", json!(self.word));
        put("expiry_time", json!(local(self.expires_at)));
        if let Some(fraud) = &self.fraud {
            put("fraud_status", json!(fraud));
        }
        if let Some(at) = self.settled_at {
            put("settlement_time", json!(local(at)));
        }
        let left = self.refunded() + self.charged_back;
        if left > 0 {
            put("refund_amount", json!(rupiah(left)));
        }
        if !self.refunds.is_empty() {
            put("refunds", self.refunds.iter().map(Refund::fields).collect());
        }
        fields
    }

    pub(super) fn view(&self) -> TransactionView {
        let pay_to = self.channel.pay_to(&self.id);
        let number = pay_to
            .get("permata_va_number")
            .or_else(|| pay_to.get("bill_key"))
            .or_else(|| pay_to.get("va_numbers")?.get(0)?.get("va_number"));
        TransactionView {
            order_id: self.order_id.clone(),
            transaction_id: self.id.clone(),
            payment_type: self.channel.payment_type(),
            bank: self.channel.bank().map(str::to_owned),
            gross_amount: self.gross,
            transaction_status: self.word.clone(),
            pay_to: number.and_then(Value::as_str).map(str::to_owned),
            refunded: self.refunded(),
            created_at: self.created_at,
            expires_at: self.expires_at,
            settled_at: self.settled_at,
        }
    }
}

impl Refund {
    fn fields(&self) -> Value {
        let mut fields = json!({
            "refund_chargeback_id": self.id,
            "refund_chargeback_uuid": self.uuid,
            "refund_amount": rupiah(self.amount),
            "created_at": local(self.created_at),
            "reason": self.reason,
            "refund_key": self.key,
            "refund_method": "online",
        });
        if let Some(at) = self.confirmed_at {
            fields["bank_confirmed_at"] = json!(local(at));
        }
        fields
    }
}

/// Amounts leave the API with two decimals.
pub(super) fn rupiah(amount: i64) -> String {
    format!("{amount}.00")
}

/// Times leave the API in GMT+7, without saying so.
fn local(at: DateTime<Utc>) -> String {
    western_indonesia().map_or_else(String::new, |zone| {
        at.with_timezone(&zone).format("%Y-%m-%d %H:%M:%S").to_string()
    })
}
