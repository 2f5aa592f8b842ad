//! Making accounts on somebody's panel.
//!
//! # The contract
//!
//! * User name, domain and password are chosen and stored by us before the first call. The adapter
//!   never invents another name: a second name is a second account.
//! * Each mutating call may be repeated after [`Effect::Unknown`](super::Effect::Unknown), but the
//!   caller looks first with [`ProvisioningAdapter::find`] and adopts what it finds.
//! * `suspend`, `unsuspend` and `terminate` of an account that already is in the wished state succeed.
//! * Terminate checks that the account under that name is still ours (domain, owner) before it acts.
//!   That an absent account counts as removed holds only because the caller has seen it before under
//!   the same [`ServerAccess::label`]; the caller makes sure of that
//!   (`docs/providers/whm.md`, "Removing an account").
//! * Credentials that are refused, and answers that are not the panel's, are
//!   [`Failure::server_wide`].
//! * A name that is refused although nobody has it, because another one is too much like it, is
//!   refused with the code [`NAME_TOO_ALIKE`]; nothing was made, and the caller chooses another name.
//! * Adapters never sleep, retry or read the clock; the caller owns time.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::{descriptor::Descriptor, effect::Failure};
use crate::kernel::{Email, Secret};

/// The code of a name that is somebody's: look whose, then adopt or choose another one.
pub const NAME_TAKEN: &str = "username_taken";
/// The code of a name that is nobody's and too much like another one on the panel.
pub const NAME_TOO_ALIKE: &str = "username_prefix_taken";

/// Where a server is and how to log in to it.
#[derive(Debug, Clone)]
pub struct ServerAccess {
    /// Base address, e.g. `https://panel.example.com:2087`.
    pub base_url: String,
    /// The panel user that owns the accounts.
    pub username: String,
    /// API token or password.
    pub secret: Secret,
    /// A PEM certificate authority to trust besides the system's, if the panel needs one.
    pub ca_pem: Option<String>,
    /// SHA-256 of the leaf certificate in hex, if the panel is pinned instead.
    pub cert_sha256: Option<String>,
}

impl ServerAccess {
    /// Who asks where: what an account's absence is to be judged by. Holds no secret.
    pub fn label(&self) -> String {
        format!("{}@{}", self.username, self.base_url)
    }
}

/// One account as we want it.
#[derive(Debug, Clone)]
pub struct AccountSpec {
    /// The account's name on the panel; chosen by us, lower case.
    pub username: String,
    /// Its main domain.
    pub domain: String,
    /// The panel's package name.
    pub package: String,
    /// The first password.
    pub password: Secret,
    /// Where the panel writes to.
    pub contact: Email,
    /// When we first intended to create it; an older account under that name is not ours.
    pub intended_at: DateTime<Utc>,
}

/// Enough to recognise an account as ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountIdentity {
    /// The account's name on the panel.
    pub username: String,
    /// Its main domain.
    pub domain: String,
    /// When we first intended to create it.
    pub intended_at: DateTime<Utc>,
    /// The panel user who owned it when it was made, if the panel said; `None` is whoever asks.
    pub owner: Option<String>,
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing under that name.
    Nothing,
    /// An account that matches the identity: ours.
    Ours(AccountState),
    /// An account under that name that is somebody else's.
    Foreign {
        /// Why it is not ours, for staff.
        reason: String,
    },
}

/// An account as the panel sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// Its name.
    pub username: String,
    /// Its main domain.
    pub domain: String,
    /// Its package.
    pub package: String,
    /// Whether it is switched off, and by whom as far as the panel says.
    pub suspended: Option<String>,
    /// The panel user who owns it, where the panel says.
    pub owner: Option<String>,
    /// Its address.
    pub ip: Option<String>,
    /// What it uses.
    pub usage: Usage,
}

pub use crate::model::Usage;

/// A package that the panel offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Package {
    /// The full name, with a reseller's prefix where there is one.
    pub name: String,
    /// Disk allowed, MiB; `None` is unlimited.
    pub disk_mib: Option<i64>,
}

/// What a connection test learned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// The panel's version.
    pub version: String,
    /// The host's own name.
    pub hostname: String,
    /// What will not work, in words an operator understands. Empty when all is well.
    pub warnings: Vec<String>,
}

