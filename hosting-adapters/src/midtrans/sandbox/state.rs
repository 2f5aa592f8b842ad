//! What the server remembers.

use std::collections::{BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, Duration, Utc};
use hosting_core::kernel::Secret;
use serde::Serialize;
use serde_json::Value;

use super::{
    answer::Answer,
    transaction::Transaction,
    webhook::{Delivery, Event, WebhookSwitches},
};

/// How long an answer is kept for repeats of its idempotency key.
const KEPT: Duration = Duration::minutes(5);
/// The longest idempotency key that is not ignored.
const MAX_KEY: usize = 46;
/// How long the bank takes to confirm a refund.
const BANK_CONFIRMS_AFTER: Duration = Duration::seconds(5);

/// What really happened at the provider, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Effects {
    /// Transactions that were made.
    pub charges: u64,
    /// Transactions that were cancelled by a call.
    pub cancels: u64,
    /// Offers that were ended by a call.
    pub expires: u64,
    /// Refunds that were made.
    pub refunds: u64,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) transactions: Vec<Transaction>,
    /// Where the latest transaction of an order is, and each transaction by its own id.
    index: HashMap<String, usize>,
    /// When time has something to do, and for which transaction.
    due: BTreeSet<(DateTime<Utc>, usize)>,
    /// Answers kept for repeats of their keys, and the keys in the order in which they came.
    kept: HashMap<String, Answer>,
    kept_since: VecDeque<(DateTime<Utc>, String)>,
    pub(super) effects: Effects,
    pub(super) notification_url: Option<String>,
    pub(super) switches: WebhookSwitches,
    pub(super) outbox: Vec<Event>,
    pub(super) deliveries: VecDeque<Delivery>,
    pub(super) refuses_refunds: bool,
}

impl State {
    /// The transaction with this order or transaction id; an order that was used again means its
    /// latest transaction.
    pub(super) fn find(&self, id: &str) -> Option<&Transaction> {
        self.index.get(id).and_then(|&at| self.transactions.get(at))
    }

    pub(super) fn find_mut(&mut self, id: &str) -> Option<&mut Transaction> {
        self.index.get(id).and_then(|&at| self.transactions.get_mut(at))
    }

    pub(super) fn add(&mut self, transaction: Transaction) {
        let at = self.transactions.len();
        self.due.insert((transaction.expires_at, at));
        self.index.insert(transaction.order_id.clone(), at);
        self.index.insert(transaction.id.clone(), at);
        self.transactions.push(transaction);
        self.effects.charges += 1;
    }

    /// Queues the notification about the present state of `id`.
    pub(super) fn announce(&mut self, id: &str, key: &Secret) {
        let Some(transaction) = self.find(id) else { return };
        let event = Event {
            order_id: transaction.order_id.clone(),
            is_first: transaction.is("pending"),
            notice: transaction.notification(key),
            first_notice: transaction.first_notice.clone(),
        };
        self.outbox.push(event);
    }

    /// Lets the bank confirm the refunds of `id` when it has had its time.
    pub(super) fn await_confirmation(&mut self, id: &str, now: DateTime<Utc>) {
        if let Some(&at) = self.index.get(id) {
            self.due.insert((now + BANK_CONFIRMS_AFTER, at));
        }
    }

    /// Lets time do its work: offers end, and banks confirm refunds.
    pub(super) fn age(&mut self, now: DateTime<Utc>, key: &Secret) {
        while self.due.first().is_some_and(|(due, _)| *due <= now) {
            let Some((_, at)) = self.due.pop_first() else { return };
            let Some(transaction) = self.transactions.get_mut(at) else { continue };
            if transaction.age(now, BANK_CONFIRMS_AFTER) {
                let id = transaction.id.clone();
                self.announce(&id, key);
            }
        }
    }

    /// Does `act` once for each idempotency key, as far as the provider keeps that promise: a kept
    /// answer comes back whatever the new request says, keys are shared by all endpoints, only
    /// successes are kept, and too long keys are ignored.
    pub(super) fn once(
        &mut self,
        key: Option<&str>,
        now: DateTime<Utc>,
        act: impl FnOnce(&mut Self) -> Answer,
    ) -> Answer {
        while self.kept_since.front().is_some_and(|(since, _)| now - *since >= KEPT) {
            if let Some((_, old)) = self.kept_since.pop_front() {
                self.kept.remove(&old);
            }
        }
        let Some(key) = key.filter(|it| !it.is_empty() && it.len() <= MAX_KEY) else {
            return act(self);
        };
        if let Some(answer) = self.kept.get(key) {
            return answer.clone();
        }
        let answer = act(self);
        if answer.is_success() {
            self.kept.insert(key.to_owned(), answer.clone());
            self.kept_since.push_back((now, key.to_owned()));
        }
        answer
    }

    /// The notification about the present state of `id`.
    pub(super) fn notification(&self, id: &str, key: &Secret) -> Option<Value> {
        self.find(id).map(|it| it.notification(key))
    }
}
