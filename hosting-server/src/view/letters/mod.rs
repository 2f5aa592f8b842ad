//! What the shop's mails say, in Indonesian and English.
//!
//! A mail is a `Sheet`: a subject and parts, written once per language
//! (`indonesian`, `english`; what goes to staff is in `staff`) and set as plain text and as simple HTML (`sheet`). A noun that is
//! missing is written around: the mail must go out. No mail holds a password.

pub(crate) mod dates;
mod english;
mod facts;
mod indonesian;
mod sheet;
mod staff;
#[cfg(test)]
mod tests;

use hosting_core::port::{Letter, LetterWriter, Written};

use self::facts::Facts;
use crate::view::Language;

/// Writes the shop's mails.
#[derive(Debug, Clone)]
pub struct ShopLetters {
    public_url: String,
}

impl ShopLetters {
    /// Links in mails begin with `public_url`, e.g. `https://shop.example`.
    pub fn new(public_url: &str) -> Self {
        Self { public_url: public_url.trim_end_matches('/').to_owned() }
    }
}

impl LetterWriter for ShopLetters {
    fn write(&self, letter: &Letter<'_>) -> Written {
        let language = Language::of(letter.locale);
        let facts = Facts { letter, language, public_url: &self.public_url };
        let sheet = match language {
            Language::Indonesian => indonesian::write(&facts),
            Language::English => english::write(&facts),
        };
        sheet.set(language)
    }
}
