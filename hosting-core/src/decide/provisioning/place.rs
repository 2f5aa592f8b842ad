//! Which server, which name (law 3: chosen and stored before the first call).

use crate::{
    change::{ChangeSet, Take},
    decide::Context,
    kernel::{Sealed, Versioned},
    model::{
        AccountStatus, PanelAccount, PanelAccountId, Plan, Server, ServerStatus, Subscription,
        Usage,
    },
};

/// Why no account was reserved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceRefusal {
    /// No server of the group has room.
    #[error("no active {panel} server of group `{group}` has room")]
    NoRoom {
        /// The panel's kind.
        panel: String,
        /// The plan's group.
        group: String,
    },
}

/// What the account is to be called and opened with; sealed by the caller for the account's id.
#[derive(Debug, Clone)]
pub struct Reserved {
    /// The account's id, minted by the caller because the password is sealed for it.
    pub id: PanelAccountId,
    /// Its name on the panel.
    pub username: String,
    /// Its password.
    pub password: Sealed,
}

/// Reserves an account for `subscription` on the least full server with room.
///
/// # Errors
/// A [`PlaceRefusal`]; staff add room and the task goes on.
pub fn place(
    context: &Context<'_>,
    subscription: &Subscription,
    plan: &Plan,
    panel: &str,
    servers: &[(Versioned<Server>, i64)],
    reserved: Reserved,
) -> Result<ChangeSet, PlaceRefusal> {
    let fits = |(server, load): &&(Versioned<Server>, i64)| {
        server.status == ServerStatus::Active
            && server.deleted_at.is_none()
            && server.panel == panel
            && *load < server.max_accounts
    };
    let fullness = |(server, load): &&(Versioned<Server>, i64)| {
        // Accounts in a thousandth of what the server holds; the id decides between equals. One
        // that lets nobody in is the last resort.
        let share = load.saturating_mul(1000).checked_div(server.max_accounts).unwrap_or(i64::MAX);
        (server.paused_at.is_some(), share, server.id)
    };
    let (server, _) = servers.iter().filter(fits).min_by_key(fullness).ok_or_else(|| {
        PlaceRefusal::NoRoom { panel: panel.to_owned(), group: plan.server_group.clone() }
    })?;
    let mut changes = ChangeSet::default();
    let counter = format!("server/{}", server.id.stored());
    changes.takes.push(Take::one(counter, Some(server.max_accounts)));
    changes.panel_accounts.add(PanelAccount {
        id: reserved.id,
        subscription_id: subscription.id,
        server_id: server.id,
        username: reserved.username,
        domain: subscription.domain.to_string(),
        package: plan.package.clone(),
        password: reserved.password,
        status: AccountStatus::Pending,
        usage: Usage::default(),
        synced_at: None,
        owner: None,
        seen_as: None,
        creation_called_at: None,
        empty_looks: 0,
        created_at: context.now(),
        updated_at: context.now(),
    });
    Ok(changes)
}

/// The `attempt`-th name for a subscription's account: up to three letters of the domain and the
/// rest from the subscription's random bits, eight characters in all, because panels compare the
/// first eight (`docs/providers/whm.md`, "Names"). The same input gives the same name.
pub fn username(subscription: &Subscription, attempt: u32) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut name: String = subscription
        .domain
        .as_str()
        .chars()
        .take_while(|c| *c != '.')
        .filter(char::is_ascii_lowercase)
        .take(3)
        .collect();
    if name.is_empty() {
        name.push('u');
    }
    let mut bits = subscription.id.random_bits().rotate_right(attempt.wrapping_mul(29));
    while name.len() < 8 {
        let index = usize::try_from(bits.checked_rem(36).unwrap_or(0)).unwrap_or(0);
        name.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'x')));
        bits = bits.checked_div(36).unwrap_or(0);
    }
    // Panels refuse names that begin with `test`.
    if name.starts_with("test") { name.replacen("test", "tezt", 1) } else { name }
}
