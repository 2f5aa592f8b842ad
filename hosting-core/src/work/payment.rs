//! Tasks at gateways: charge, ask, cancel, act on a webhook.

use super::tick::{Done, WorkError};
use crate::{
    change::{ChangeSet, Verdict},
    decide::{
        Context,
        billing::{ask_key, lost},
    },
    kernel::{Effect, Versioned},
    model::{
        Actor, Charge, ChargeStatus, ConfirmedBy, Payment, PaymentId, PaymentStatus,
        WebhookEventId, WebhookStatus, billing::PaymentTrigger, webhook::WebhookTrigger,
    },
    port::{
        Failure, IdempotencyKey, LeasedTask, PaymentGateway,
        gateway::{ChargeRequest, Payer},
    },
    service::{
        Ports,
        payments::{Ending, close_webhook, end_offer, take_in},
    },
};

async fn load(ports: &Ports, id: PaymentId) -> Result<Versioned<Payment>, WorkError> {
    ports.store.payment(id).await?.ok_or(WorkError::Missing("payment"))
}

fn gateway<'p>(ports: &'p Ports, payment: &Payment) -> Result<&'p dyn PaymentGateway, WorkError> {
    let found = ports.gateways.get(&payment.gateway).map(|it| &**it);
    found
        .ok_or_else(|| WorkError::Other(format!("gateway `{}` is not configured", payment.gateway)))
}

fn actor(task: &LeasedTask) -> Actor {
    Actor::Task { task_id: task.lease.task_id }
}

fn ending(task: &LeasedTask) -> Ending {
    Ending { lease: Some(task.lease.clone()), webhook: None }
}

/// The call is tried again later; staff hear of what only they can mend.
async fn retry(
    ports: &Ports,
    task: &LeasedTask,
    payment: &Payment,
    failure: &Failure,
) -> Result<Done, WorkError> {
    super::gateway_trouble::tell(ports, &actor(task), payment, failure).await?;
    Ok(Done::Retry { effect: failure.effect(), error: failure.to_string() })
}

async fn learned(
    ports: &Ports,
    task: &LeasedTask,
    id: PaymentId,
    charge: &Charge,
) -> Result<Done, WorkError> {
    take_in(ports, &actor(task), id, charge, &ending(task)).await?;
    Ok(Done::Settled)
}

async fn ended(
    ports: &Ports,
    task: &LeasedTask,
    id: PaymentId,
    trigger: PaymentTrigger,
    detail: &str,
) -> Result<Done, WorkError> {
    end_offer(ports, &actor(task), id, trigger, detail, &ending(task)).await?;
    Ok(Done::Settled)
}

/// Asks the gateway for money. On any attempt but the first, and after an unknown outcome, it looks
/// first and adopts what it finds.
pub(super) async fn charge(
    ports: &Ports,
    task: &LeasedTask,
    id: PaymentId,
) -> Result<Done, WorkError> {
    let payment = load(ports, id).await?;
    if !matches!(payment.status, PaymentStatus::Pending | PaymentStatus::Unknown) {
        return Ok(Done::Succeeded);
    }
    let gateway = gateway(ports, &payment)?;
    let wanted = is_wanted(ports, &payment).await?;
    if task.attempts > 1 || payment.status == PaymentStatus::Unknown {
        match gateway.find(&payment.reference).await {
            // Nobody is to pay what is not owed any more.
            Ok(Some(found)) if !wanted && found.status == ChargeStatus::Pending => {
                return cancel(ports, task, id).await;
            }
            Ok(Some(found)) => return adopt(ports, task, gateway, &payment, found).await,
            Ok(None) => {}
            Err(failure) => return retry(ports, task, &payment, &failure).await,
        }
    }
    if payment.expires_at <= ports.now() {
        let why = "the offer ended before it reached the provider";
        return ended(ports, task, id, PaymentTrigger::Expired, why).await;
    }
    if !wanted {
        let why = "less is owed by now than this offer asks for";
        return ended(ports, task, id, PaymentTrigger::Refused, why).await;
    }
    let request = request(ports, &payment).await?;
    match gateway.charge(&request).await {
        Ok(charge) => learned(ports, task, id, &charge).await,
        Err(failure) => match failure.effect() {
            Effect::NoneRetry => retry(ports, task, &payment, &failure).await,
            Effect::NoneFinal => {
                super::gateway_trouble::tell(ports, &actor(task), &payment, &failure).await?;
                let why = failure.to_string();
                ended(ports, task, id, PaymentTrigger::Refused, &why).await
            }
            Effect::Unknown => unknown(ports, task, id, &failure).await,
        },
    }
}

