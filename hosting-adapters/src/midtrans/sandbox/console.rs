//! What customers, banks and the provider's staff do, for tests and for the console.

use serde_json::Value;

use super::{
    Delivery, Effects, MidtransSandbox, TransactionView, WebhookSwitches, state::State,
    transaction::Transaction, webhook::disturb,
};

/// The words a transaction can be put into.
const WORDS: [&str; 12] = [
    "pending",
    "authorize",
    "capture",
    "settlement",
    "deny",
    "cancel",
    "expire",
    "failure",
    "refund",
    "partial_refund",
    "chargeback",
    "partial_chargeback",
];

/// Why the console cannot do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SandboxError {
    /// No transaction has this order or transaction id.
    #[error("there is no transaction `{0}`")]
    UnknownOrder(String),
    /// The transaction is not waiting for money any more; its state word is given.
    #[error("the transaction is `{0}`")]
    NotPending(String),
    /// The provider has no such state word.
    #[error("`{0}` is not a transaction_status")]
    UnknownWord(String),
    /// Nobody has paid the transaction, or nothing is left of it; its state word is given.
    #[error("the transaction is `{0}`")]
    NotPaid(String),
    /// An amount below one rupiah, or beyond what can be counted.
    #[error("the amount is out of range")]
    Amount,
}

impl MidtransSandbox {
    /// The customer pays what was asked.
    ///
    /// # Errors
    /// [`SandboxError::UnknownOrder`] or [`SandboxError::NotPending`].
    pub fn pay(&self, id: &str) -> Result<(), SandboxError> {
        self.settle(id, |_| Ok(()))
    }

    /// The customer pays `amount` rupiah, which an open virtual account lets them choose.
    ///
    /// # Errors
    /// As [`pay`](Self::pay), and [`SandboxError::Amount`].
    pub fn pay_amount(&self, id: &str, amount: i64) -> Result<(), SandboxError> {
        self.settle(id, |transaction| {
            if amount < 1 {
                return Err(SandboxError::Amount);
            }
            transaction.gross = amount;
            Ok(())
        })
    }

    /// The customer pays what was asked and `fee` rupiah on top for the provider.
    ///
    /// # Errors
    /// As [`pay`](Self::pay), and [`SandboxError::Amount`].
    pub fn pay_with_imposed_fee(&self, id: &str, fee: i64) -> Result<(), SandboxError> {
        self.settle(id, |transaction| {
            let gross = transaction.asked.checked_add(fee).filter(|_| fee >= 0);
            transaction.gross = gross.ok_or(SandboxError::Amount)?;
            transaction.fee = Some(fee);
            Ok(())
        })
    }

    fn settle(
        &self,
        id: &str,
        pay: impl FnOnce(&mut Transaction) -> Result<(), SandboxError>,
    ) -> Result<(), SandboxError> {
        self.change(id, |transaction, now| {
            if !transaction.is("pending") {
                return Err(SandboxError::NotPending(transaction.word.clone()));
            }
            pay(transaction)?;
            "settlement".clone_into(&mut transaction.word);
            transaction.settled_at = Some(now);
            Ok(())
        })
    }

    /// The offer ends before its time.
    ///
    /// # Errors
    /// [`SandboxError::UnknownOrder`] or [`SandboxError::NotPending`].
    pub fn expire(&self, id: &str) -> Result<(), SandboxError> {
        self.change(id, |transaction, _| {
            if !transaction.is("pending") {
                return Err(SandboxError::NotPending(transaction.word.clone()));
            }
            "expire".clone_into(&mut transaction.word);
            Ok(())
        })
    }

    /// The bank refuses; after a settlement this is the reversal that some banks do.
    ///
    /// # Errors
    /// [`SandboxError::UnknownOrder`].
    pub fn deny(&self, id: &str) -> Result<(), SandboxError> {
        self.set_status(id, "deny", Some("accept"))
    }

