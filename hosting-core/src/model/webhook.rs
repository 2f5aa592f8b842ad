//! The inbox for messages from gateways (law 4).

use chrono::{DateTime, Utc};

use super::noun::noun;
use crate::{entities, state_machine};

entities! {
    /// A verified message from a gateway.
    WebhookEventKind as WebhookEventId = "whk";
}

state_machine! {
    noun "a webhook";
    /// Where a stored message stands.
    states WebhookStatus {
        /// Stored and acknowledged.
        Received = "received",
        /// The provider was asked and its answer acted on.
        Processed = "processed",
        /// About nothing we know.
        Ignored = "ignored",
    }
    /// What can happen to a stored message.
    triggers WebhookTrigger {
        /// Its charge was looked up.
        Processed = "processed",
        /// It names nothing of ours.
        Ignored = "ignored",
        /// Staff want it looked at again.
        Replayed = "replayed",
    }
    initial { Received }
    terminal { }
    table {
        Received, Processed => Processed;
        Received, Ignored => Ignored;
        Processed, Replayed => Received;
        Ignored, Replayed => Received;
    }
}

/// A verified message from a gateway, kept as it came. It says what to look at, not what is true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// Identifies the message.
    pub id: WebhookEventId,
    /// Which gateway.
    pub gateway: String,
    /// Identical for repeats; unique per gateway.
    pub event_key: String,
    /// Our reference of the charge it is about.
    pub reference: Option<String>,
    /// The body as it came, at most 64 KiB.
    pub body: String,
    /// Where it stands.
    pub status: WebhookStatus,
    /// When it was acted on.
    pub processed_at: Option<DateTime<Utc>>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    WebhookEvent as WebhookEventKind in "webhook_events";
}
