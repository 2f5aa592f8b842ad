//! Where sealed values stand (law 12).
//!
//! The place is sealed with the value, so that an envelope copied to another row does not open. What
//! seals, what opens and what rotates keys therefore have to agree about it, letter by letter.

use super::{
    access::{OneTimeTokenId, UserId},
    provisioning::{PanelAccountId, ServerId},
    subscription::SubscriptionId,
    task::Job,
};
use crate::kernel::Sealed;

/// Of a server's API token or password.
pub fn server_secret(id: ServerId) -> String {
    format!("servers/secret/{}", id.stored())
}

/// Of an account's password.
pub fn account_password(id: PanelAccountId) -> String {
    format!("panel_accounts/password/{}", id.stored())
}

/// Of a new password, while the task that sets it waits.
pub fn task_password(id: SubscriptionId) -> String {
    format!("tasks/password/{}", id.stored())
}

/// Of the token in a user's mail, while the mail waits.
pub fn task_token(id: UserId) -> String {
    format!("tasks/token/{}", id.stored())
}

/// Of the token of a link, until it is known whether anybody has the address.
pub fn task_link(id: OneTimeTokenId) -> String {
    format!("tasks/link/{}", id.stored())
}

impl Job {
    /// What it carries sealed, and for which place.
    pub fn sealed(&self) -> Option<(&Sealed, String)> {
        match self {
            Self::ResetPassword { subscription_id, password } => {
                Some((password, task_password(*subscription_id)))
            }
            Self::MailUser { user_id, token: Some(token), .. }
            | Self::MailAddress { user_id, token: Some(token), .. } => {
                Some((token, task_token(*user_id)))
            }
            Self::MailLink { token_id, token, .. } => Some((token, task_link(*token_id))),
            _ => None,
        }
    }

    /// The same work with `sealed` in the place of what it carried sealed, if it did.
    #[must_use]
    pub fn with_sealed(mut self, sealed: Sealed) -> Self {
        match &mut self {
            Self::ResetPassword { password: it, .. }
            | Self::MailUser { token: Some(it), .. }
            | Self::MailAddress { token: Some(it), .. }
            | Self::MailLink { token: it, .. } => *it = sealed,
            _ => {}
        }
        self
    }
}