    /// The bank takes `amount` rupiah back for the customer, beside what it took before.
    ///
    /// # Errors
    /// [`SandboxError::UnknownOrder`], [`SandboxError::NotPaid`], or [`SandboxError::Amount`] for more than
    /// what is left.
    pub fn charge_back(&self, id: &str, amount: i64) -> Result<(), SandboxError> {
        self.change(id, |transaction, _| {
            let is_paid = ["settlement", "partial_refund", "partial_chargeback"];
            if !is_paid.iter().any(|it| transaction.is(it)) {
                return Err(SandboxError::NotPaid(transaction.word.clone()));
            }
            let left = transaction.gross - transaction.refunded() - transaction.charged_back;
            if !(1..=left).contains(&amount) {
                return Err(SandboxError::Amount);
            }
            transaction.charged_back += amount;
            let word = if amount == left { "chargeback" } else { "partial_chargeback" };
            word.clone_into(&mut transaction.word);
            Ok(())
        })
    }

    /// Puts the transaction into any state, possible or not.
    ///
    /// # Errors
    /// [`SandboxError::UnknownOrder`] or [`SandboxError::UnknownWord`].
    pub fn set_status(
        &self,
        id: &str,
        word: &str,
        fraud: Option<&str>,
    ) -> Result<(), SandboxError> {
        if !WORDS.contains(&word) {
            return Err(SandboxError::UnknownWord(word.to_owned()));
        }
        self.change(id, |transaction, now| {
            word.clone_into(&mut transaction.word);
            transaction.fraud = fraud.map(str::to_owned);
            match word {
                "settlement" => transaction.settled_at = transaction.settled_at.or(Some(now)),
                "pending" | "deny" | "cancel" | "expire" => transaction.settled_at = None,
                _ => {}
            }
            Ok(())
        })
    }

    fn change(
        &self,
        id: &str,
        change: impl FnOnce(&mut Transaction, chrono::DateTime<chrono::Utc>) -> Result<(), SandboxError>,
    ) -> Result<(), SandboxError> {
        self.with(|state, now| {
            let found = state.find_mut(id);
            change(found.ok_or_else(|| SandboxError::UnknownOrder(id.to_owned()))?, now)?;
            state.announce(id, &self.inner.server_key);
            Ok(())
        })
    }

    /// Ends offers and confirms refunds whose time has come, and notifies; looking does it as well.
    pub fn sweep(&self) {
        self.with(|_, _| ());
    }

    /// Sends the notification about the present state once more.
    ///
    /// # Errors
    /// [`SandboxError::UnknownOrder`].
    pub fn resend(&self, id: &str) -> Result<(), SandboxError> {
        self.change(id, |_, _| Ok(()))
    }

    /// The genuine notification about the present state.
    pub fn notification(&self, id: &str) -> Option<Value> {
        self.with(|state, _| state.notification(id, &self.inner.server_key))
    }

    /// The notification about the present state, after `body` was done to it.
    pub fn disturbed_notification(&self, id: &str, body: super::Body) -> Option<Value> {
        self.notification(id).map(|it| disturb(it, body))
    }

    /// Changes how notifications are delivered from now on.
    pub fn set_webhooks(&self, switches: WebhookSwitches) {
        self.with(|state, _| state.switches = switches);
    }

    /// How notifications are delivered.
    pub fn webhooks(&self) -> WebhookSwitches {
        self.with(|state, _| state.switches.clone())
    }

    /// Where notifications go; `None` is nowhere.
    pub fn set_notification_url(&self, url: Option<String>) {
        self.with(|state, _| state.notification_url = url);
    }

    /// Whether the provider answers refunds with HTTP 200 and a body that says that nothing was
    /// given back.
    pub fn set_refuses_refunds(&self, refuses: bool) {
        self.with(|state, _| state.refuses_refunds = refuses);
    }

    /// The tries to deliver so far, at most the latest thousand.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.with(|state, _| state.deliveries.iter().cloned().collect())
    }

    /// Every transaction, oldest first.
    pub fn transactions(&self) -> Vec<TransactionView> {
        self.with(|state, _| state.transactions.iter().map(Transaction::view).collect())
    }

    /// The transaction with this order or transaction id.
    pub fn transaction(&self, id: &str) -> Option<TransactionView> {
        self.with(|state, _| state.find(id).map(Transaction::view))
    }

    /// What really happened, counted.
    pub fn effects(&self) -> Effects {
        self.with(|state, _| state.effects)
    }

    /// How many transactions were made under `order_id`.
    pub fn charges_of(&self, order_id: &str) -> usize {
        let of = |state: &mut State| {
            state.transactions.iter().filter(|it| it.order_id == order_id).count()
        };
        self.with(|state, _| of(state))
    }
}
