//! What customers do with an offer to pay: begin it, say that they paid, withdraw it.
//!
//! Each answers the task that carries it out, so that whoever waits can run it at once with
//! [`work::run_now`](crate::work::run_now); the queue runs it otherwise.

use super::{Ports, ServiceError, decide_again, payments::StartRefusal};
use crate::{
    decide::{
        Context,
        billing::{OfferOver, Started, ask_now, report_transfer, start_payment, withdraw_offer},
    },
    model::{Actor, ConfirmedBy, InvoiceId, Job, PaymentId, PaymentStatus, TaskId},
    port::StoreError,
};

/// A payment that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    /// Which payment.
    pub payment_id: PaymentId,
    /// The charge, when this is a new offer; `None` when the same offer was open already.
    pub charge: Option<TaskId>,
}

/// Begins paying an invoice through `method` of `gateway`.
///
/// # Errors
/// An invoice that is not there; a [`StartRefusal`].
pub async fn begin(
    ports: &Ports,
    actor: &Actor,
    invoice_id: InvoiceId,
    gateway: &str,
    method: &str,
) -> Result<Begun, ServiceError<StartRefusal>> {
    let unknown =
        || ServiceError::Refused(StartRefusal::NoSuchMethod(format!("{gateway}/{method}")));
    let adapter = ports.gateways.get(gateway).ok_or_else(unknown)?;
    let method = adapter.methods().iter().find(|it| it.id == method).ok_or_else(unknown)?;
    let confirmed_by =
        if adapter.confirmed_by_staff() { ConfirmedBy::Staff } else { ConfirmedBy::Provider };
    let store = &*ports.store;
    let committed = decide_again!(store, {
        let books = ports.books().await?;
        let invoice = store.invoice(invoice_id).await?.ok_or(ServiceError::NotFound("invoice"))?;
        let payments = store.payments_of(invoice_id).await?;
        let context = Context::new(ports.mint(), actor);
        match start_payment(&context, &books, &invoice, &payments, gateway, confirmed_by, method)
            .map_err(|refusal| ServiceError::Refused(refusal.into()))?
        {
            Started::Already(payment_id) => return Ok(Begun { payment_id, charge: None }),
            Started::New { payment_id, changes } => {
                let is_charge = |job: &Job| matches!(job, Job::Charge { .. });
                let charge = changes.tasks.iter().find(|it| is_charge(&it.job)).map(|it| it.id);
                (*changes, Begun { payment_id, charge })
            }
        }
    })?;
    Ok(committed.1)
}

/// Why the provider is not asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskRefusal {
    /// It was asked a moment ago.
    #[error("the provider was asked a moment ago; please wait a minute")]
    TooOften,
}

/// Has the provider asked at once what became of a payment. `None` when there is nothing to learn or
/// nobody to ask: it succeeded, or staff confirm it.
///
/// # Errors
/// A payment that is not there; an [`AskRefusal`].
pub async fn ask(
    ports: &Ports,
    actor: &Actor,
    id: PaymentId,
) -> Result<Option<TaskId>, ServiceError<AskRefusal>> {
    let payment = ports.store.payment(id).await?.ok_or(ServiceError::NotFound("payment"))?;
    let nobody = ports.gateways.get(&payment.gateway).is_none();
    if nobody
        || payment.confirmed_by == ConfirmedBy::Staff
        || payment.status == PaymentStatus::Succeeded
    {
        return Ok(None);
    }
    let context = Context::new(ports.mint(), actor);
    let (task_id, changes) = ask_now(&context, &payment);
    match ports.store.commit(changes).await {
        Ok(_) => Ok(Some(task_id)),
        Err(StoreError::LimitReached { .. }) => Err(ServiceError::Refused(AskRefusal::TooOften)),
        Err(error) => Err(error.into()),
    }
}

/// Withdraws an offer to pay.
///
/// # Errors
/// A payment that is not there; [`OfferOver`].
pub async fn withdraw(
    ports: &Ports,
    actor: &Actor,
    id: PaymentId,
) -> Result<Option<TaskId>, ServiceError<OfferOver>> {
    let payment = ports.store.payment(id).await?.ok_or(ServiceError::NotFound("payment"))?;
    let context = Context::new(ports.mint(), actor);
    let (task_id, changes) = withdraw_offer(&context, &payment).map_err(ServiceError::Refused)?;
    ports.store.commit(changes).await?;
    Ok(task_id)
}

/// Why a customer's word that they paid was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SaidRefusal {
    /// The provider was asked a moment ago.
    #[error(transparent)]
    Ask(#[from] AskRefusal),
    /// It succeeded, or staff looked and found nothing.
    #[error(transparent)]
    Over(#[from] OfferOver),
}

/// The customer says that they paid, perhaps with `words` about it, e.g. their bank's reference: the
/// provider is asked, and where there is none, staff are. Answers the task that asks.
///
/// # Errors
/// A payment that is not there; a [`SaidRefusal`].
pub async fn said_paid(
    ports: &Ports,
    actor: &Actor,
    id: PaymentId,
    words: Option<&str>,
) -> Result<Option<TaskId>, ServiceError<SaidRefusal>> {
    let store = &*ports.store;
    let payment = store.payment(id).await?.ok_or(ServiceError::NotFound("payment"))?;
    if payment.confirmed_by == ConfirmedBy::Provider {
        return ask(ports, actor, id).await.map_err(|error| match error {
            ServiceError::Refused(it) => ServiceError::Refused(it.into()),
            ServiceError::NotFound(what) => ServiceError::NotFound(what),
            ServiceError::Store(it) => ServiceError::Store(it),
        });
    }
    let done: Result<_, StoreError> = decide_again!(store, {
        let read = store.payment(id).await?.ok_or(ServiceError::NotFound("payment"))?;
        let context = Context::new(ports.mint(), actor);
        let changes = report_transfer(&context, &read, words)
            .map_err(|it| ServiceError::Refused(it.into()))?;
        (changes, ())
    });
    done?;
    Ok(None)
}
