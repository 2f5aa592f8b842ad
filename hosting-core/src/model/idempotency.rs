//! Answers kept for programs that ask twice.
//!
//! The row is changed by the very commit that makes the request's effect true, so that it can tell a
//! request that died before its effect (which may be worked on again) from one that died after it
//! (which must not).

use chrono::{DateTime, Utc};

use super::noun::noun;
use crate::{entities, state_machine};

entities! {
    /// A kept answer.
    KeptAnswerKind as KeptAnswerId = "ans";
}

state_machine! {
    noun "a kept answer";
    /// Where a request with an `Idempotency-Key` stands.
    states KeptAnswerStatus {
        /// The request is being worked on, and nothing of it is true yet.
        InProgress = "in_progress",
        /// What the request asked for is true; how it was answered is not known.
        Committed = "committed",
        /// The answer is known and repeated.
        Answered = "answered",
    }
    /// What can happen to it.
    triggers KeptAnswerTrigger {
        /// The request's first change became true, in the same commit.
        Committed = "committed",
        /// The request was answered.
        Answered = "answered",
        /// The worker died before anything became true; the same request may be worked on again.
        TakenOver = "taken_over",
    }
    initial { InProgress }
    terminal { Answered }
    table {
        InProgress, Committed => Committed;
        InProgress, Answered => Answered;
        InProgress, TakenOver => InProgress;
        Committed, Answered => Answered;
    }
}

/// What a request with an `Idempotency-Key` was answered, so that repeating it repeats the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// Identifies the row.
    pub id: KeptAnswerId,
    /// Who asked: the API key's or user's id in the form people see.
    pub principal: String,
    /// The key they gave; unique per principal.
    pub name: String,
    /// SHA-256 of method, path and body in hex: the same key with another request is refused.
    pub fingerprint: String,
    /// Where it stands.
    pub status: KeptAnswerStatus,
    /// The HTTP status that was answered. On a committed row: the failure of ours that was told instead
    /// of an answer.
    pub http_status: Option<i64>,
    /// The body that was answered.
    pub body: Option<String>,
    /// When it is thrown away.
    pub expires_at: DateTime<Utc>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    KeptAnswer as KeptAnswerKind in "kept_answers";
}
