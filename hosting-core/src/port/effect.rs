//! What is known after a call outside (law 3).

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

pub use crate::kernel::Effect;

/// A call outside that did not succeed. Opaque, so that it can grow; ask it questions.
///
/// The message is for staff and logs; it never holds a secret. What customers read is made from the
/// [`Effect`] and the noun, never from this text.
#[derive(Debug)]
pub struct Failure {
    effect: Effect,
    action: &'static str,
    code: Option<Cow<'static, str>>,
    detail: Cow<'static, str>,
    server_wide: bool,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Failure {
    /// `action` ("charge", "createacct") failed with `effect`, for the reason `detail`.
    pub fn new(effect: Effect, action: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { effect, action, code: None, detail: detail.into(), server_wide: false, source: None }
    }

    /// Nothing happened; later may work.
    pub fn retry(action: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Effect::NoneRetry, action, detail)
    }

    /// Nothing happened; it never will.
    pub fn refused(action: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Effect::NoneFinal, action, detail)
    }

    /// It may have happened.
    pub fn unknown(action: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Effect::Unknown, action, detail)
    }

    /// Nothing happened, and nothing will for any account until somebody mends the way in: the
    /// credentials are refused, or what answers is not the interface. The caller stops calling,
    /// because providers lock out addresses that keep trying
    /// (`docs/providers/whm.md`, "Load and lock-out"), and lets work wait.
    pub fn server_wide(action: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { server_wide: true, ..Self::new(Effect::NoneRetry, action, detail) }
    }

    /// Adds a stable machine-readable code (`username_taken`, `406`).
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What is known about the effect.
    pub const fn effect(&self) -> Effect {
        self.effect
    }

    /// Whether it concerns everything behind this way in, and not the one account.
    pub const fn is_server_wide(&self) -> bool {
        self.server_wide
    }

    /// The stable code, if the adapter gave one.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.action, self.detail)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|it| {
            let it: &(dyn std::error::Error + 'static) = it;
            it
        })
    }
}

/// Names one intended effect, derived from a stored task, so that a repeat — also after a crash —
/// carries the same key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A key; keep it under 46 characters of `[A-Za-z0-9_-]`, the narrowest limit of any provider.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text sent to the provider.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
