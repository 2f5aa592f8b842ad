//! What staff must be allowed to do before they touch a task by hand.
//!
//! Retrying a refund gives money back, and ordering a run of renewals bills everybody: who may do that
//! through the queue is who may do it without.

use super::{Job, Permission, RunKind};

impl Job {
    /// What staff must be allowed to do by hand before they may have this work done, or keep it from
    /// being done. `None`: whoever may change the queue at all.
    pub const fn demands(&self) -> Option<Permission> {
        match self {
            Self::Charge { .. }
            | Self::AskPayment { .. }
            | Self::CancelPayment { .. }
            | Self::Refund { .. }
            | Self::ProcessWebhook { .. } => Some(Permission::InvoicesManage),
            Self::CreateAccount { .. }
            | Self::SuspendAccount { .. }
            | Self::UnsuspendAccount { .. }
            | Self::TerminateAccount { .. }
            | Self::ChangePackage { .. }
            | Self::ResetPassword { .. }
            | Self::SyncAccount { .. } => Some(Permission::SubscriptionsManage),
            Self::Run { run, .. } => Some(run.demands()),
            Self::MailCustomer { .. }
            | Self::MailUser { .. }
            | Self::MailAddress { .. }
            | Self::MailLink { .. }
            | Self::MailStaff { .. }
            | Self::MailServer { .. } => None,
        }
    }
}

impl RunKind {
    /// What staff must be allowed to do by hand before they may order this run.
    pub const fn demands(self) -> Permission {
        match self {
            Self::Renewals | Self::Dunning => Permission::InvoicesManage,
            Self::Endings | Self::Convergence => Permission::SubscriptionsManage,
            Self::Housekeeping => Permission::OrdersManage,
        }
    }
}
