//! The journal: facts in the past tense, each with its actor (law 13).

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    access::{ApiKeyId, Role, UserId},
    billing::{InvoiceId, PaymentId},
    customer::CustomerId,
    subscription::SubscriptionId,
    task::{RunKind, TaskId},
};
use crate::{
    entities,
    kernel::{Entity, Id, Money},
};

entities! {
    /// One fact in the journal.
    EventKind as EventId = "evt";
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "actor", rename_all = "snake_case")]
pub enum Actor {
    /// Nobody who is logged in.
    Guest,
    /// Somebody who is logged in, staff or customer.
    User {
        /// Who.
        user_id: UserId,
    },
    /// Staff acting as somebody else.
    Impersonator {
        /// The staff member.
        staff_id: UserId,
        /// As whom.
        user_id: UserId,
    },
    /// A program.
    ApiKey {
        /// With which credential.
        api_key_id: ApiKeyId,
        /// In whose name.
        user_id: UserId,
    },
    /// The queue.
    Task {
        /// Which task.
        task_id: TaskId,
    },
    /// The system itself: seeding, the command line.
    System,
}

/// What a fact is about: a kind and an id, in the form people see (`inv_01J…`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(String);

impl Subject {
    /// A subject read from storage.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Entity> From<Id<T>> for Subject {
    fn from(id: Id<T>) -> Self {
        Self(id.text())
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One fact in the journal. The outbox reads the same rows, in the order the database gave them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Identifies the fact.
    pub id: EventId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// About what; events of one subject are delivered in order.
    pub subject: Subject,
    /// What happened.
    pub body: DomainEvent,
}

/// How far a listener has heard, stored as the setting `listener/<name>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Listening {
    /// The position of the last fact that it took in.
    pub position: i64,
    /// How often in a row it refused the one behind it.
    pub failures: i64,
    /// When that one is handed to it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_at: Option<DateTime<Utc>>,
    /// Why it refused it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

macro_rules! domain_events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident: $ty:ty,)* })+) => {
        /// Everything that can happen, as facts. Stored as JSON with `event` and `v`; fields are only
        /// ever added, with defaults.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "event")]
        pub enum DomainEvent {$(
            $(#[$doc])*
            $name { $($(#[$fdoc])* $field: $ty,)* },
        )+}

        impl DomainEvent {
            /// Every name.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)+];

            /// The fact's name.
            pub const fn name(&self) -> &'static str {
                match self { $(Self::$name { .. } => stringify!($name),)+ }
            }
        }
    };
}

domain_events! {
    /// A user was made.
    UserCreated {
        /// What they may do.
        role: Role,
    }
    /// A user's data changed.
    UserUpdated {
        /// Which fields.
        fields: Vec<String>,
    }
    /// What a user may do changed.
    UserRoleChanged {
        /// What they were.
        from: Role,
        /// What they are now.
        to: Role,
    }
    /// Somebody logged in.
    UserLoggedIn {
        /// From where.
        ip: String,
    }
    /// A session, key or password was revoked or replaced.
    CredentialsChanged {
        /// What changed, e.g. `password`, `session`, `api_key`.
        what: String,
    }
    /// A customer was made.
    CustomerCreated {
        /// Their user, if they can log in.
        user_id: Option<UserId>,
    }
    /// A customer's data changed.
    CustomerUpdated {
        /// Which fields.
        fields: Vec<String>,
    }
    /// A customer's account was closed.
    CustomerClosed {
        /// Why.
        reason: String,
    }
    /// A customer's account was opened again.
    CustomerReopened {}
    /// The catalog, prices, coupons, tax, servers or settings changed.
    ConfigurationChanged {
        /// What changed, e.g. `plan`, `coupon`.
        what: String,
    }
    /// An order was placed.
    OrderPlaced {
        /// Who ordered.
        customer_id: CustomerId,
        /// What is owed.
        total: Money,
    }
    /// An order was paid for.
    OrderPaid {}
    /// Making a service of a paid order was given up.
    OrderFailed {
        /// Which one.
        subscription_id: SubscriptionId,
    }
    /// Everything of a failed order was made after all.
    OrderFulfilled {}
    /// Everything that paid an order was given back.
    OrderRefunded {}
    /// An order was cancelled unpaid.
    OrderCancelled {
        /// Why.
        reason: String,
    }
    /// An invoice was issued.
    InvoiceIssued {
        /// Who owes.
        customer_id: CustomerId,
        /// How much.
        total: Money,
    }
    /// The customer was reminded of an invoice.
    InvoiceReminded {
        /// Which step.
        step: i64,
    }
    /// An invoice passed its due date.
    InvoiceOverdue {}
    /// An invoice was paid in full.
    InvoicePaid {
        /// By which payment; `None` when nothing was owed.
        payment_id: Option<PaymentId>,
    }
    /// Everything that paid an invoice was given back.
    InvoiceRefunded {}
    /// An invoice was withdrawn.
    InvoiceVoided {
        /// Why.
        reason: String,
    }
    /// Money is asked for.
    PaymentStarted {
        /// For which invoice.
        invoice_id: InvoiceId,
        /// Through which gateway.
        gateway: String,
        /// How much.
        amount: Money,
    }
    /// Money arrived.
    PaymentReceived {
        /// For which invoice.
        invoice_id: InvoiceId,
        /// How much.
        amount: Money,
        /// How much of it the invoice took.
        applied: Money,
    }
    /// Money was taken off an invoice that was withdrawn; it is to be given back.
    PaymentReleased {
        /// Off which invoice.
        invoice_id: InvoiceId,
        /// How much.
        amount: Money,
    }
    /// An attempt to pay ended without money.
    PaymentFailed {
        /// In the provider's words.
        detail: String,
    }
    /// The provider suspects fraud and asks for a decision.
    PaymentChallenged {}
    /// The bank took money back.
    PaymentReversed {
        /// How much.
        amount: Money,
    }
    /// The bank took money back because the customer objected to the payment.
    PaymentChargedBack {
        /// How much.
        amount: Money,
    }
    /// The customer says that they transferred.
    PaymentReported {}
    /// Money was given back in the provider's own pages.
    RefundFound {
        /// Of which payment.
        payment_id: PaymentId,
        /// How much.
        amount: Money,
    }
    /// Staff paid a refund out by hand.
    RefundPaidOut {
        /// The reference of the transfer.
        reference: String,
    }
    /// Staff had the gateway asked again to give money back.
    RefundRetried {}
    /// Giving money back was decided.
    RefundStarted {
        /// Of which payment.
        payment_id: PaymentId,
        /// How much.
        amount: Money,
    }
    /// Money was given back.
    RefundCompleted {}
    /// Giving money back was refused.
    RefundFailed {
        /// In the provider's words.
        detail: String,
    }
    /// A service was ordered.
    SubscriptionCreated {
        /// Whose it is.
        customer_id: CustomerId,
    }
    /// A service is in use: first payment or trial.
    SubscriptionActivated {}
    /// A period was billed.
    SubscriptionRenewed {
        /// With which invoice.
        invoice_id: InvoiceId,
        /// First day of the period.
        period_start: NaiveDate,
    }
    /// An invoice of the service is past its due date.
    SubscriptionPastDue {
        /// Which invoice.
        invoice_id: InvoiceId,
    }
    /// The service was ordered to be switched off.
    SubscriptionSuspended {
        /// For which invoice.
        invoice_id: InvoiceId,
    }
    /// The service was ordered to be switched on again.
    SubscriptionRestored {}
    /// The customer or staff want it to end at a later time.
    SubscriptionCancellationScheduled {
        /// When.
        at: DateTime<Utc>,
    }
    /// A scheduled end was withdrawn.
    SubscriptionCancellationWithdrawn {}
    /// The service ended.
    SubscriptionCancelled {
        /// Why.
        reason: String,
    }
    /// The account was ordered to be removed.
    SubscriptionTerminated {}
    /// A hold was set or lifted.
    HoldChanged {
        /// Why, or `None` when lifted.
        reason: Option<String>,
    }
    /// The account was made.
    AccountProvisioned {
        /// Its name on the panel.
        username: String,
    }
    /// Making the account was given up.
    AccountProvisioningFailed {
        /// What went wrong.
        detail: String,
    }
    /// The panel switched the account off.
    AccountSuspended {}
    /// The panel switched the account on.
    AccountUnsuspended {}
    /// The panel removed the account.
    AccountTerminated {}
    /// A server's panel lets nobody in or is no panel; its tasks wait.
    ServerPaused {
        /// What it said.
        detail: String,
    }
    /// A server's panel lets us in again, or staff mended it; its tasks go on.
    ServerResumed {}
    /// What it keeps sealed was sealed again under the key ring's first key.
    SecretResealed {
        /// The id of that key.
        key_id: String,
    }
    /// A task was given up.
    TaskFailed {
        /// What went wrong.
        detail: String,
    }
    /// Staff had a dead task tried again.
    TaskRetried {}
    /// A decision about one thing could not be made in a run; the others went on.
    RunSkipped {
        /// In which run.
        run: RunKind,
        /// Why.
        detail: String,
    }
    /// A run stopped at a limit and asks a human.
    EnforcementStopped {
        /// Which limit.
        detail: String,
    }
}
