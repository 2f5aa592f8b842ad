//! Who our mail is from.

use std::{fmt, str::FromStr};

use hosting_core::kernel::{Email, InvalidText};

/// The name and address our mail is from.
///
/// ```
/// use hosting_adapters::mail::Sender;
///
/// let sender: Sender = "Awan Hosting <billing@awan.example>".parse()?;
/// assert_eq!(sender.domain(), "awan.example");
/// assert_eq!(sender.to_string(), "Awan Hosting <billing@awan.example>");
/// # Ok::<(), hosting_adapters::mail::InvalidSender>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    name: String,
    address: Email,
}

/// The text is not a sender.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a sender looks like `Awan Hosting <billing@awan.example>` or `billing@awan.example`: {0}")]
pub struct InvalidSender(#[from] InvalidText);

impl Sender {
    /// A sender; `name` may be empty. Control characters and runs of
    /// spaces in it become one space.
    pub fn new(name: &str, address: Email) -> Self {
        Self { name: one_line(name), address }
    }

    /// The name people read; empty when there is none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The address.
    pub const fn address(&self) -> &Email {
        &self.address
    }

    /// The part after the `@`; our `Message-ID`s end in it.
    pub fn domain(&self) -> &str {
        self.address.as_str().rsplit_once('@').map_or("localhost", |(_, domain)| domain)
    }
}

impl FromStr for Sender {
    type Err = InvalidSender;

    fn from_str(text: &str) -> Result<Self, InvalidSender> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>').and_then(|it| it.rsplit_once('<')) {
            Some((name, address)) => (name.trim().trim_matches('"'), address),
            None => ("", text),
        };
        Ok(Self::new(name, address.parse()?))
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            self.address.fmt(f)
        } else {
            write!(f, "{} <{}>", self.name, self.address)
        }
    }
}

/// `text` on one line, with single spaces: a line break in a header would start another header, and
/// runs of spaces do not survive between encoded words.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}
