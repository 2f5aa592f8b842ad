//! Asking for money, taking in what became of it, and the webhook inbox.

use super::{Ports, ServiceError, decide_again};
use crate::{
    change::{ChangeSet, Unique, Verdict},
    decide::{
        Books, Context,
        billing::{Affected, ApplyError, PayRefusal, learn, offer_expired},
    },
    kernel::{Money, Versioned},
    model::{
        Actor, Charge, ChargeStatus, ConfirmedBy, CycleStatus, Invoice, InvoiceId, Job, Lease,
        Payment, PaymentId, PaymentStatus, WebhookEvent, WebhookEventId, WebhookStatus,
        billing::PaymentTrigger, charge::Method, webhook::WebhookTrigger,
    },
    port::{PaymentGateway, Store, StoreError, gateway::Notice},
};

/// Why no payment was started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartRefusal {
    /// The gateway or method is not configured.
    #[error("there is no payment method `{0}`")]
    NoSuchMethod(String),
    /// The rules say no.
    #[error(transparent)]
    Pay(#[from] PayRefusal),
}

/// The ways to pay `amount`, with their gateways' names.
pub fn methods_for(ports: &Ports, amount: Money) -> Vec<(String, Method)> {
    let all = ports.gateways.iter().flat_map(|(name, gateway)| {
        gateway.methods().iter().map(move |method| (name.to_owned(), method.clone()))
    });
    all.filter(|(_, method)| method.takes(amount)).collect()
}

/// Starts paying an invoice. The charge itself is a task of the same commit; whoever waits for the
/// customer runs it at once with [`work::run_now`](crate::work::run_now).
///
/// # Errors
/// An invoice that is not there; a [`StartRefusal`].
pub async fn start(
    ports: &Ports,
    actor: &Actor,
    invoice_id: InvoiceId,
    gateway: &str,
    method: &str,
) -> Result<PaymentId, ServiceError<StartRefusal>> {
    let begun = super::offers::begin(ports, actor, invoice_id, gateway, method).await?;
    Ok(begun.payment_id)
}

