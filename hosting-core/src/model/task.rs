//! The durable queue: work outside, written in the commit that caused it (law 2).

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{
    access::{OneTimeTokenId, TokenHash, UserId},
    billing::{InvoiceId, PaymentId},
    customer::CustomerId,
    provisioning::ServerId,
    refund::RefundId,
    subscription::SubscriptionId,
    webhook::WebhookEventId,
};
use crate::{
    closed_enum, entities,
    kernel::{Email, Sealed},
    state_machine,
};

entities! {
    /// One piece of work outside.
    TaskKind as TaskId = "tsk";
}

state_machine! {
    noun "a task";
    /// Where a task stands.
    states TaskStatus {
        /// Waits for its time and a worker.
        Queued = "queued",
        /// Held by a worker under a lease.
        Running = "running",
        /// Done.
        Succeeded = "succeeded",
        /// Given up: a dead letter for staff.
        Failed = "failed",
    }
    /// What can happen to a task.
    triggers TaskTrigger {
        /// A worker took it, or took it over from one whose lease ran out.
        Claimed = "claimed",
        /// It is done.
        Succeeded = "succeeded",
        /// It is to be tried again later.
        Postponed = "postponed",
        /// It is given up.
        Failed = "failed",
        /// Staff want it tried again.
        Retried = "retried",
        /// Staff took it back before it ran.
        Withdrawn = "withdrawn",
    }
    initial { Queued }
    terminal { Succeeded }
    table {
        Queued, Claimed => Running;
        Queued, Withdrawn => Failed;
        Running, Claimed => Running;
        Running, Succeeded => Succeeded;
        Running, Postponed => Queued;
        Running, Failed => Failed;
        Failed, Retried => Queued;
    }
}

closed_enum! {
    /// What kind of work a task is; staff filter by it.
    pub enum TaskAction {
        /// Make an account on a panel.
        Create = "create",
        /// Switch an account off.
        Suspend = "suspend",
        /// Switch an account on.
        Unsuspend = "unsuspend",
        /// Remove an account.
        Terminate = "terminate",
        /// Give an account another package.
        ChangePlan = "change_plan",
        /// Give an account a new password.
        ResetPassword = "reset_password",
        /// Look at an account: usage and drift.
        Sync = "sync",
        /// Ask a gateway for money.
        Charge = "charge",
        /// Ask a gateway what became of a payment.
        AskPayment = "ask_payment",
        /// End an unpaid offer at a gateway.
        CancelPayment = "cancel_payment",
        /// Give money back through a gateway.
        Refund = "refund",
        /// Send a mail.
        Mail = "mail",
        /// Act on a stored webhook.
        Webhook = "webhook",
        /// One day's run over everything that is due.
        Run = "run",
    }
}

closed_enum! {
    /// Which workers take a task, so that a slow panel does not hold up payments.
    pub enum Lane {
        /// Panels.
        Panel = "panel",
        /// Gateways and webhooks.
        Payment = "payment",
        /// Mail.
        Mail = "mail",
        /// Daily runs.
        Run = "run",
    }
}

impl TaskAction {
    /// The lane it is worked in.
    pub const fn lane(self) -> Lane {
        match self {
            Self::Create
            | Self::Suspend
            | Self::Unsuspend
            | Self::Terminate
            | Self::ChangePlan
            | Self::ResetPassword
            | Self::Sync => Lane::Panel,
            Self::Charge
            | Self::AskPayment
            | Self::CancelPayment
            | Self::Refund
            | Self::Webhook => Lane::Payment,
            Self::Mail => Lane::Mail,
            Self::Run => Lane::Run,
        }
    }
}

closed_enum! {
    /// What a mail is about.
    pub enum MailKind {
        /// Prove your address. Carries a link.
        VerifyEmail = "verify_email",
        /// Choose a new password. Carries a link.
        ResetPassword = "reset_password",
        /// Staff made an account: choose its first password. Carries a link.
        Invitation = "invitation",
        /// Move the account to this address. Carries a link.
        ChangeEmail = "change_email",
        /// An account was to be moved to this address, which has one already.
        EmailTaken = "email_taken",
        /// Somebody asked to move the account away from this address.
        EmailChangeAsked = "email_change_asked",
        /// The account was moved away from this address.
        EmailChanged = "email_changed",
        /// The password was changed.
        PasswordChanged = "password_changed",
        /// A key for programs was made.
        ApiKeyCreated = "api_key_created",
        /// An invoice was issued.
        InvoiceIssued = "invoice_issued",
        /// An invoice falls due soon.
        InvoiceReminder = "invoice_reminder",
        /// An invoice is past its due date.
        InvoiceOverdue = "invoice_overdue",
        /// A payment arrived.
        PaymentReceived = "payment_received",
        /// A payment arrived that no open invoice waits for. To staff.
        PaymentUnapplied = "payment_unapplied",
        /// An order was left with part of it paid. To staff.
        OrderPartlyPaid = "order_partly_paid",
        /// The bank took a payment back soon after it arrived. To staff.
        PaymentReversed = "payment_reversed",
        /// The bank took a payment back because the customer objected to it. To staff.
        PaymentChargedBack = "payment_charged_back",
        /// Money was given back in the provider's own pages. To staff.
        RefundedAtProvider = "refunded_at_provider",
        /// The gateway refused to give money back. To staff.
        RefundFailed = "refund_failed",
        /// Giving money back was given up with its outcome open. To staff.
        RefundStuck = "refund_stuck",
        /// A customer says that they transferred. To staff.
        TransferReported = "transfer_reported",
        /// The gateway does not accept the shop's keys. To staff.
        GatewayKeysRefused = "gateway_keys_refused",
        /// A server's panel lets nobody in. To staff.
        ServerPaused = "server_paused",
        /// A way to pay is not active at the gateway. To staff.
        GatewayMethodInactive = "gateway_method_inactive",
        /// The account is ready.
        Welcome = "welcome",
        /// The service was switched off.
        Suspended = "suspended",
        /// The service was switched on again.
        Restored = "restored",
        /// The service was cancelled.
        Cancelled = "cancelled",
        /// The account was removed.
        Terminated = "terminated",
    }
}

