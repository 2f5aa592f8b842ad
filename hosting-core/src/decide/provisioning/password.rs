//! Passwords of accounts: how they are chosen, and giving an account another one.

use chrono::TimeDelta;

use super::pause::{CALLERS, crowd};
use crate::{
    change::{ChangeSet, Take},
    decide::Context,
    kernel::{Sealed, Secret, calendar::later},
    model::{AccountStatus, DomainEvent, Job, PanelAccount, Subscription, TaskId},
};

/// How often an hour the password of one account may be replaced.
const RESETS_AN_HOUR: i64 = 5;

/// Why no new password was ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    /// The account is not made yet, or gone.
    #[error("this service has no account now")]
    NoAccount,
    /// The service is switched off or ended.
    #[error("this service is not switched on")]
    NotServed,
    /// Another one is on its way, or there were too many.
    #[error("a new password was asked for a moment ago; please try again later")]
    TooOften,
}

/// A password of 24 characters with letters of both cases, digits and signs: strong enough for every
/// panel's rule. Made of the first 20 of `bytes`, six bits each.
pub fn panel_password(bytes: [u8; 32]) -> Secret {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_+=.:%";
    let pick = |byte: &u8| {
        let index = usize::from(*byte).checked_rem(ALPHABET.len()).unwrap_or(0);
        char::from(ALPHABET.get(index).copied().unwrap_or(b'x'))
    };
    let body: String = bytes.iter().take(20).map(pick).collect();
    Secret::new(format!("{body}-aZ9"))
}

/// Orders a new password for the account of `subscription`, sealed for
/// `tasks/password/<subscription>`. While one is on its way another one is refused by its task's key.
///
/// # Errors
/// A [`PasswordRefusal`].
pub fn reset_panel_password(
    context: &Context<'_>,
    subscription: &Subscription,
    account: Option<&PanelAccount>,
    password: Sealed,
) -> Result<(TaskId, ChangeSet), PasswordRefusal> {
    let made = account.filter(|it| it.status == AccountStatus::Active);
    if !subscription.status.is_served() {
        return Err(PasswordRefusal::NotServed);
    }
    let account = made.ok_or(PasswordRefusal::NoAccount)?;
    let id = subscription.id.stored();
    let hour = context.now().timestamp().checked_div(3600).unwrap_or(0);
    let mut changes = ChangeSet::default();
    changes.takes.push(Take {
        expires_at: Some(later(context.now(), TimeDelta::hours(2))),
        ..Take::one(format!("rate/panel-password/{id}/{hour}"), Some(RESETS_AN_HOUR))
    });
    let what = "panel_password".to_owned();
    context.record(&mut changes, subscription.id, DomainEvent::CredentialsChanged { what });
    let job = Job::ResetPassword { subscription_id: subscription.id, password };
    // Somebody waits for this very task, so it lines up at its server from the beginning.
    let task = context.task(format!("reset-password/{id}"), job);
    let task = task.among(crowd(account.server_id), CALLERS);
    let task_id = task.id;
    changes.task(task);
    Ok((task_id, changes))
}
