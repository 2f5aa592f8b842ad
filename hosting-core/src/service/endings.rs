//! The endings run: cancellations whose time has come, accounts whose retention ended.

use chrono::{DateTime, Utc};

use super::{
    Ports,
    dunning::{allowance, money_trail, tell},
    once::{skipped, unreadable},
    origin::end_with_order,
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
    kernel::{MoneyError, Versioned, calendar::later},
    model::{
        Actor, Cycle, CycleStatus, Invoice, InvoiceStatus, Job, RunKind, Subscription,
        SubscriptionStatus, subscription::SubscriptionKind,
    },
    port::{Store, StoreError},
};

const RUN: RunKind = RunKind::Endings;

/// What a call did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EndingsReport {
    /// Cancellations that had their effect.
    pub cancelled: u64,
    /// Accounts that were ordered to be removed.
    pub terminated: u64,
    /// Accounts that would have been, with a part of the proof missing.
    pub not_proven: u64,
    /// Rows that wait because of a hold on the customer or the service.
    pub on_hold: u64,
    /// Rows that could not be decided, each recorded in the journal once.
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
        let Some(next) = page.last else { break };
        let broken = unreadable::<SubscriptionKind>(ports, actor, RUN, page.unreadable).await?;
        report.skipped = report.skipped.saturating_add(broken);
        for read in page.rows {
            let due = read.cancel_at.unwrap_or(ports.now());
            let decided = cancellation(ports, actor, books, &read).await;
            if finish(ports, actor, &read, due, decided, report).await? {
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
        let Some(next) = page.last else { break };
        let broken = unreadable::<SubscriptionKind>(ports, actor, RUN, page.unreadable).await?;
        report.skipped = report.skipped.saturating_add(broken);
        for read in page.rows {
            if kept_until(books, &read, ports.now()) > ports.now() {
                continue;
            }
            let due = read.terminate_at.unwrap_or(ports.now());
            let decided = removal(ports, actor, books, &read, &mut allowance).await;
            if finish(ports, actor, &read, due, decided, report).await? {
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

/// Why a row's time has come and nothing is done about it now.
#[derive(Debug, thiserror::Error)]
enum Wait {
    #[error("its customer is not there")]
    NoCustomer,
    #[error("on hold: {0}")]
    OnHold(String),
    #[error("it is not proven that nobody paid")]
    NotProven,
    #[error(transparent)]
    Cancel(CancelRefusal),
    #[error(transparent)]
    Terminate(TerminateRefusal),
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CancelRefusal> for Wait {
    fn from(refusal: CancelRefusal) -> Self {
        match refusal {
            CancelRefusal::OnHold(reason) => Self::OnHold(reason),
            other => Self::Cancel(other),
        }
    }
}

impl From<TerminateRefusal> for Wait {
    fn from(refusal: TerminateRefusal) -> Self {
        match refusal {
            TerminateRefusal::OnHold(reason) => Self::OnHold(reason),
            other => Self::Terminate(other),
        }
    }
}

async fn cancellation(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    read: &Versioned<Subscription>,
) -> Result<ChangeSet, Wait> {
    let store = &*ports.store;
    let customer = store.customer(read.customer_id).await?.ok_or(Wait::NoCustomer)?;
    let bills = open_bills(store, read).await?;
    let context = Context::new(ports.mint(), actor);
    let mut changes = cancellation_due(&context, books, read, &customer, &bills)?;
    end_with_order(store, &context, &mut changes).await?;
    Ok(changes)
}

async fn removal(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    read: &Versioned<Subscription>,
    allowance: &mut Allowance,
) -> Result<ChangeSet, Wait> {
    let store = &*ports.store;
    let customer = store.customer(read.customer_id).await?.ok_or(Wait::NoCustomer)?;
    let context = Context::new(ports.mint(), actor);
    if read.status == SubscriptionStatus::Cancelled {
        return Ok(terminate_cancelled(&context, read, &customer)?);
    }
    let Some((invoice, cycle)) = overdue_bill(store, read).await? else {
        return Err(Wait::NotProven);
    };
    let trail = money_trail(store, &invoice).await??;
    let evidence = Evidence {
        invoice: &invoice,
        cycles: &[cycle],
        trail: &trail,
        customer: &customer,
        subscription: read,
    };
    match ProvenUnpaid::prove(&context, books, &evidence, allowance) {
        Ok(proof) => {
            let mut changes = terminate_unpaid(&context, read, proof)?;
            end_with_order(store, &context, &mut changes).await?;
            Ok(changes)
        }
        Err(NotProven::OnHold(reason)) => Err(Wait::OnHold(reason)),
        Err(missing) => {
            tell(ports, actor, books, "terminations", allowance, &invoice, &missing).await?;
            ask_provider(ports, &context, &missing).await?;
            Err(Wait::NotProven)
        }
    }
}

/// The overdue invoice of a suspended service, with the period it is for.
async fn overdue_bill(
    store: &dyn Store,
    subscription: &Subscription,
) -> Result<Option<(Versioned<Invoice>, Versioned<Cycle>)>, StoreError> {
    for cycle in store.cycles_of(subscription.id).await? {
        if cycle.status != CycleStatus::Invoiced {
            continue;
        }
        if let Some(invoice) = store.invoice(cycle.invoice_id).await?
            && invoice.status == InvoiceStatus::Overdue
        {
            return Ok(Some((invoice, cycle)));
        }
    }
    Ok(None)
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

/// Commits one decision. `false` when somebody was faster, it has to wait, or it was refused; the run
/// goes on.
async fn finish(
    ports: &Ports,
    actor: &Actor,
    read: &Versioned<Subscription>,
    due: DateTime<Utc>,
    decided: Result<ChangeSet, Wait>,
    report: &mut EndingsReport,
) -> Result<bool, StoreError> {
    let committed = match decided {
        Ok(changes) => ports.store.commit(changes).await.map_err(Wait::Store),
        Err(wait) => Err(wait),
    };
    let Err(wait) = committed else { return Ok(true) };
    let counted = match &wait {
        Wait::Store(
            StoreError::Conflict { .. }
            | StoreError::Duplicate(_)
            | StoreError::LimitReached { .. },
        ) => return Ok(false),
        Wait::OnHold(_) => &mut report.on_hold,
        Wait::NotProven => &mut report.not_proven,
        _ => &mut report.skipped,
    };
    *counted = counted.saturating_add(1);
    match wait {
        Wait::OnHold(_) | Wait::NotProven => Ok(false),
        Wait::Store(error @ StoreError::Unavailable(_)) => Err(error),
        other => {
            skipped(ports, actor, RUN, read.id, due, other.to_string()).await?;
            Ok(false)
        }
    }
}
