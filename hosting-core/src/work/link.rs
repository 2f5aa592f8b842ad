//! Answering a guest who asked for a link by mail.
//!
//! The request only ordered the look, whoever asked: here it is found out whether anybody has the
//! address. An address that nobody has is the end of the task, and nobody is told.

use super::tick::{Done, WorkError};
use crate::{
    change::{ChangeSet, Verdict},
    decide::{
        Context,
        access::{MailToken, answer_guest},
    },
    kernel::{Email, Sealed},
    model::{Actor, LinkCause, OneTimeTokenId, access::TokenHash},
    port::LeasedTask,
    service::{
        Ports,
        access::{link_place, token_place},
    },
};

/// What a guest asked for.
pub(super) struct Asked<'a> {
    pub(super) email: &'a Email,
    pub(super) cause: LinkCause,
    pub(super) token_id: OneTimeTokenId,
    pub(super) token_hash: &'a TokenHash,
    pub(super) token: &'a Sealed,
}

/// Stores the token and orders the mail, if there is somebody to mail.
pub(super) async fn answer(
    ports: &Ports,
    task: &LeasedTask,
    asked: &Asked<'_>,
) -> Result<Done, WorkError> {
    let mut changes = match ports.store.user_by_email(asked.email).await? {
        Some(user) if user.deleted_at.is_none() => {
            let opened = ports.secrets.open(asked.token, &link_place(asked.token_id));
            let text = opened.map_err(|error| WorkError::Other(error.to_string()))?;
            let sealed = ports.secrets.seal(&text, &token_place(user.id), ports.nonce());
            let link = MailToken { id: asked.token_id, hash: asked.token_hash.clone(), sealed };
            let actor = Actor::Task { task_id: task.lease.task_id };
            let context = Context::new(ports.mint(), &actor);
            // An account that is shut, or has nothing to prove, is mailed nothing either.
            answer_guest(&context, &user, asked.cause, &link).unwrap_or_default()
        }
        _ => ChangeSet::default(),
    };
    changes.settle(&task.lease, Verdict::Succeeded);
    ports.store.commit(changes).await?;
    Ok(Done::Settled)
}