/// Whether the invoice still owes what the payment asks for: it may have been paid otherwise,
/// withdrawn or cancelled while the charge waited in the queue.
async fn is_wanted(ports: &Ports, payment: &Payment) -> Result<bool, WorkError> {
    let invoice = ports.store.invoice(payment.invoice_id).await?;
    let invoice = invoice.ok_or(WorkError::Missing("invoice"))?;
    Ok(payment.amount.minor() <= invoice.balance().minor())
}

/// The charge is there from a call whose answer was lost. Where a look does not bring what the customer
/// needs to pay, the call is repeated under its reference and key: the port promises that this makes
/// no second charge and answers the same.
async fn adopt(
    ports: &Ports,
    task: &LeasedTask,
    gateway: &dyn PaymentGateway,
    payment: &Payment,
    found: Charge,
) -> Result<Done, WorkError> {
    let payable = found.status != ChargeStatus::Pending
        || found.instructions.is_some()
        || payment.instructions.is_some();
    if payable {
        return learned(ports, task, payment.id, &found).await;
    }
    let request = request(ports, payment).await?;
    let charge = gateway.charge(&request).await.unwrap_or(found);
    learned(ports, task, payment.id, &charge).await
}

/// Nobody knows whether the charge was made: that is written down before anything else.
async fn unknown(
    ports: &Ports,
    task: &LeasedTask,
    id: PaymentId,
    failure: &Failure,
) -> Result<Done, WorkError> {
    let read = load(ports, id).await?;
    let actor = actor(task);
    let context = Context::new(ports.mint(), &actor);
    let mut changes = lost(&context, &read, &failure.to_string()).changes;
    // This task itself goes on looking; the chain of asks begins when it has found something.
    changes.tasks.clear();
    let at = super::retry_at(
        context.now(),
        &*ports.entropy,
        crate::model::Lane::Payment,
        Effect::Unknown,
        task.attempts,
    );
    changes.settle(&task.lease, Verdict::RetryAt { at, error: failure.to_string() });
    match ports.store.commit(changes).await {
        Ok(_) => Ok(Done::Settled),
        // A webhook was faster than the lost answer: look again.
        Err(error) if error.is_conflict() => retry(ports, task, &read, failure).await,
        Err(error) => Err(error.into()),
    }
}

async fn request(ports: &Ports, payment: &Payment) -> Result<ChargeRequest, WorkError> {
    let store = &*ports.store;
    let customer =
        store.customer(payment.customer_id).await?.ok_or(WorkError::Missing("customer"))?.value;
    let invoice =
        store.invoice(payment.invoice_id).await?.ok_or(WorkError::Missing("invoice"))?.value;
    Ok(ChargeRequest {
        reference: payment.reference.clone(),
        key: IdempotencyKey::new(payment.id.stored()),
        method: payment.method.clone(),
        amount: payment.amount,
        expires_at: payment.expires_at,
        now: ports.now(),
        description: invoice.number.unwrap_or_default(),
        payer: Payer { name: customer.name, email: customer.email, phone: customer.phone },
    })
}

/// Asks the gateway what became of a payment.
pub(super) async fn ask(
    ports: &Ports,
    task: &LeasedTask,
    id: PaymentId,
) -> Result<Done, WorkError> {
    let payment = load(ports, id).await?;
    if is_superseded(task, &payment) {
        return Ok(Done::Succeeded);
    }
    if payment.confirmed_by == ConfirmedBy::Staff {
        return ask_staff(ports, task, &payment).await;
    }
    match gateway(ports, &payment)?.find(&payment.reference).await {
        Ok(Some(charge)) => learned(ports, task, id, &charge).await,
        Ok(None) if payment.expires_at <= ports.now() => {
            let why = "the provider knows nothing of it";
            ended(ports, task, id, PaymentTrigger::Expired, why).await
        }
        Ok(None) => Ok(Done::Retry {
            effect: Effect::NoneRetry,
            error: "the provider does not know it yet".to_owned(),
        }),
        Err(failure) => retry(ports, task, &payment, &failure).await,
    }
}

