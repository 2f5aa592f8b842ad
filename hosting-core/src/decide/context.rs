//! What every decision is given: the instant, the dice, who acts, and the shop's rules.

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    change::{ChangeSet, NewTask, NotAPattern, NumberPattern},
    kernel::{Id, Mint},
    model::{Actor, BillingPolicy, DomainEvent, Job, Outage, ShopSettings, Subject, TaxRule},
};

/// The instant of a decision, its dice, and who acts.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    mint: Mint<'a>,
    actor: &'a Actor,
}

impl<'a> Context<'a> {
    /// `actor` decides at the mint's instant.
    pub const fn new(mint: Mint<'a>, actor: &'a Actor) -> Self {
        Self { mint, actor }
    }

    /// The instant of the decision.
    pub const fn now(&self) -> DateTime<Utc> {
        self.mint.now()
    }

    /// Who acts.
    pub const fn actor(&self) -> &'a Actor {
        self.actor
    }

    /// The dice.
    pub const fn mint(&self) -> &Mint<'a> {
        &self.mint
    }

    /// A new id.
    pub fn id<T>(&self) -> Id<T> {
        self.mint.id()
    }

    /// Records a fact in `changes`.
    pub fn record(&self, changes: &mut ChangeSet, subject: impl Into<Subject>, body: DomainEvent) {
        changes.record(&self.mint, self.actor, subject, body);
    }

    /// A task for now.
    pub fn task(&self, key: impl Into<String>, job: Job) -> NewTask {
        NewTask::new(&self.mint, key, job)
    }
}

/// The shop's rules, made ready once for any number of decisions.
#[derive(Debug, Clone)]
pub struct Books {
    /// All settings.
    pub shop: ShopSettings,
    /// The parsed pattern of invoice numbers.
    pub invoice_number: NumberPattern,
    /// All tax rules.
    pub tax_rules: Vec<TaxRule>,
    /// When this installation did not run.
    pub outages: Vec<Outage>,
}

impl Books {
    /// Reads the rules out of stored settings.
    ///
    /// # Errors
    /// When the pattern of invoice numbers is none.
    pub fn new(
        shop: ShopSettings,
        tax_rules: Vec<TaxRule>,
        outages: Vec<Outage>,
    ) -> Result<Self, NotAPattern> {
        let invoice_number = shop.invoice_number.parse()?;
        Ok(Self { shop, invoice_number, tax_rules, outages })
    }

    /// When invoices go out, and what happens when they are not paid.
    pub const fn policy(&self) -> &BillingPolicy {
        &self.shop.billing
    }

    /// The seller's calendar day at `instant`.
    pub fn day_of(&self, instant: DateTime<Utc>) -> NaiveDate {
        self.shop.zone.date_of(instant)
    }

    /// The first instant of the seller's `day`.
    pub fn start_of(&self, day: NaiveDate) -> DateTime<Utc> {
        self.shop.zone.start_of(day)
    }
}
