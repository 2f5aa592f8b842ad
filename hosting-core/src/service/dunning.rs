//! The dunning run: reminders, overdue, suspension with proof (laws 6 and 7).

use chrono::{DateTime, Utc};

use super::{
    Ports,
    once::{once, skipped, unreadable},
    renewals::{At, Slice},
};
use crate::{
    decide::{
        Books, Context,
        subscription::{Allowance, Bill, DunRefusal, Dunned, MoneyTrail, NotProven, dun},
    },
    kernel::{MoneyError, Versioned},
    model::{
        Actor, DomainEvent, Invoice, InvoiceId, Job, MailKind, PaymentId, RunKind, Subject,
        billing::InvoiceKind,
    },
    port::{Store, StoreError},
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
        let Some(next) = page.last else {
            report.resume = None;
            return Ok(report);
        };
        let broken =
            unreadable::<InvoiceKind>(ports, actor, RunKind::Dunning, page.unreadable).await?;
        report.skipped = report.skipped.saturating_add(broken);
        for invoice in page.rows {
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
            if dunned.not_proven.is_some() {
                report.not_proven = report.not_proven.saturating_add(1);
            }
            let suspended = u64::from(dunned.suspended);
            match ports.store.commit(dunned.changes).await {
                Ok(_) => {
                    report.suspended = report.suspended.saturating_add(suspended);
                    let what = "suspensions";
                    return match dunned.not_proven {
                        Some(missing) => {
                            tell(ports, actor, books, what, allowance, &invoice, &missing).await
                        }
                        None => Ok(()),
                    };
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
    let due = invoice.next_dunning_at.unwrap_or(invoice.due_at);
    skipped(ports, actor, RunKind::Dunning, invoice.id, due, problem).await
}

#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error("its customer is not there")]
    NoCustomer,
    #[error(transparent)]
    Refused(#[from] DunRefusal),
    #[error(transparent)]
    Money(#[from] MoneyError),
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
    let cycles = store.cycles_of_invoice(invoice.id).await?;
    let trail = money_trail(store, invoice).await??;
    let context = Context::new(ports.mint(), actor);
    let bill = Bill {
        invoice,
        subscriptions: &subscriptions,
        cycles: &cycles,
        trail: &trail,
        customer: &customer,
    };
    Ok(dun(&context, books, &bill, allowance)?)
}

/// Reads all that is known of money for `invoice`, which was read before: a payment that is started
/// after this makes a new version of the invoice, and a commit that guards it conflicts.
///
/// # Errors
/// A store that failed; inside, amounts that cannot be added up.
pub(crate) async fn money_trail(
    store: &dyn Store,
    invoice: &Versioned<Invoice>,
) -> Result<Result<MoneyTrail, MoneyError>, StoreError> {
    let payments = store.payments_of(invoice.id).await?;
    let mut unapplied = Vec::new();
    for payment in store.unapplied_payments(invoice.customer_id).await? {
        let refunds = store.refunds_of(payment.id).await?;
        unapplied.push((payment, refunds));
    }
    Ok(MoneyTrail::new(invoice, payments, &unapplied))
}

/// Tells staff of a proof that failed for something that only they can settle.
pub(crate) async fn tell(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    what: &str,
    allowance: &Allowance,
    invoice: &Invoice,
    missing: &NotProven,
) -> Result<(), StoreError> {
    match missing {
        NotProven::CapReached(_) => ask_a_human(ports, actor, books, what, allowance).await,
        NotProven::MoneyWaits(payments) => {
            for payment in payments {
                money_waits(ports, actor, invoice, *payment).await?;
            }
            Ok(())
        }
        NotProven::Mismatch(detail) => {
            let (due, detail) = (invoice.due_at, (*detail).to_owned());
            skipped(ports, actor, RunKind::Dunning, invoice.id, due, detail).await
        }
        NotProven::NotOverdue
        | NotProven::InGrace(_)
        | NotProven::OnHold(_)
        | NotProven::InFlight { .. }
        | NotProven::NotAsked(_) => Ok(()),
    }
}

/// Writes once, and mails staff once, that a payment waits although its customer owes this invoice.
async fn money_waits(
    ports: &Ports,
    actor: &Actor,
    invoice: &Invoice,
    payment_id: PaymentId,
) -> Result<(), StoreError> {
    let pair = format!("{}/{}", invoice.id.stored(), payment_id.stored());
    once(ports, actor, format!("money-waits/{pair}"), |context, changes| {
        let detail = format!("{payment_id} waits to be applied; nothing is switched off meanwhile");
        context.record(changes, invoice.id, DomainEvent::EnforcementStopped { detail });
        let (kind, payment_id) = (MailKind::PaymentUnapplied, Some(payment_id));
        let job = Job::MailStaff { kind, payment_id, refund_id: None };
        let key = format!("mail/staff/waits/{pair}");
        changes.task(context.task(key, job).unless_there());
    })
    .await
    .map(drop)
}

/// Writes once a day that a cap was reached.
pub(crate) async fn ask_a_human(
    ports: &Ports,
    actor: &Actor,
    books: &Books,
    what: &str,
    allowance: &Allowance,
) -> Result<(), StoreError> {
    let Allowance { day, cap, .. } = allowance;
    once(ports, actor, format!("enforcement/{what}/{day}/told"), |context, changes| {
        let detail = format!("the cap of {cap} {what} a day is reached on {day}");
        let subject = Subject::from_stored(format!("shop/{}", books.shop.zone));
        context.record(changes, subject, DomainEvent::EnforcementStopped { detail });
    })
    .await
    .map(drop)
}
