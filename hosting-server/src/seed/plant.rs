//! What is planted, and when not.

use super::{catalog, people, shop};
use hosting_core::{
    change::ChangeSet,
    decide::Context,
    kernel::{Email, Secret},
    model::{Actor, access::PasswordHash},
    port::StoreError,
    service::Ports,
};

/// What a seeded shop is told about the world.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Base address of the demo panel, e.g. `http://127.0.0.1:2087`.
    pub panel_url: String,
    /// The panel user that owns the accounts.
    pub panel_user: String,
    /// Its API token.
    pub panel_token: Secret,
    /// The administrator's log-in.
    pub admin_email: Email,
    /// The hash of the administrator's password.
    pub admin_password: PasswordHash,
    /// The log-in of the customer with an account of their own.
    pub customer_email: Email,
    /// The hash of that customer's password.
    pub customer_password: PasswordHash,
}

/// Fills an empty shop. `false` when it has products already and nothing was done.
///
/// # Errors
/// A store that failed.
pub async fn plant(ports: &Ports, seed: &Seed) -> Result<bool, StoreError> {
    let there = ports.store.products().await?;
    if !there.rows.is_empty() || !there.unreadable.is_empty() {
        return Ok(false);
    }
    let actor = Actor::System;
    let context = Context::new(ports.mint(), &actor);
    let mut changes = ChangeSet::default();
    shop::settings(&context, &mut changes);
    shop::taxes(&context, &mut changes);
    shop::server(&context, ports, seed, &mut changes);
    catalog::products(&context, &mut changes);
    catalog::coupon(&context, &mut changes);
    people::administrator(&context, seed, &mut changes);
    people::customers(&context, seed, &mut changes);
    ports.store.commit(changes).await?;
    Ok(true)
}
