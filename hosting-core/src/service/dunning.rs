//! The dunning run: reminders, overdue, suspension with proof (laws 6 and 7).

use chrono::{DateTime, Utc};

use super::{
    Ports,
    renewals::{At, Slice},
};
use crate::{
    change::ChangeSet,
    decide::{
        Books, Context,
        subscription::{Allowance, Dunned, NotProven, dun},
    },
    kernel::Versioned,
    model::{Actor, DomainEvent, Invoice, InvoiceId, RunKind},
    port::StoreError,
};

/// What a call did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DunningReport {
    /// Invoices that were looked at.
    pub looked_at: u64,
    /// Services that were switched off.
    pub suspended: u64,
    /// Services that would have been, with a part of the proof missing.
    pub not_proven: u64,
    /// Rows that could not be decided, each recorded in the journal.
    pub skipped: u64,
    /// Where to go on; `None` when nothing is left.
    pub resume: Option<At<InvoiceId>>,
}

/// How many may be switched off or removed today: the day's cap, less what the counter says.
pub(crate) async fn allowance(
    ports: &Ports,
    books: &Books,
    what: &str,
    cap: u32,
) -> Result<Allowance, StoreError> {
    let day = books.day_of(ports.now());
    let used = ports.store.counter(&format!("enforcement/{what}/{day}")).await?;
    let left = cap.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX));
    Ok(Allowance { day, cap, left })
}

/// Takes every step of dunning that is due at the present instant, beginning after `resume`.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be asked; the next call goes on.
pub async fn run(
    ports: &Ports,
    actor: &Actor,
    resume: Option<At<InvoiceId>>,
    slice: Slice,
) -> Result<DunningReport, StoreError> {
    let books = ports.books().await?;
    let cap = books.policy().max_suspensions_per_day;
    let mut allowance = allowance(ports, &books, "suspend", cap).await?;
    let mut report = DunningReport { resume, ..DunningReport::default() };
    let now: DateTime<Utc> = ports.now();
    for _ in 0..slice.pages {
        let page = ports.store.invoices_to_dun(now, report.resume, slice.page).await?;
        let Some(next) = page.last().and_then(|it| Some((it.next_dunning_at?, it.id))) else {
            report.resume = None;
            return Ok(report);
        };
        for invoice in page {
            one(ports, actor, &books, invoice, &mut allowance, &mut report).await?;
        }
        report.resume = Some(next);
    }
    Ok(report)
}

async fn one(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    invoice: Versioned<Invoice>,
    allowance: &mut Allowance,
    report: &mut DunningReport,
) -> Result<(), StoreError> {
    report.looked_at = report.looked_at.saturating_add(1);
    let before = *allowance;
    let outcome = step(ports, actor, books, &invoice, allowance).await;
    let problem = match outcome {
        Ok(dunned) => {
            let stopped = matches!(dunned.not_proven, Some(NotProven::CapReached(_)));
            if dunned.not_proven.is_some() {
                report.not_proven = report.not_proven.saturating_add(1);
            }
            let suspended = u64::from(dunned.suspended);
            match ports.store.commit(dunned.changes).await {
                Ok(_) => {
                    report.suspended = report.suspended.saturating_add(suspended);
                    if stopped {
                        ask_a_human(ports, actor, books, "suspensions", allowance).await?;
                    }
                    return Ok(());
                }
                // Somebody paid or changed something meanwhile: the next run looks with fresh eyes.
                Err(StoreError::Conflict { .. } | StoreError::Duplicate(_)) => {
                    *allowance = before;
                    return Ok(());
                }
                Err(StoreError::LimitReached { .. }) => {
                    allowance.left = 0;
                    return ask_a_human(ports, actor, books, "suspensions", allowance).await;
                }
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                Err(error) => error.to_string(),
            }
        }
        Err(StepError::Store(error @ StoreError::Unavailable(_))) => return Err(error),
        Err(error) => error.to_string(),
    };
    *allowance = before;
    report.skipped = report.skipped.saturating_add(1);
    let context = Context::new(ports.mint(), actor);
    let mut changes = ChangeSet::default();
    let body = DomainEvent::RunSkipped { run: RunKind::Dunning, detail: problem };
    context.record(&mut changes, invoice.id, body);
    ports.store.commit(changes).await.map(drop)
}

#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error("its customer is not there")]
    NoCustomer,
    #[error(transparent)]
    Illegal(#[from] crate::kernel::IllegalTransition),
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn step(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    invoice: &Versioned<Invoice>,
    allowance: &mut Allowance,
) -> Result<Dunned, StepError> {
    let store = &*ports.store;
    let customer = store.customer(invoice.customer_id).await?.ok_or(StepError::NoCustomer)?;
    let subscriptions = store.subscriptions_of_invoice(invoice.id).await?;
    let payments = store.payments_of(invoice.id).await?;
    let context = Context::new(ports.mint(), actor);
    let mut dunned =
        dun(&context, books, invoice, &subscriptions, &payments, &customer, allowance)?;
    if dunned.suspended > 0 {
        // A hold set or a payment started meanwhile must undo the proof.
        dunned.changes.guard(&customer);
        for payment in &payments {
            dunned.changes.guard(payment);
        }
    }
    Ok(dunned)
}

/// Writes once a day that a cap was reached.
pub(crate) async fn ask_a_human(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    what: &str,
    allowance: &Allowance,
) -> Result<(), StoreError> {
    use crate::{change::Take, kernel::calendar::later};
    let context = Context::new(ports.mint(), actor);
    let mut changes = ChangeSet::default();
    changes.takes.push(Take {
        expires_at: Some(later(context.now(), chrono::TimeDelta::days(7))),
        ..Take::one(format!("enforcement/{what}/{}/told", allowance.day), Some(1))
    });
    let detail =
        format!("the cap of {} {what} a day is reached on {}", allowance.cap, allowance.day);
    let subject = crate::model::Subject::from_stored(format!("shop/{}", books.shop.zone));
    context.record(&mut changes, subject, DomainEvent::EnforcementStopped { detail });
    match ports.store.commit(changes).await {
        Ok(_) | Err(StoreError::LimitReached { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}
