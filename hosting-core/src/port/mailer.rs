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
///
/// ```
/// use async_trait::async_trait;
/// use hosting_core::port::{Failure, Mailer, mailer::Mail};
///
/// /// A relay that is away: nothing happened, so the queue tries again.
/// #[derive(Debug)]
/// struct Away;
///
/// #[async_trait]
/// impl Mailer for Away {
///     async fn send(&self, _: &Mail) -> Result<(), Failure> {
///         Err(Failure::retry("mail", "nobody answers"))
///     }
/// }
/// # use hosting_core::port::{Effect, IdempotencyKey};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mail = Mail {
/// #     key: IdempotencyKey::new("mail-1"), to: "rani@example.com".parse()?, to_name: String::new(),
/// #     subject: String::new(), text: String::new(), html: None,
/// # };
/// let failure = Away.send(&mail).await.unwrap_err();
/// assert_eq!(failure.effect(), Effect::NoneRetry);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Mailer: std::fmt::Debug + Send + Sync {
    /// Hands the mail over.
    async fn send(&self, mail: &Mail) -> Result<(), Failure>;
}
