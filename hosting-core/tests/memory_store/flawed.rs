//! Stores that break the contract in one way each.

#[path = "questions.rs"]
mod questions;

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    change::{ChangeSet, Receipt},
    closed_enum,
    model::Lease,
    port::{
        Claim, Claimed, DoneBefore, LeasedTask, Store, StoreError, store::SettingsRepository as _,
    },
    testing::MemoryStore,
};

closed_enum! {
    /// One way to break the contract.
    pub enum Flaw {
        /// Settings are written whatever version they were read at.
        LosesUpdates = "loses_updates",
        /// Guards are not looked at.
        ForgetsGuards = "forgets_guards",
        /// Rows are written in one transaction and everything else in a second one.
        CommitsInTwoHalves = "commits_in_two_halves",
        /// Counters pass their limits.
        IgnoresLimits = "ignores_limits",
        /// A number is used up even when its commit fails.
        LeavesGaps = "leaves_gaps",
        /// Facts are not recorded.
        ForgetsEvents = "forgets_events",
        /// A held task is handed out again.
        HandsOutHeldTasks = "hands_out_held_tasks",
        /// A settlement with a lost lease is left out instead of refused.
        TakesAnyLease = "takes_any_lease",
        /// Lists end after their first page.
        StopsAfterOnePage = "stops_after_one_page",
        /// White space around texts is dropped.
        TrimsText = "trims_text",
    }
}

/// A sound store behind one flaw.
#[derive(Debug)]
pub(crate) struct Flawed {
    sound: MemoryStore,
    flaw: Flaw,
    series: Mutex<HashMap<String, i64>>,
    held: Mutex<Vec<LeasedTask>>,
}

impl Flawed {
    pub(crate) fn new(flaw: Flaw) -> Self {
        Self { sound: MemoryStore::new(), flaw, series: Mutex::default(), held: Mutex::default() }
    }

    async fn with_present_versions(&self, mut changes: ChangeSet) -> ChangeSet {
        for changed in &mut changes.settings.changed {
            if let Ok(Some(stored)) = self.sound.setting(&changed.value.key).await {
                changed.version = stored.version;
            }
        }
        changes
    }

    async fn commit_in_two_halves(&self, mut rows: ChangeSet) -> Result<Receipt, StoreError> {
        let rest = ChangeSet {
            takes: std::mem::take(&mut rows.takes),
            events: std::mem::take(&mut rows.events),
            tasks: std::mem::take(&mut rows.tasks),
            settlements: std::mem::take(&mut rows.settlements),
            interventions: std::mem::take(&mut rows.interventions),
            ..ChangeSet::default()
        };
        let receipt = self.sound.commit(rows).await?;
        self.sound.commit(rest).await?;
        Ok(receipt)
    }

    async fn commit_with_gaps(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        let mut receipt = Receipt::default();
        for request in std::mem::take(&mut changes.numbers) {
            let number = {
                let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
                let seq = series.entry(request.series()).or_default();
                *seq = seq.saturating_add(1);
                request.render(*seq)
            };
            let rewritten = changes.invoices.changed.iter_mut().map(|it| &mut it.value);
            let written = changes.invoices.new.iter_mut().chain(rewritten);
            for invoice in written.filter(|it| it.id == request.invoice_id) {
                invoice.number = Some(number.clone());
            }
            receipt.numbers.push((request.invoice_id, number));
        }
        self.sound.commit(changes).await?;
        Ok(receipt)
    }

    async fn commit_without_lost_leases(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        match self.sound.commit(changes.clone()).await {
            Err(StoreError::Conflict { what: "lease" }) => {
                self.sound.commit(ChangeSet { settlements: Vec::new(), ..changes }).await
            }
            other => other,
        }
    }
}

#[async_trait]
impl Store for Flawed {
    async fn commit(&self, mut changes: ChangeSet) -> Result<Receipt, StoreError> {
        match self.flaw {
            Flaw::LosesUpdates => changes = self.with_present_versions(changes).await,
            Flaw::ForgetsGuards => changes.guards.clear(),
            Flaw::CommitsInTwoHalves => return self.commit_in_two_halves(changes).await,
            Flaw::IgnoresLimits => changes.takes.iter_mut().for_each(|it| it.limit = None),
            Flaw::LeavesGaps => return self.commit_with_gaps(changes).await,
            Flaw::ForgetsEvents => changes.events.clear(),
            Flaw::TakesAnyLease => return self.commit_without_lost_leases(changes).await,
            Flaw::TrimsText => {
                for customer in &mut changes.customers.new {
                    customer.name = customer.name.trim().to_owned();
                }
                for payment in &mut changes.payments.new {
                    payment.reference = payment.reference.trim().to_owned();
                }
            }
            Flaw::HandsOutHeldTasks | Flaw::StopsAfterOnePage => {}
        }
        self.sound.commit(changes).await
    }

    async fn claim(&self, claim: Claim) -> Result<Claimed, StoreError> {
        let mut leased = self.sound.claim(claim.clone()).await?;
        if self.flaw == Flaw::HandsOutHeldTasks {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let again = held.iter().map(|it| LeasedTask {
                lease: Lease { token: claim.token.clone(), ..it.lease.clone() },
                ..it.clone()
            });
            let again: Vec<_> = again.collect();
            held.extend(leased.tasks.iter().cloned());
            leased.tasks.extend(again);
        }
        Ok(leased)
    }

    async fn purge(&self, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
        self.sound.purge(now, limit).await
    }

    async fn purge_done(&self, done: &DoneBefore, limit: u32) -> Result<u64, StoreError> {
        self.sound.purge_done(done, limit).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.sound.ping().await
    }
}
