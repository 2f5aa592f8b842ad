//! The endings run: cancellations whose time has come, accounts whose retention ended.

use chrono::{DateTime, Utc};

use super::{
    Ports,
    dunning::{allowance, ask_a_human},
    renewals::Slice,
    subscriptions::open_bills,
};
use crate::{
    change::ChangeSet,
    decide::{
        Books, Context,
        subscription::{
            Allowance, CancelRefusal, Evidence, NotProven, ProvenUnpaid, TerminateRefusal,
            cancellation_due, terminate_cancelled, terminate_unpaid,
        },
    },
    kernel::{Versioned, calendar::later},
    model::{
        Actor, CycleStatus, DomainEvent, Invoice, InvoiceStatus, Job, Payment, RunKind,
        Subscription, SubscriptionStatus,
    },
    port::{Store, StoreError},
};

/// What a call did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndingsReport {
    /// Cancellations that had their effect.
    pub cancelled: u64,
    /// Accounts that were ordered to be removed.
    pub terminated: u64,
    /// Accounts that would have been, with a part of the proof missing.
    pub not_proven: u64,
    /// Rows that could not be decided, each recorded in the journal.
    pub skipped: u64,
}

/// Carries out what is due at the present instant; each page is small, so a call is bounded by
/// `slice`.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be asked; the next call goes on.
pub async fn run(ports: &Ports, actor: &Actor, slice: Slice) -> Result<EndingsReport, StoreError> {
    let books = ports.books().await?;
    let mut report = EndingsReport::default();
    cancel_due(ports, actor, &books, slice, &mut report).await?;
    terminate_due(ports, actor, &books, slice, &mut report).await?;
    Ok(report)
}

async fn cancel_due(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    slice: Slice,
    report: &mut EndingsReport,
) -> Result<(), StoreError> {
    let (store, mut after) = (&*ports.store, None);
    for _ in 0..slice.pages {
        let page = store.subscriptions_to_cancel(ports.now(), after, slice.page).await?;
        let Some(next) = page.last().and_then(|it| Some((it.cancel_at?, it.id))) else { break };
        for read in page {
            let bills = open_bills(store, &read).await?;
            let context = Context::new(ports.mint(), actor);
            let decided = cancellation_due(&context, books, &read, &bills);
            let decided = decided.map_err(|error: CancelRefusal| error.to_string());
            if finish(ports, actor, &read, decided, report).await? {
                report.cancelled = report.cancelled.saturating_add(1);
            }
        }
        after = Some(next);
    }
    Ok(())
}

async fn terminate_due(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    slice: Slice,
    report: &mut EndingsReport,
) -> Result<(), StoreError> {
    let store = &*ports.store;
    let cap = books.policy().max_terminations_per_day;
    let mut allowance = allowance(ports, books, "terminate", cap).await?;
    let mut after = None;
    for _ in 0..slice.pages {
        let page = store.subscriptions_to_terminate(ports.now(), after, slice.page).await?;
        let Some(next) = page.last().and_then(|it| Some((it.terminate_at?, it.id))) else { break };
        for read in page {
            if kept_until(books, &read, ports.now()) > ports.now() {
                continue;
            }
            let context = Context::new(ports.mint(), actor);
            let decided = if read.status == SubscriptionStatus::Cancelled {
                terminate_cancelled(&context, &read).map_err(|it| it.to_string())
            } else {
                match unpaid(ports, &context, books, &read, &mut allowance).await? {
                    Ok(changes) => Ok(changes),
                    Err(Unproven::Missing(missing)) => {
                        report.not_proven = report.not_proven.saturating_add(1);
                        if matches!(missing, NotProven::CapReached(_)) {
                            ask_a_human(ports, actor, books, "terminations", &allowance).await?;
                        }
                        ask_provider(ports, &context, &missing).await?;
                        continue;
                    }
                    Err(Unproven::Refused(detail)) => Err(detail),
                }
            };
            if finish(ports, actor, &read, decided, report).await? {
                report.terminated = report.terminated.saturating_add(1);
            }
        }
        after = Some(next);
    }
    Ok(())
}

