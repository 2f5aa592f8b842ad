//! What a mail may mention, ready to be put into sentences. Everything may be missing.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use hosting_core::{kernel::Money, model::Invoice, port::Letter};

use super::dates;
use crate::view::{Language, address_of, amount};

/// A letter's nouns in one language.
pub(super) struct Facts<'a> {
    pub(super) letter: &'a Letter<'a>,
    pub(super) language: Language,
    pub(super) public_url: &'a str,
}

impl Facts<'_> {
    /// Who is greeted.
    pub(super) fn name(&self) -> Option<&str> {
        let user = self.letter.user.map(|it| it.name.as_str());
        let name = user.or_else(|| self.letter.customer.map(|it| it.name.as_str()));
        name.map(str::trim).filter(|it| !it.is_empty())
    }

    /// Who writes.
    pub(super) fn shop(&self) -> &str {
        &self.letter.shop.seller.name
    }

    /// A page of the shop.
    pub(super) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// A page that takes the letter's token; without one, the page itself.
    pub(super) fn page_with_token(&self, path: &str) -> String {
        match self.letter.token {
            // Tokens are base64url; anything else is escaped all the same.
            Some(token) => format!("{}{path}?token={}", self.public_url, escaped(token.expose())),
            None => self.page(path),
        }
    }

    /// The invoice's page, or all of them.
    pub(super) fn invoice_page(&self) -> String {
        match self.letter.invoice {
            Some(it) => self.page(&format!("/invoices/{}", it.id)),
            None => self.page("/invoices"),
        }
    }

    /// The service's page, or all of them.
    pub(super) fn service_page(&self) -> String {
        match self.letter.subscription {
            Some(it) => self.page(&format!("/subscriptions/{}", it.id)),
            None => self.page("/subscriptions"),
        }
    }

    /// The invoice's number.
    pub(super) fn number(&self) -> Option<&str> {
        self.letter.invoice.and_then(|it| it.number.as_deref())
    }

    /// What invoices call the service, and its domain.
    pub(super) fn service(&self) -> Option<String> {
        self.letter.subscription.map(|it| format!("{} ({})", it.description, it.domain))
    }

    /// The invoice's total.
    pub(super) fn total(&self) -> Option<String> {
        self.letter.invoice.map(|it| self.money(it.total))
    }

    /// What is still to be paid.
    pub(super) fn balance(&self) -> Option<String> {
        self.letter
            .invoice
            .map(Invoice::balance)
            .filter(|it| it.is_positive())
            .map(|it| self.money(it))
    }

    /// What was paid towards the invoice.
    pub(super) fn paid(&self) -> Option<String> {
        self.letter.invoice.map(|it| self.money(it.paid))
    }

    /// When the invoice must be paid.
    pub(super) fn due(&self) -> Option<String> {
        self.letter.invoice.map(|it| self.day(it.due_at))
    }

    /// When the account is removed.
    pub(super) fn removal(&self) -> Option<String> {
        self.letter.subscription.and_then(|it| it.terminate_at).map(|it| self.day(it))
    }

    /// The account's name on the panel.
    pub(super) fn username(&self) -> Option<&str> {
        self.letter.account.map(|it| it.username.as_str())
    }

    /// Host name of the account's panel.
    pub(super) fn server(&self) -> Option<String> {
        self.letter.server.map(address_of)
    }

    /// The main domain of the account.
    pub(super) fn domain(&self) -> Option<&str> {
        let account = self.letter.account.map(|it| it.domain.as_str());
        account.or_else(|| self.letter.subscription.map(|it| it.domain.as_str()))
    }

    pub(super) fn money(&self, money: Money) -> String {
        amount(money, self.language)
    }

    fn day(&self, instant: DateTime<Utc>) -> String {
        dates::day_of(instant, self.letter.shop.zone, self.language)
    }
}

/// `lead` and `what`, or nothing when there is no `what`.
pub(super) fn with(lead: &str, what: Option<impl Display>) -> String {
    what.map_or_else(String::new, |it| format!("{lead}{it}"))
}

fn escaped(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}