/// What a payment's invoice drags along, read together.
pub(crate) async fn affected(
    store: &dyn Store,
    books: &Books,
    invoice: Versioned<Invoice>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Affected, StoreError> {
    let order = match invoice.order_id {
        Some(id) => store.order(id).await?,
        None => None,
    };
    let subscriptions = store.subscriptions_of_invoice(invoice.id).await?;
    let cycles = store.cycles_of_invoice(invoice.id).await?;
    let today = books.day_of(now);
    let (mut still_overdue, mut paid_elsewhere) = (Vec::new(), Vec::new());
    for subscription in &subscriptions {
        let others = store.cycles_of(subscription.id).await?;
        let owes = |cycle: &Versioned<crate::model::Cycle>| {
            cycle.status == CycleStatus::Invoiced
                && cycle.invoice_id != invoice.id
                && cycle.period_start <= today
        };
        if others.iter().any(owes) {
            still_overdue.push(subscription.id);
        }
        let paid = others
            .iter()
            .filter(|it| it.status == CycleStatus::Paid && it.invoice_id != invoice.id);
        if let Some(until) = paid.map(|it| it.period_end).max() {
            paid_elsewhere.push((subscription.id, until));
        }
    }
    let payments = store.payments_of(invoice.id).await?;
    let mut refunds = Vec::new();
    for payment in payments.iter().filter(|it| it.received.is_positive()) {
        refunds.extend(store.refunds_of(payment.id).await?);
    }
    Ok(Affected {
        invoice,
        order,
        subscriptions,
        cycles,
        payments,
        refunds,
        still_overdue,
        paid_elsewhere,
    })
}

/// Why what was learned could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The payment or its invoice is not there.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// Records are broken; a human must look.
    #[error(transparent)]
    Broken(#[from] ApplyError),
    /// The store failed, or the lease was lost.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What ends with the commit that takes the news in.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// The task that asked.
    pub lease: Option<Lease>,
    /// The webhook that made it ask.
    pub webhook: Option<Versioned<WebhookEvent>>,
}

impl Ending {
    fn add_to(&self, context: &Context<'_>, changes: &mut ChangeSet) {
        if let Some(lease) = &self.lease {
            changes.settle(lease, Verdict::Succeeded);
        }
        if let Some(read) = &self.webhook {
            close_webhook(context, read, WebhookTrigger::Processed, changes);
        }
    }
}

/// Takes in the provider's view of a payment, and settles what asked for it in the same commit.
///
/// Several triggers may bring the same news at once (webhook, poll, a second replica): each reads the
/// payment at its version, so one commits and the others find it done (defect D1).
///
/// # Errors
/// A [`LearnError`].
pub async fn take_in(
    ports: &Ports,
    actor: &Actor,
    payment_id: PaymentId,
    charge: &Charge,
    ending: &Ending,
) -> Result<Payment, LearnError> {
    let store = &*ports.store;
    let (_, payment) = decide_again!(store, {
        let read = store.payment(payment_id).await?.ok_or(LearnError::Missing("payment"))?;
        let invoice =
            store.invoice(read.invoice_id).await?.ok_or(LearnError::Missing("invoice"))?;
        let books = ports.books().await?;
        let affected = affected(store, &books, invoice, ports.now()).await?;
        let context = Context::new(ports.mint(), actor);
        let mut learned = learn(&context, &books, &read, &affected, charge)?;
        ending.add_to(&context, &mut learned.changes);
        (learned.changes, learned.payment)
    })?;
    Ok(payment)
}

/// Takes in that an offer ended without money by our own knowledge: it expired and nobody confirms
/// it, or the provider refused it for good.
///
/// # Errors
/// A [`LearnError`].
pub async fn end_offer(
    ports: &Ports,
    actor: &Actor,
    payment_id: PaymentId,
    trigger: PaymentTrigger,
    detail: &str,
    ending: &Ending,
) -> Result<(), LearnError> {
    let store = &*ports.store;
    decide_again!(store, {
        let read = store.payment(payment_id).await?.ok_or(LearnError::Missing("payment"))?;
        let context = Context::new(ports.mint(), actor);
        let mut learned = offer_expired(&context, &read, trigger, detail);
        ending.add_to(&context, &mut learned.changes);
        (learned.changes, ())
    })?;
    Ok(())
}

/// Why staff's confirmation of a transfer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmRefusal {
    /// The gateway tells us by itself.
    #[error("payments through {0} are confirmed by the provider, not by staff")]
    NotByStaff(String),
    /// Nothing arrived.
    #[error("the amount must be above zero and in the payment's currency")]
    Amount,
    /// It was confirmed before.
    #[error("this payment has been confirmed already")]
    Already,
    /// Records are broken.
    #[error(transparent)]
    Broken(#[from] ApplyError),
}

/// Staff have seen `amount` on the bank statement.
///
/// # Errors
/// A payment that is not there; a [`ConfirmRefusal`].
pub async fn confirm_transfer(
    ports: &Ports,
    actor: &Actor,
    payment_id: PaymentId,
    amount: Money,
    note: &str,
) -> Result<Payment, ServiceError<ConfirmRefusal>> {
    let payment =
        ports.store.payment(payment_id).await?.ok_or(ServiceError::NotFound("payment"))?;
    let by_staff = ports.gateways.get(&payment.gateway).is_some_and(|it| it.confirmed_by_staff());
    if !by_staff {
        return Err(ServiceError::Refused(ConfirmRefusal::NotByStaff(payment.value.gateway)));
    }
    if !amount.is_positive() || amount.currency() != payment.currency {
        return Err(ServiceError::Refused(ConfirmRefusal::Amount));
    }
    if payment.status == PaymentStatus::Succeeded {
        return Err(ServiceError::Refused(ConfirmRefusal::Already));
    }
    let charge = Charge {
        reference: payment.reference.clone(),
        provider_ref: payment.reference.clone(),
        status: ChargeStatus::Succeeded,
        amount,
        given_back: None,
        instructions: None,
        expires_at: None,
        paid_at: Some(ports.now()),
        detail: format!("confirmed by staff: {note}"),
    };
    match take_in(ports, actor, payment_id, &charge, &Ending::default()).await {
        Ok(payment) => Ok(payment),
        Err(LearnError::Missing(what)) => Err(ServiceError::NotFound(what)),
        Err(LearnError::Broken(error)) => Err(ServiceError::Refused(error.into())),
        Err(LearnError::Store(error)) => Err(error.into()),
    }
}

/// Why staff's "no such transfer" was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DenyRefusal {
    /// The gateway tells us by itself.
    #[error("payments through {0} are confirmed by the provider, not by staff")]
    NotByStaff(String),
    /// It ended already.
    #[error("this payment is over already: it is {0}")]
    Over(PaymentStatus),
}