closed_enum! {
    /// Why a guest's address is to be mailed a link.
    pub enum LinkCause {
        /// They want to prove their address and lost the link.
        Resend = "resend",
        /// They want to choose a new password.
        Forgotten = "forgotten",
        /// They registered with an address that has an account.
        RegisteredAgain = "registered_again",
    }
}

closed_enum! {
    /// A recurring run.
    pub enum RunKind {
        /// Bill every period that should exist by now.
        Renewals = "renewals",
        /// Remind, mark overdue, suspend.
        Dunning = "dunning",
        /// Carry out cancellations that are due, remove accounts whose retention ended.
        Endings = "endings",
        /// Cancel orders left unpaid, throw away what expired.
        Housekeeping = "housekeeping",
        /// Compare accounts with what their services want and order what is missing. Once a day.
        Convergence = "convergence",
    }
}

/// A place in a run's order: the time something was due, and its stored id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// When it was due.
    pub at: DateTime<Utc>,
    /// Its stored id.
    pub id: String,
}

/// The content of a task. Stored as JSON; old forms stay readable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// [`TaskAction::Create`].
    CreateAccount {
        /// For which service.
        subscription_id: SubscriptionId,
    },
    /// [`TaskAction::Suspend`].
    SuspendAccount {
        /// Of which service.
        subscription_id: SubscriptionId,
    },
    /// [`TaskAction::Unsuspend`].
    UnsuspendAccount {
        /// Of which service.
        subscription_id: SubscriptionId,
    },
    /// [`TaskAction::Terminate`].
    TerminateAccount {
        /// Of which service.
        subscription_id: SubscriptionId,
    },
    /// [`TaskAction::ChangePlan`].
    ChangePackage {
        /// Of which service.
        subscription_id: SubscriptionId,
    },
    /// [`TaskAction::ResetPassword`].
    ResetPassword {
        /// Of which service.
        subscription_id: SubscriptionId,
        /// The new password, sealed for `tasks/password/<subscription>`.
        password: Sealed,
    },
    /// [`TaskAction::Sync`].
    SyncAccount {
        /// Of which service.
        subscription_id: SubscriptionId,
    },
    /// [`TaskAction::Charge`].
    Charge {
        /// Which payment.
        payment_id: PaymentId,
    },
    /// [`TaskAction::AskPayment`].
    AskPayment {
        /// Which payment.
        payment_id: PaymentId,
    },
    /// [`TaskAction::CancelPayment`].
    CancelPayment {
        /// Which payment.
        payment_id: PaymentId,
    },
    /// [`TaskAction::Refund`].
    Refund {
        /// Which refund.
        refund_id: RefundId,
    },
    /// [`TaskAction::Mail`] to a customer.
    MailCustomer {
        /// What about.
        kind: MailKind,
        /// To whom.
        customer_id: CustomerId,
        /// About which invoice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invoice_id: Option<InvoiceId>,
        /// About which service.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subscription_id: Option<SubscriptionId>,
    },
    /// [`TaskAction::Mail`] to a user about their account.
    MailUser {
        /// What about.
        kind: MailKind,
        /// To whom.
        user_id: UserId,
        /// The token of the link it carries, sealed for `tasks/token/<user>`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Sealed>,
    },
    /// [`TaskAction::Mail`] about a user's account to an address that is not their log-in name, or
    /// may not be it any more when the mail goes out.
    MailAddress {
        /// What about.
        kind: MailKind,
        /// About whose account.
        user_id: UserId,
        /// To where.
        email: Email,
        /// The token of the link it carries, sealed for `tasks/token/<user>`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        token: Option<Sealed>,
    },
    /// [`TaskAction::Mail`]: look whether anybody has this address and, if so, mail them a link.
    /// Ordered alike for every address, so that a guest cannot tell from the time an answer takes
    /// which ones are known here.
    MailLink {
        /// The address as the guest gave it.
        email: Email,
        /// What the guest did.
        cause: LinkCause,
        /// Identifies the token that is stored when there is such an account.
        token_id: OneTimeTokenId,
        /// The token's hash.
        token_hash: TokenHash,
        /// The token, sealed for `tasks/link/<token id>`.
        token: Sealed,
    },
    /// [`TaskAction::Mail`] to the shop's own address.
    MailStaff {
        /// What about.
        kind: MailKind,
        /// About which payment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payment_id: Option<PaymentId>,
        /// About which refund.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refund_id: Option<RefundId>,
    },
    /// [`TaskAction::Mail`] to the shop's own address about a server.
    MailServer {
        /// What about.
        kind: MailKind,
        /// About which server.
        server_id: ServerId,
    },
    /// [`TaskAction::Webhook`].
    ProcessWebhook {
        /// Which stored webhook.
        webhook_event_id: WebhookEventId,
    },
    /// [`TaskAction::Run`].
    Run {
        /// Which run.
        run: RunKind,
        /// For which day, in the seller's calendar.
        date: NaiveDate,
        /// Where an earlier slice of the same run stopped; `None` begins at the beginning.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<Place>,
    },
}

