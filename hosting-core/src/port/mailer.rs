//! Sending mail.

use async_trait::async_trait;

use super::effect::{Failure, IdempotencyKey};
use crate::kernel::Email;

/// One mail, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Derived from the stored task; the `Message-ID` is made from it, so that a repeat is
    /// recognised by receivers.
    pub key: IdempotencyKey,
    /// The receiver's address.
    pub to: Email,
    /// The receiver's name.
    pub to_name: String,
    /// The subject, one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML, if there is one.
    pub html: Option<String>,
}

/// Sends mail. A [`Failure`] never undoes what the mail tells about (defect D2).
#[async_trait]
pub trait Mailer: std::fmt::Debug + Send + Sync {
    /// Hands the mail over.
    async fn send(&self, mail: &Mail) -> Result<(), Failure>;
}
