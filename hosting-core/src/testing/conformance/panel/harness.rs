//! What a panel adapter is tried with.

use crate::{
    kernel::Secret,
    port::{
        ProvisioningAdapter,
        provisioning::{AccountSpec, ServerAccess},
    },
};
use async_trait::async_trait;
use std::{future::Future, pin::Pin};

/// A rule at work.
pub type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A panel adapter to be tried, and what stands behind it. Each rule gets a fresh one, without
/// accounts.
#[async_trait]
pub trait PanelHarness: Send + Sync {
    /// The adapter.
    fn panel(&self) -> &dyn ProvisioningAdapter;

    /// A server of that kind, with credentials that suffice.
    fn server(&self) -> &ServerAccess;

    /// An account that can be made, with `intended_at` at the panel's present instant. Another
    /// number is another name and another domain; the same number is the same account.
    fn account(&self, number: u32) -> AccountSpec;

    /// A package on offer besides the accounts' own.
    fn other_package(&self) -> &str;

    /// A password that the panel takes, besides the accounts' own.
    fn other_password(&self) -> Secret;

    /// How many accounts were ever made on the panel, strangers' left out.
    async fn made(&self) -> u32;

    /// The password with which the account `username` can log in, as far as the panel would know.
    async fn password_of(&self, username: &str) -> Option<Secret>;

    /// The others on the panel, if there can be any.
    fn strangers(&self) -> Option<&dyn Strangers> {
        None
    }

    /// The server with credentials that it does not take, if it asks for any.
    fn wrong_access(&self) -> Option<ServerAccess> {
        None
    }

    /// What lies between the adapter and the panel, if it can break.
    fn line(&self) -> Option<&dyn Line> {
        None
    }
}

/// What others do on the panel.
#[async_trait]
pub trait Strangers: Send + Sync {
    /// Somebody else makes this account, as it is.
    async fn make(&self, account: &AccountSpec);

    /// Somebody else switches the account off for a reason of their own.
    async fn suspend(&self, username: &str);

    /// The account under that name: its domain, its package, and whether it is switched on.
    async fn look(&self, username: &str) -> Option<(String, String, bool)>;
}

/// Which call of an adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PanelCall {
    /// [`ProvisioningAdapter::create`].
    Create,
    /// [`ProvisioningAdapter::find`].
    Find,
    /// [`ProvisioningAdapter::suspend`].
    Suspend,
    /// [`ProvisioningAdapter::unsuspend`].
    Unsuspend,
    /// [`ProvisioningAdapter::terminate`].
    Terminate,
    /// [`ProvisioningAdapter::change_package`].
    ChangePackage,
    /// [`ProvisioningAdapter::set_password`].
    SetPassword,
}

/// What lies between an adapter and its panel.
#[async_trait]
pub trait Line: Send + Sync {
    /// The panel does what the next such call wants, and its answer never arrives. A call that
    /// looks before it acts loses the answer to the act.
    async fn lose_next_answer(&self, call: PanelCall);
}