/// A link of the chain of asks is good only for the number of asks it was made for: whoever asked
/// meanwhile (a webhook, a customer) made the next link, and two chains would never become one again.
fn is_superseded(task: &LeasedTask, payment: &Payment) -> bool {
    task.key.starts_with("ask/") && task.key != ask_key(payment)
}

/// A transfer that nobody confirmed until its end is over, unless the customer says that they paid:
/// then staff decide. There is nobody else to ask, so one that ended is not looked at again; a time
/// to ask that stayed behind would have it queued every hour, before payments that can be asked.
async fn ask_staff(
    ports: &Ports,
    task: &LeasedTask,
    payment: &Versioned<Payment>,
) -> Result<Done, WorkError> {
    let waits = payment.status.is_in_flight() && !payment.awaits_review();
    if waits && payment.expires_at <= ports.now() {
        let why = "nobody confirmed the transfer in time";
        return ended(ports, task, payment.id, PaymentTrigger::Expired, why).await;
    }
    let mut changes = ChangeSet::default();
    if !waits {
        if payment.next_ask_at.is_some() {
            let mut settled = payment.value.clone();
            settled.next_ask_at = None;
            settled.updated_at = ports.now();
            changes.payments.change(payment.with(settled));
        }
        changes.settle(&task.lease, Verdict::Succeeded);
        ports.store.commit(changes).await?;
        return Ok(Done::Settled);
    }
    let error = "waiting for staff to confirm the transfer".to_owned();
    changes.settle(&task.lease, Verdict::RetryAt { at: payment.expires_at, error });
    ports.store.commit(changes).await?;
    Ok(Done::Settled)
}

/// Ends an unpaid offer; the customer may have been faster, and then the money is taken in.
pub(super) async fn cancel(
    ports: &Ports,
    task: &LeasedTask,
    id: PaymentId,
) -> Result<Done, WorkError> {
    let payment = load(ports, id).await?;
    if !payment.status.is_in_flight() {
        return Ok(Done::Succeeded);
    }
    match gateway(ports, &payment)?.cancel(&payment.reference).await {
        Ok(charge) => learned(ports, task, id, &charge).await,
        Err(failure) if failure.effect() == Effect::NoneFinal => ask(ports, task, id).await,
        Err(failure) => retry(ports, task, &payment, &failure).await,
    }
}

/// Acts on a stored webhook by asking its gateway for the truth (law 4).
pub(super) async fn webhook(
    ports: &Ports,
    task: &LeasedTask,
    id: WebhookEventId,
) -> Result<Done, WorkError> {
    let store = &*ports.store;
    let event = store.webhook_event(id).await?.ok_or(WorkError::Missing("webhook"))?;
    if event.status != WebhookStatus::Received {
        return Ok(Done::Succeeded);
    }
    let payment = match &event.reference {
        Some(reference) => store.payment_by_reference(&event.gateway, reference).await?,
        None => None,
    };
    let actor = actor(task);
    let Some(payment) = payment else {
        let context = Context::new(ports.mint(), &actor);
        let mut changes = ChangeSet::default();
        close_webhook(&context, &event, WebhookTrigger::Ignored, &mut changes);
        changes.settle(&task.lease, Verdict::Succeeded);
        store.commit(changes).await?;
        return Ok(Done::Settled);
    };
    match gateway(ports, &payment)?.find(&payment.reference).await {
        Ok(Some(charge)) => {
            let ending = Ending { lease: Some(task.lease.clone()), webhook: Some(event) };
            take_in(ports, &actor, payment.id, &charge, &ending).await?;
            Ok(Done::Settled)
        }
        Ok(None) => Ok(Done::Retry {
            effect: Effect::NoneRetry,
            error: "the provider does not know its own message's charge yet".to_owned(),
        }),
        Err(failure) => retry(ports, task, &payment, &failure).await,
    }
}
