//! Servers and the accounts on them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{noun::noun, subscription::SubscriptionId};
use crate::{entities, kernel::Sealed, state_machine};

entities! {
    /// A machine with a panel.
    ServerKind as ServerId = "srv";
    /// An account on a panel.
    PanelAccountKind as PanelAccountId = "acc";
}

state_machine! {
    noun "a server";
    /// Whether a server takes new accounts.
    states ServerStatus {
        /// Takes new accounts.
        Active = "active",
        /// Serves its accounts, takes no new ones.
        Maintenance = "maintenance",
        /// Nothing is asked of it.
        Disabled = "disabled",
    }
    /// What can happen to a server.
    triggers ServerTrigger {
        /// Taken out for work.
        Drained = "drained",
        /// Put back into service.
        Activated = "activated",
        /// Shut off.
        Disabled = "disabled",
    }
    initial { Active }
    terminal { }
    table {
        Active, Drained => Maintenance;
        Active, Disabled => Disabled;
        Maintenance, Activated => Active;
        Maintenance, Disabled => Disabled;
        Disabled, Activated => Active;
    }
}

/// A machine with a panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Identifies the server.
    pub id: ServerId,
    /// What staff call it; unique.
    pub name: String,
    /// The panel adapter's name, e.g. `cpanel`.
    pub panel: String,
    /// The group plans are placed in.
    pub server_group: String,
    /// Base address of the panel's API.
    pub base_url: String,
    /// The panel user that owns the accounts.
    pub username: String,
    /// API token or password, sealed for `servers/secret/<id>`.
    pub secret: Sealed,
    /// A PEM certificate authority to trust for this server.
    pub ca_pem: Option<String>,
    /// SHA-256 of the panel's leaf certificate, in hex, if it is pinned.
    pub cert_sha256: Option<String>,
    /// How many accounts it holds at most. Counted under `server/<id>`.
    pub max_accounts: i64,
    /// Whether it takes new accounts.
    pub status: ServerStatus,
    /// Since when its panel lets nobody in or is no panel: its tasks wait (D4).
    pub paused_at: Option<DateTime<Utc>>,
    /// When its panel is tried again, by one task and with one call: panels lock out addresses that
    /// keep trying (`docs/providers/whm.md`, "Load and lock-out").
    pub paused_until: Option<DateTime<Utc>>,
    /// What its panel said, for staff; holds no secrets.
    pub pause_reason: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted; the row stays for history.
    pub deleted_at: Option<DateTime<Utc>>,
}

state_machine! {
    noun "a panel account";
    /// Where an account is, as far as we know.
    states AccountStatus {
        /// Chosen and reserved, not yet on the panel.
        Pending = "pending",
        /// On the panel, switched on.
        Active = "active",
        /// On the panel, switched off.
        Suspended = "suspended",
        /// Removed from the panel.
        Terminated = "terminated",
    }
    /// What the panel told us.
    triggers AccountTrigger {
        /// It was made.
        Created = "created",
        /// It was switched off.
        Suspended = "suspended",
        /// It was switched on.
        Unsuspended = "unsuspended",
        /// It was removed, or never was made and never will be.
        Terminated = "terminated",
    }
    initial { Pending }
    terminal { Terminated }
    table {
        Pending, Created => Active;
        Pending, Terminated => Terminated;
        Active, Created => Active;
        Active, Suspended => Suspended;
        Active, Unsuspended => Active;
        Active, Terminated => Terminated;
        Suspended, Suspended => Suspended;
        Suspended, Unsuspended => Active;
        Suspended, Terminated => Terminated;
        Terminated, Terminated => Terminated;
    }
}

/// What an account uses. `None` where the panel does not say or does not limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Disk in use, bytes.
    pub disk_bytes: Option<i64>,
    /// Disk allowed, bytes.
    pub disk_limit_bytes: Option<i64>,
    /// Traffic this calendar month of the server, bytes.
    pub traffic_bytes: Option<i64>,
    /// Traffic allowed a month, bytes.
    pub traffic_limit_bytes: Option<i64>,
}

/// An account on a panel. Its name, server and password are chosen and stored before the first call
/// (law 3); one per subscription, one per name and server (law 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelAccount {
    /// Identifies the account.
    pub id: PanelAccountId,
    /// The service it is for; unique.
    pub subscription_id: SubscriptionId,
    /// Where it is.
    pub server_id: ServerId,
    /// Its name on the panel; unique per server.
    pub username: String,
    /// Its main domain.
    pub domain: String,
    /// The panel's package.
    pub package: String,
    /// Its password, sealed for `panel_accounts/password/<id>`.
    pub password: Sealed,
    /// Where it is, as far as we know.
    pub status: AccountStatus,
    /// What it used when it was last looked at.
    pub usage: Usage,
    /// When it was last looked at.
    pub synced_at: Option<DateTime<Utc>>,
    /// The panel user who owned it when it was made or adopted, as the panel said.
    pub owner: Option<String>,
    /// The panel user and address with which it was last seen. Its absence means something only
    /// under the same (`docs/providers/whm.md`, "Removing an account").
    pub seen_as: Option<String>,
    /// When the panel was last asked to make it by a call whose effect is not known to be none.
    pub creation_called_at: Option<DateTime<Utc>>,
    /// How many looks since that call found nothing.
    pub empty_looks: i64,
    /// When it was made; an older account of that name on the panel is not ours.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    Server as ServerKind in "servers";
    PanelAccount as PanelAccountKind in "panel_accounts";
}
