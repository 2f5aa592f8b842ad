//! Giving money back through a gateway.

use super::tick::{Done, WorkError};
use crate::{
    change::Verdict,
    decide::{Context, billing::refund_outcome},
    kernel::{Effect, Versioned},
    model::{Actor, Lane, Refund, RefundId, RefundStatus},
    port::{Failure, IdempotencyKey, LeasedTask, gateway::RefundState},
    service::Ports,
};

/// Gives the money back, or finds that it was given back already.
pub(super) async fn refund(
    ports: &Ports,
    task: &LeasedTask,
    id: RefundId,
) -> Result<Done, WorkError> {
    let store = &*ports.store;
    let read = store.refund(id).await?.ok_or(WorkError::Missing("refund"))?;
    if !matches!(read.status, RefundStatus::Pending | RefundStatus::Unknown) {
        return Ok(Done::Succeeded);
    }
    let payment = store.payment(read.payment_id).await?.ok_or(WorkError::Missing("payment"))?.value;
    let gateway = ports.gateways.get(&payment.gateway).map(|it| &**it);
    let Some(refunds) = gateway.and_then(|it| it.refunds()) else {
        let failure = Failure::refused("refund", "this gateway cannot give money back by itself");
        return finish(ports, task, &read, Err(failure)).await;
    };
    let key = IdempotencyKey::new(id.stored());
    if task.attempts > 1 || read.status == RefundStatus::Unknown {
        match refunds.find_refund(&payment.reference, &key).await {
            Ok(Some(state)) => return finish(ports, task, &read, Ok(state)).await,
            Ok(None) => {}
            Err(failure) => {
                return Ok(Done::Retry { effect: failure.effect(), error: failure.to_string() });
            }
        }
    }
    let outcome = refunds.refund(&payment.reference, read.amount, &key, &read.reason).await;
    finish(ports, task, &read, outcome).await
}

async fn finish(
    ports: &Ports,
    task: &LeasedTask,
    read: &Versioned<Refund>,
    outcome: Result<RefundState, Failure>,
) -> Result<Done, WorkError> {
    let actor = Actor::Task { task_id: task.lease.task_id };
    let context = Context::new(ports.mint(), &actor);
    let retry = |effect, error: &str| Verdict::RetryAt {
        at: super::retry_at(context.now(), &*ports.entropy, Lane::Payment, effect, task.attempts),
        error: error.to_owned(),
    };
    let (mut changes, verdict) = match &outcome {
        Ok(state) if !state.completed => {
            // Asked for and not paid out yet: known, so nothing is repeated, only looked at again.
            let error = "the provider has not paid it out yet";
            let changes = refund_outcome(&context, read, Err((Effect::Unknown, error)))?;
            (changes, retry(Effect::NoneRetry, error))
        }
        Ok(state) => (refund_outcome(&context, read, Ok(&state.provider_ref))?, Verdict::Succeeded),
        Err(failure) => {
            let error = failure.to_string();
            let changes = refund_outcome(&context, read, Err((failure.effect(), &error)))?;
            let verdict = match failure.effect() {
                Effect::NoneFinal => Verdict::Failed { error },
                effect => retry(effect, &error),
            };
            (changes, verdict)
        }
    };
    changes.settle(&task.lease, verdict);
    ports.store.commit(changes).await?;
    Ok(Done::Settled)
}
