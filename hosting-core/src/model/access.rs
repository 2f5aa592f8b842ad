//! Who may do what: users, roles, permissions, sessions, API keys.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{customer::CustomerId, noun::noun};
use crate::{closed_enum, entities, kernel::Email, state_machine};

entities! {
    /// Somebody who can log in.
    UserKind as UserId = "usr";
    /// One browser that is logged in.
    SessionKind as SessionId = "ses";
    /// A program's credential.
    ApiKeyKind as ApiKeyId = "key";
    /// A link in a mail that works once.
    OneTimeTokenKind as OneTimeTokenId = "ott";
}

closed_enum! {
    /// A right to do one kind of thing. Routes name the permission they need; roles are sets of them.
    pub enum Permission {
        /// See one's own orders.
        CustomerOrdersView = "customer-orders-view",
        /// Place one's own orders and cancel them.
        CustomerOrdersManage = "customer-orders-manage",
        /// See one's own invoices and payments.
        CustomerInvoicesView = "customer-invoices-view",
        /// Pay one's own invoices, and withdraw an offer to pay.
        CustomerInvoicesPay = "customer-invoices-pay",
        /// See one's own subscriptions.
        CustomerSubscriptionsView = "customer-subscriptions-view",
        /// Cancel and keep one's own subscriptions; enter their panels and change the passwords there.
        CustomerSubscriptionsManage = "customer-subscriptions-manage",
        /// See and change one's own profile, sessions and keys.
        CustomerProfile = "customer-profile",
        /// See products, plans and prices that are not public.
        CatalogView = "catalog-view",
        /// Change products, plans and prices.
        CatalogManage = "catalog-manage",
        /// See all customers.
        CustomersView = "customers-view",
        /// Make and change customers, put them on hold, close and reopen their accounts.
        CustomersManage = "customers-manage",
        /// See all orders.
        OrdersView = "orders-view",
        /// Cancel orders.
        OrdersManage = "orders-manage",
        /// See all invoices and payments.
        InvoicesView = "invoices-view",
        /// Confirm transfers, void invoices, refund.
        InvoicesManage = "invoices-manage",
        /// See all subscriptions.
        SubscriptionsView = "subscriptions-view",
        /// Hold, cancel, keep and look into subscriptions.
        SubscriptionsManage = "subscriptions-manage",
        /// See servers and panel accounts.
        ServersView = "servers-view",
        /// Change servers and their credentials.
        ServersManage = "servers-manage",
        /// See the task queue and dead letters.
        TasksView = "tasks-view",
        /// Retry and cancel tasks and order runs, where one holds the permission for what they do.
        TasksManage = "tasks-manage",
        /// See coupons and tax rules.
        PricingView = "pricing-view",
        /// Change coupons and tax rules.
        PricingManage = "pricing-manage",
        /// See settings.
        SettingsView = "settings-view",
        /// Change settings; move the test clock.
        SettingsManage = "settings-manage",
        /// See staff and other users.
        UsersView = "users-view",
        /// Create staff, change roles, shut and open accounts, end sessions, revoke keys.
        UsersManage = "users-manage",
        /// Read the journal.
        AuditView = "audit-view",
    }
}

closed_enum! {
    /// A named set of permissions.
    pub enum Role {
        /// Everything.
        Admin = "admin",
        /// Money: orders, invoices, payments, coupons, tax.
        Billing = "billing",
        /// Customers and their services, without money.
        Support = "support",
        /// Somebody who buys.
        Customer = "customer",
    }
}

impl Role {
    /// The permissions of this role.
    pub fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::Admin => P::ALL,
            Self::Billing => &[
                P::CatalogView,
                P::CustomersView,
                P::CustomersManage,
                P::OrdersView,
                P::OrdersManage,
                P::InvoicesView,
                P::InvoicesManage,
                P::SubscriptionsView,
                P::PricingView,
                P::PricingManage,
                P::TasksView,
                P::TasksManage,
                P::SettingsView,
                P::AuditView,
            ],
            Self::Support => &[
                P::CatalogView,
                P::CustomersView,
                P::OrdersView,
                P::InvoicesView,
                P::SubscriptionsView,
                P::SubscriptionsManage,
                P::ServersView,
                P::TasksView,
                P::TasksManage,
            ],
            Self::Customer => &[
                P::CustomerOrdersView,
                P::CustomerOrdersManage,
                P::CustomerInvoicesView,
                P::CustomerInvoicesPay,
                P::CustomerSubscriptionsView,
                P::CustomerSubscriptionsManage,
                P::CustomerProfile,
            ],
        }
    }

    /// Whether this role holds `permission`.
    pub fn holds(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Whether somebody with this role works for the shop.
    pub const fn is_staff(self) -> bool {
        !matches!(self, Self::Customer)
    }
}