/// Makes and keeps accounts on one kind of panel.
///
/// A whole panel is `examples/my_panel.rs`. What all of them do, here on a simulated one:
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::{kernel::Secret, testing::{Fate, SimPanel}};
/// use hosting_core::port::{
///     ProvisioningAdapter,
///     provisioning::{AccountIdentity, AccountSpec, Found, ServerAccess},
/// };
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let panel = SimPanel::new(Arc::new(Fate::kind()));
/// # let server = ServerAccess {
/// #     base_url: "https://panel.example.com".to_owned(), username: "root".to_owned(),
/// #     secret: Secret::new("token"), ca_pem: None, cert_sha256: None,
/// # };
/// # let spec = AccountSpec {
/// #     username: "nusakopi".to_owned(), domain: "nusakopi.com".to_owned(), package: "starter".to_owned(),
/// #     password: Secret::new("long enough"), contact: "rani@example.com".parse()?,
/// #     intended_at: "2026-03-31T12:00:00Z".parse()?,
/// # };
/// # let (username, domain, intended_at) = (spec.username.clone(), spec.domain.clone(), spec.intended_at);
/// let ours = AccountIdentity { username, domain, intended_at, owner: None };
/// assert!(matches!(panel.find(&server, &ours).await?, Found::Nothing));
/// panel.create(&server, &spec).await?;
/// // After an unknown outcome the worker looks like this, and adopts what it finds (law 3).
/// assert!(matches!(panel.find(&server, &ours).await?, Found::Ours(_)));
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait ProvisioningAdapter: std::fmt::Debug + Send + Sync {
    /// Who this is.
    fn descriptor(&self) -> &'static Descriptor;

    /// Whether `username` can be an account's name on this kind of panel.
    fn accepts_username(&self, username: &str) -> bool;

    /// How long after the call a creation may still come about although it was not heard of: an
    /// account is written off only when looks spread beyond that found nothing.
    fn creation_horizon(&self) -> TimeDelta {
        TimeDelta::minutes(15)
    }

    /// Creates the account. Success says that it exists, with this password and package.
    async fn create(
        &self,
        server: &ServerAccess,
        account: &AccountSpec,
    ) -> Result<AccountState, Failure>;

    /// Looks for an account and says whose it is.
    async fn find(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<Found, Failure>;

    /// Switches the account off; `reason` is stored on the panel with our mark.
    async fn suspend(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        reason: &str,
    ) -> Result<(), Failure>;

    /// Switches it on again. Refuses when somebody else's suspension is in place.
    async fn unsuspend(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<(), Failure>;

    /// Removes the account and everything in it. Absent already is success.
    async fn terminate(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<(), Failure>;

    /// Gives it another package.
    async fn change_package(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        package: &str,
    ) -> Result<(), Failure>;

    /// Sets a new password.
    async fn set_password(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
        password: &Secret,
    ) -> Result<(), Failure>;

    /// The packages on offer.
    async fn packages(&self, server: &ServerAccess) -> Result<Vec<Package>, Failure>;

    /// Whether the server answers and the credentials suffice.
    async fn test_connection(&self, server: &ServerAccess) -> Result<Connection, Failure>;

    /// Logging the customer in without a password, where the panel can.
    fn single_sign_on(&self) -> Option<&dyn SingleSignOn> {
        None
    }
}

/// Logging in without a password.
///
/// A panel that can answers it from [`ProvisioningAdapter::single_sign_on`]; pages show the button when it
/// does.
///
/// ```
/// # use std::sync::Arc;
/// # use hosting_core::testing::{Fate, SimPanel};
/// use hosting_core::port::ProvisioningAdapter;
///
/// fn shows_the_button(panel: &dyn ProvisioningAdapter) -> bool {
///     panel.single_sign_on().is_some()
/// }
/// assert!(!shows_the_button(&SimPanel::new(Arc::new(Fate::kind()))));
/// ```
#[async_trait]
pub trait SingleSignOn: Send + Sync {
    /// An address that logs its visitor in, once, within minutes. Never stored, never logged.
    async fn login_url(
        &self,
        server: &ServerAccess,
        account: &AccountIdentity,
    ) -> Result<Secret, Failure>;
}