/// Until when an account that is switched off is kept: its retention, and whatever of that time we did
/// not run ourselves. Nobody loses a site in the hour in which they can pay again (law 6).
fn kept_until(books: &Books, read: &Subscription, now: DateTime<Utc>) -> DateTime<Utc> {
    let Some(at) = read.terminate_at else { return now };
    let off_since = read.suspended_at.or(read.cancel_at).unwrap_or(at);
    let outages = books.outages.iter().map(|it| it.overlap(off_since, now));
    outages.fold(at, later)
}

enum Unproven {
    Missing(NotProven),
    Refused(String),
}

/// The overdue invoice of a suspended service, with the attempts to pay it.
async fn overdue_bill(
    store: &dyn Store,
    subscription: &Subscription,
) -> Result<Option<(Versioned<Invoice>, Vec<Versioned<Payment>>)>, StoreError> {
    for cycle in store.cycles_of(subscription.id).await? {
        if cycle.status != CycleStatus::Invoiced {
            continue;
        }
        if let Some(invoice) = store.invoice(cycle.invoice_id).await?
            && invoice.status == InvoiceStatus::Overdue
        {
            let payments = store.payments_of(invoice.id).await?;
            return Ok(Some((invoice, payments)));
        }
    }
    Ok(None)
}

async fn unpaid(
    ports: &Ports,
    context: &Context<'_>,
    books: &Books,
    read: &Versioned<Subscription>,
    allowance: &mut Allowance,
) -> Result<Result<ChangeSet, Unproven>, StoreError> {
    let store = &*ports.store;
    let Some((invoice, payments)) = overdue_bill(store, read).await? else {
        return Ok(Err(Unproven::Missing(NotProven::NotOverdue)));
    };
    let Some(customer) = store.customer(read.customer_id).await? else {
        return Ok(Err(Unproven::Refused("its customer is not there".to_owned())));
    };
    let evidence = Evidence {
        invoice: &invoice,
        payments: &payments,
        customer: &customer,
        subscription: &read.value,
    };
    let proof = match ProvenUnpaid::prove(context, books, &evidence, allowance) {
        Ok(proof) => proof,
        Err(missing) => return Ok(Err(Unproven::Missing(missing))),
    };
    let decided = terminate_unpaid(context, read, &proof).map(|mut changes| {
        changes.guard(&invoice);
        changes.guard(&customer);
        for payment in &payments {
            changes.guard(payment);
        }
        changes
    });
    Ok(decided.map_err(|it: TerminateRefusal| Unproven::Refused(it.to_string())))
}

async fn ask_provider(
    ports: &Ports,
    context: &Context<'_>,
    missing: &NotProven,
) -> Result<(), StoreError> {
    let NotProven::NotAsked(payments) = missing else { return Ok(()) };
    let mut changes = ChangeSet::default();
    for payment_id in payments {
        let job = Job::AskPayment { payment_id: *payment_id };
        let key = format!("ask-proof/{}", payment_id.stored());
        changes.task(context.task(key, job).unless_there());
    }
    ports.store.commit(changes).await.map(drop)
}

/// Commits one decision. `false` when somebody was faster or it was refused; the run goes on.
async fn finish(
    ports: &Ports,
    actor: &Actor,
    read: &Versioned<Subscription>,
    decided: Result<ChangeSet, String>,
    report: &mut EndingsReport,
) -> Result<bool, StoreError> {
    let detail = match decided {
        Ok(changes) => match ports.store.commit(changes).await {
            Ok(_) => return Ok(true),
            Err(
                StoreError::Conflict { .. }
                | StoreError::Duplicate(_)
                | StoreError::LimitReached { .. },
            ) => return Ok(false),
            Err(error @ StoreError::Unavailable(_)) => return Err(error),
            Err(error) => error.to_string(),
        },
        Err(detail) => detail,
    };
    report.skipped = report.skipped.saturating_add(1);
    let context = Context::new(ports.mint(), actor);
    let mut changes = ChangeSet::default();
    let body = DomainEvent::RunSkipped { run: RunKind::Endings, detail };
    context.record(&mut changes, read.id, body);
    ports.store.commit(changes).await?;
    Ok(false)
}