impl Job {
    /// What kind of work it is.
    pub const fn action(&self) -> TaskAction {
        match self {
            Self::CreateAccount { .. } => TaskAction::Create,
            Self::SuspendAccount { .. } => TaskAction::Suspend,
            Self::UnsuspendAccount { .. } => TaskAction::Unsuspend,
            Self::TerminateAccount { .. } => TaskAction::Terminate,
            Self::ChangePackage { .. } => TaskAction::ChangePlan,
            Self::ResetPassword { .. } => TaskAction::ResetPassword,
            Self::SyncAccount { .. } => TaskAction::Sync,
            Self::Charge { .. } => TaskAction::Charge,
            Self::AskPayment { .. } => TaskAction::AskPayment,
            Self::CancelPayment { .. } => TaskAction::CancelPayment,
            Self::Refund { .. } => TaskAction::Refund,
            Self::MailCustomer { .. }
            | Self::MailUser { .. }
            | Self::MailAddress { .. }
            | Self::MailLink { .. }
            | Self::MailStaff { .. }
            | Self::MailServer { .. } => TaskAction::Mail,
            Self::ProcessWebhook { .. } => TaskAction::Webhook,
            Self::Run { .. } => TaskAction::Run,
        }
    }
}

impl Job {
    /// Whose account on a panel it works on.
    pub const fn account_of(&self) -> Option<SubscriptionId> {
        match self {
            Self::CreateAccount { subscription_id }
            | Self::SuspendAccount { subscription_id }
            | Self::UnsuspendAccount { subscription_id }
            | Self::TerminateAccount { subscription_id }
            | Self::ChangePackage { subscription_id }
            | Self::ResetPassword { subscription_id, .. }
            | Self::SyncAccount { subscription_id } => Some(*subscription_id),
            _ => None,
        }
    }

    /// The service it is about, if it is about one: staff look up a service's work by it.
    pub const fn subscription_id(&self) -> Option<SubscriptionId> {
        match self {
            Self::MailCustomer { subscription_id, .. } => *subscription_id,
            _ => self.account_of(),
        }
    }
}

/// One piece of work outside, as the queue keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Identifies the task.
    pub id: TaskId,
    /// What kind of work it is.
    pub action: TaskAction,
    /// Which workers take it.
    pub lane: Lane,
    /// Names the intended effect; at most one live task has it. Idempotency keys are made from it.
    pub key: String,
    /// What to do.
    pub job: Job,
    /// Where it stands.
    pub status: TaskStatus,
    /// How often it was claimed. Above 1 the worker looks before it acts (law 3).
    pub attempts: i64,
    /// After how many it is given up.
    pub max_attempts: i64,
    /// When it may be taken.
    pub due_at: DateTime<Utc>,
    /// Until when its worker holds it.
    pub lease_until: Option<DateTime<Utc>>,
    /// What went wrong last, for staff; holds no secrets.
    pub last_error: Option<String>,
    /// Of the tasks with this key, one is held at a time.
    pub alone_key: Option<String>,
    /// Of the tasks with this key, so many are held at a time as [`crowd_limit`](Self::crowd_limit)
    /// says.
    pub crowd_key: Option<String>,
    /// How many of that crowd may be held at the same time.
    pub crowd_limit: Option<i64>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Task {
    /// The keys that it holds while it runs: what it must have alone, and its crowd.
    pub fn held_keys(&self) -> impl Iterator<Item = &str> {
        self.alone_key.iter().chain(&self.crowd_key).map(String::as_str)
    }
}

/// Proof of holding a task, and until when. The token fences off a worker that overslept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Which task.
    pub task_id: TaskId,
    /// Unique to this claim.
    pub token: String,
    /// Until when nobody else may take it.
    pub until: DateTime<Utc>,
}
