//! Writing mails: what they say is the shop's business, when they go out is the core's.

use crate::{
    kernel::Secret,
    model::{
        Customer, Invoice, MailKind, PanelAccount, Payment, Refund, Server, ShopSettings,
        Subscription, User,
    },
};

/// What a mail is about, with everything it may mention.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// What about.
    pub kind: MailKind,
    /// BCP 47 language, `id` or `en`.
    pub locale: &'a str,
    /// Who writes.
    pub shop: &'a ShopSettings,
    /// The customer it concerns.
    pub customer: Option<&'a Customer>,
    /// The user it concerns.
    pub user: Option<&'a User>,
    /// The invoice it concerns.
    pub invoice: Option<&'a Invoice>,
    /// The service it concerns.
    pub subscription: Option<&'a Subscription>,
    /// The service's account.
    pub account: Option<&'a PanelAccount>,
    /// The server the account is on.
    pub server: Option<&'a Server>,
    /// The payment it concerns.
    pub payment: Option<&'a Payment>,
    /// The refund it concerns.
    pub refund: Option<&'a Refund>,
    /// The token of the link it carries.
    pub token: Option<&'a Secret>,
}

/// A written mail, without its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML, if there is any.
    pub html: Option<String>,
}

/// Writes mails.
///
/// ```
/// use hosting_core::port::{Letter, LetterWriter, Written};
///
/// /// Says the least that can be said.
/// #[derive(Debug)]
/// struct Terse;
///
/// impl LetterWriter for Terse {
///     fn write(&self, letter: &Letter<'_>) -> Written {
///         let number = letter.invoice.and_then(|it| it.number.as_deref()).unwrap_or("your account");
///         let subject = format!("{}: {number}", letter.kind);
///         Written { text: subject.clone(), subject, html: None }
///     }
/// }
/// # use hosting_core::model::{MailKind, ShopSettings};
/// # let shop = ShopSettings::default();
/// # let letter = Letter {
/// #     kind: MailKind::InvoiceIssued, locale: "en", shop: &shop, customer: None, user: None, invoice: None,
/// #     subscription: None, account: None, server: None, payment: None, refund: None, token: None,
/// # };
/// // An invoice that is missing is written around.
/// assert!(Terse.write(&letter).subject.ends_with("your account"));
/// ```
pub trait LetterWriter: std::fmt::Debug + Send + Sync {
    /// Writes one mail. A missing noun is written around, never an error: the mail must go out.
    fn write(&self, letter: &Letter<'_>) -> Written;
}
