//! Giving money back through a gateway.

use super::tick::{Done, WorkError};
use crate::{
    change::{ChangeSet, Verdict},
    decide::{
        Context,
        billing::{RefundOutcome, RefundRefusal, refund_outcome, reopen},
    },
    kernel::{Effect, Versioned},
    model::{Actor, DomainEvent, Lane, Payment, Refund, RefundId, RefundStatus},
    port::{Failure, IdempotencyKey, LeasedTask, gateway::RefundState},
    service::{Ports, decide_again, payments::affected},
};

async fn load(ports: &Ports, id: RefundId) -> Result<Versioned<Refund>, WorkError> {
    ports.store.refund(id).await?.ok_or(WorkError::Missing("refund"))
}

async fn paid_with(ports: &Ports, refund: &Refund) -> Result<Versioned<Payment>, WorkError> {
    ports.store.payment(refund.payment_id).await?.ok_or(WorkError::Missing("payment"))
}

/// Gives the money back, or finds that it was given back already.
pub(super) async fn refund(
    ports: &Ports,
    task: &LeasedTask,
    id: RefundId,
) -> Result<Done, WorkError> {
    let mut read = load(ports, id).await?;
    match read.status {
        RefundStatus::Succeeded => return Ok(Done::Succeeded),
        // Staff had the dead letter tried again: that is another attempt at the same refund.
        RefundStatus::Failed => match wait_again(ports, task, id).await? {
            Ok(()) => read = load(ports, id).await?,
            Err(refused) => {
                let error = refused.to_string();
                return Ok(Done::GiveUp { changes: Box::default(), error });
            }
        },
        RefundStatus::Pending | RefundStatus::Unknown => {}
    }
    let payment = paid_with(ports, &read).await?.value;
    let gateway = ports.gateways.get(&payment.gateway).map(|it| &**it);
    let Some(refunds) = gateway.and_then(|it| it.refunds()) else {
        let failure = Failure::refused("refund", "this gateway cannot give money back by itself");
        return finish(ports, task, id, Err(failure)).await;
    };
    let key = IdempotencyKey::new(id.stored());
    // A refund that has words of the provider was asked for before.
    let asked_before = read.status == RefundStatus::Unknown || !read.detail.is_empty();
    if task.attempts > 1 || asked_before {
        match refunds.find_refund(&payment.reference, &key).await {
            Ok(Some(state)) => return finish(ports, task, id, Ok(state)).await,
            Ok(None) => {}
            Err(failure) => {
                // A look that failed says nothing about what an earlier attempt did.
                let open = Failure::unknown("refund", failure.to_string());
                return finish(ports, task, id, Err(open)).await;
            }
        }
    }
    let outcome = refunds.refund(&payment.reference, read.amount, &key, &read.reason).await;
    finish(ports, task, id, outcome).await
}

async fn wait_again(
    ports: &Ports,
    task: &LeasedTask,
    id: RefundId,
) -> Result<Result<(), RefundRefusal>, WorkError> {
    let store = &*ports.store;
    let actor = Actor::Task { task_id: task.lease.task_id };
    let done = decide_again!(store, {
        let read = load(ports, id).await?;
        let payment = paid_with(ports, &read).await?;
        let invoice = store.invoice(read.invoice_id).await?;
        let invoice = invoice.ok_or(WorkError::Missing("invoice"))?;
        let affected = affected(store, &ports.books().await?, invoice, ports.now()).await?;
        match reopen(&Context::new(ports.mint(), &actor), &read, &payment, &affected) {
            Ok(changes) => (changes, ()),
            Err(refused) => return Ok(Err(refused)),
        }
    });
    done.map_err(WorkError::Store)?;
    Ok(Ok(()))
}

/// Takes the outcome in, and settles the task with it. What is not known after the last attempt stays
/// unknown, as a dead letter: staff are told, and the gateway is not asked any more.
async fn finish(
    ports: &Ports,
    task: &LeasedTask,
    id: RefundId,
    outcome: Result<RefundState, Failure>,
) -> Result<Done, WorkError> {
    let store = &*ports.store;
    let actor = Actor::Task { task_id: task.lease.task_id };
    let detail = match &outcome {
        Ok(_) => "the provider has not paid it out yet".to_owned(),
        Err(failure) => failure.to_string(),
    };
    if let Err(failure) = &outcome {
        let payment = paid_with(ports, &load(ports, id).await?.value).await?;
        super::gateway_trouble::tell(ports, &actor, &payment, failure).await?;
    }
    let (means, ends) = meaning(task, &outcome, &detail);
    let done = decide_again!(store, {
        let read = load(ports, id).await?;
        if read.status == RefundStatus::Succeeded {
            return Ok(Done::Succeeded);
        }
        let payment = paid_with(ports, &read).await?;
        let invoice = store.invoice(read.invoice_id).await?;
        let invoice = invoice.ok_or(WorkError::Missing("invoice"))?;
        let books = ports.books().await?;
        let affected = affected(store, &books, invoice, ports.now()).await?;
        let context = Context::new(ports.mint(), &actor);
        let mut changes = refund_outcome(&context, &books, &read, &payment, &affected, means)
            .map_err(|error| WorkError::Other(error.to_string()))?;
        settle(ports, &context, task, ends, &detail, &mut changes);
        (changes, ())
    });
    done.map_err(WorkError::Store)?;
    Ok(Done::Settled)
}

/// How the task ends.
#[derive(Debug, Clone, Copy)]
enum Ends {
    Succeeded,
    Again(Effect),
    Failed,
}

fn meaning<'a>(
    task: &LeasedTask,
    outcome: &'a Result<RefundState, Failure>,
    detail: &'a str,
) -> (RefundOutcome<'a>, Ends) {
    let last = task.attempts >= task.max_attempts;
    let effect = match outcome {
        Ok(state) if state.completed => {
            return (RefundOutcome::Done(&state.provider_ref), Ends::Succeeded);
        }
        // Asked for and not paid out yet: known, so nothing is repeated, only looked at again.
        Ok(_) => Effect::Unknown,
        Err(failure) => failure.effect(),
    };
    match effect {
        Effect::NoneFinal => (RefundOutcome::Refused(detail), Ends::Failed),
        // The last look found nothing and the last call did nothing.
        Effect::NoneRetry if last => (RefundOutcome::Refused(detail), Ends::Failed),
        Effect::Unknown if last => (RefundOutcome::GivenUp(detail), Ends::Failed),
        effect => (RefundOutcome::Again(effect, detail), Ends::Again(effect)),
    }
}

fn settle(
    ports: &Ports,
    context: &Context<'_>,
    task: &LeasedTask,
    ends: Ends,
    detail: &str,
    changes: &mut ChangeSet,
) {
    let error = detail.to_owned();
    let verdict = match ends {
        Ends::Succeeded => Verdict::Succeeded,
        Ends::Again(effect) => {
            let at = super::retry_at(
                context.now(),
                &*ports.entropy,
                Lane::Payment,
                effect,
                task.attempts,
            );
            Verdict::RetryAt { at, error }
        }
        Ends::Failed => {
            let body = DomainEvent::TaskFailed { detail: error.clone() };
            context.record(changes, task.lease.task_id, body);
            Verdict::Failed { error }
        }
    };
    changes.settle(&task.lease, verdict);
}