state_machine! {
    noun "a user";
    /// Whether a user may log in.
    states UserStatus {
        /// May log in.
        Active = "active",
        /// May not log in.
        Disabled = "disabled",
    }
    /// What can happen to a user.
    triggers UserTrigger {
        /// Staff shut the account.
        Disabled = "disabled",
        /// Staff opened it again.
        Enabled = "enabled",
    }
    initial { Active }
    terminal { }
    table {
        Active, Disabled => Disabled;
        Disabled, Enabled => Active;
    }
}

/// The PHC string of a password's hash; hidden from `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a PHC string.
    pub fn new(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// No password's hash: nobody logs in with one until a mailed link chose a password.
    pub fn of_none() -> Self {
        Self::new("!")
    }

    /// The PHC string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// SHA-256 of a random token, as 64 hexadecimal digits; the token itself is never stored.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(String);

impl TokenHash {
    /// Wraps 64 hexadecimal digits.
    pub fn new(hex: impl Into<String>) -> Self {
        Self(hex.into())
    }

    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// Somebody who can log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identifies the user.
    pub id: UserId,
    /// Log-in name; unique.
    pub email: Email,
    /// Full name.
    pub name: String,
    /// Argon2id PHC string.
    pub password_hash: PasswordHash,
    /// What they may do.
    pub role: Role,
    /// Whether they may log in.
    pub status: UserStatus,
    /// The customer they act for, if they buy here.
    pub customer_id: Option<CustomerId>,
    /// BCP 47 language, `id` or `en`.
    pub locale: String,
    /// When the mail address was proved to be theirs.
    pub email_verified_at: Option<DateTime<Utc>>,
    /// How often a password was chosen, the address replaced, or the account shut: a mailed link works for as
    /// long as this is what it was when the link was made.
    pub credentials_epoch: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted; the row stays for history.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// One browser that is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Identifies the session.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// Hash of the cookie's token; unique.
    pub token_hash: TokenHash,
    /// The browser's description of itself, shortened.
    pub user_agent: String,
    /// Where it logged in from.
    pub ip: String,
    /// When it ends by itself.
    pub expires_at: DateTime<Utc>,
    /// When it was ended by hand or by a changed password.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A program's credential: `hbk_<id>_<secret>`; only a hash of the secret is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Identifies the key; part of the credential.
    pub id: ApiKeyId,
    /// In whose name it acts. It can never do more than this user.
    pub user_id: UserId,
    /// What people call it.
    pub name: String,
    /// Hash of the secret part.
    pub secret_hash: TokenHash,
    /// What it may do, within what its user may do.
    pub scopes: Vec<Permission>,
    /// When it ends by itself.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the hour.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

closed_enum! {
    /// What a one-time token is good for.
    pub enum TokenPurpose {
        /// Proving a mail address.
        VerifyEmail = "verify_email",
        /// Choosing a new password.
        ResetPassword = "reset_password",
        /// Choosing the first password of an account that staff made.
        Invitation = "invitation",
        /// Moving the account to another mail address.
        ChangeEmail = "change_email",
    }
}

/// A link in a mail that works once and not for long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// Identifies the token.
    pub id: OneTimeTokenId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it is good for.
    pub purpose: TokenPurpose,
    /// Hash of the token; unique.
    pub token_hash: TokenHash,
    /// The address that using it makes the log-in name; only of [`TokenPurpose::ChangeEmail`].
    pub email: Option<Email>,
    /// Its user's [`credentials_epoch`](User::credentials_epoch) when it was made.
    pub credentials_epoch: i64,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    User as UserKind in "users";
    Session as SessionKind in "sessions";
    ApiKey as ApiKeyKind in "api_keys";
    OneTimeToken as OneTimeTokenKind in "one_time_tokens";
}
