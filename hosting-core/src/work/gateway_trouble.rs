//! What only staff can mend at a gateway: keys that are refused, a way to pay that is not active.

use chrono::TimeDelta;

use super::tick::WorkError;
use crate::{
    change::{ChangeSet, Take},
    decide::Context,
    kernel::calendar::later,
    model::{Actor, Job, MailKind, Payment},
    port::{Failure, StoreError, gateway::METHOD_INACTIVE},
    service::Ports,
};

/// Mails staff about `failure` when it is theirs to mend, once a day for each gateway, or each way to
/// pay. Nobody is told of anything else: it is the customer's, or goes away by itself.
pub(super) async fn tell(
    ports: &Ports,
    actor: &Actor,
    payment: &Payment,
    failure: &Failure,
) -> Result<(), WorkError> {
    let (kind, what) = if failure.is_server_wide() {
        (MailKind::GatewayKeysRefused, payment.gateway.clone())
    } else if failure.code() == Some(METHOD_INACTIVE) {
        (MailKind::GatewayMethodInactive, format!("{}/{}", payment.gateway, payment.method))
    } else {
        return Ok(());
    };
    let context = Context::new(ports.mint(), actor);
    let day = ports.store.shop().await?.zone.date_of(context.now());
    let key = format!("told/{kind}/{what}/{day}");
    let mut changes = ChangeSet::default();
    changes.takes.push(Take {
        expires_at: Some(later(context.now(), TimeDelta::days(2))),
        ..Take::one(key.clone(), Some(1))
    });
    let job = Job::MailStaff { kind, payment_id: Some(payment.id), refund_id: None };
    changes.task(context.task(format!("mail/staff/{key}"), job).unless_there());
    match ports.store.commit(changes).await {
        // They have been told today.
        Ok(_) | Err(StoreError::LimitReached { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