/// Staff looked at the bank statement and found no such transfer: the offer ends. Money that still
/// comes can be confirmed all the same.
///
/// # Errors
/// A payment that is not there; a [`DenyRefusal`].
pub async fn deny_transfer(
    ports: &Ports,
    actor: &Actor,
    payment_id: PaymentId,
    note: &str,
) -> Result<(), ServiceError<DenyRefusal>> {
    let store = &*ports.store;
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = store.payment(payment_id).await?.ok_or(ServiceError::NotFound("payment"))?;
        if read.confirmed_by != ConfirmedBy::Staff {
            return Err(ServiceError::Refused(DenyRefusal::NotByStaff(read.value.gateway)));
        }
        if matches!(read.status, PaymentStatus::Succeeded | PaymentStatus::Failed) {
            return Err(ServiceError::Refused(DenyRefusal::Over(read.status)));
        }
        let context = Context::new(ports.mint(), actor);
        let detail = format!("not found by staff: {note}");
        (offer_expired(&context, &read, PaymentTrigger::Refused, &detail).changes, ())
    });
    done?;
    Ok(())
}

/// Stores a verified webhook and the task that will act on it. `None` when it is already there: the
/// provider repeats itself, and is answered the same (law 5).
///
/// # Errors
/// A store that failed: the provider is answered so that it tries again.
pub async fn store_webhook(
    ports: &Ports,
    gateway: &dyn PaymentGateway,
    notice: Notice,
    body: String,
) -> Result<Option<WebhookEventId>, StoreError> {
    let mint = ports.mint();
    let context = Context::new(mint, &Actor::System);
    let id: WebhookEventId = context.id();
    let mut changes = ChangeSet::default();
    let job = Job::ProcessWebhook { webhook_event_id: id };
    changes.task(context.task(format!("webhook/{}", id.stored()), job));
    changes.webhook_events.add(WebhookEvent {
        id,
        gateway: gateway.descriptor().id.to_owned(),
        event_key: notice.event_key,
        reference: notice.reference,
        body,
        status: WebhookStatus::Received,
        processed_at: None,
        created_at: context.now(),
        updated_at: context.now(),
    });
    match ports.store.commit(changes).await {
        Ok(_) => Ok(Some(id)),
        Err(StoreError::Duplicate(Unique::WebhookEvent)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Marks a stored webhook as dealt with.
pub(crate) fn close_webhook(
    context: &Context<'_>,
    read: &Versioned<WebhookEvent>,
    trigger: WebhookTrigger,
    changes: &mut ChangeSet,
) {
    let mut event = read.value.clone();
    if let Ok(status) = event.status.on(trigger) {
        event.status = status;
        event.processed_at = Some(context.now());
        event.updated_at = context.now();
        changes.webhook_events.change(read.with(event));
    }
}
