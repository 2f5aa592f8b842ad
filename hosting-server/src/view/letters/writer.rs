//! Who writes the letters.

use super::facts::Facts;
use super::{english, indonesian};
use crate::view::Language;
use hosting_core::port::{Letter, LetterWriter, Written};

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
