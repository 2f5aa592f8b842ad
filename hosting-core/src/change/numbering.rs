//! Gap-free numbers (law 10, defect D9).
//!
//! A decision asks for a number; the issuing commit gives it, under the lock of its series, so that
//! a commit that fails leaves no gap and two commits never share a number.

use std::{
    fmt::{self, Write as _},
    str::FromStr,
};

use chrono::{Datelike, NaiveDate};

use crate::model::InvoiceId;

/// A pattern such as `INV/{yyyy}/{seq:5}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberPattern {
    before: String,
    after: String,
    digits: usize,
}

/// The text is no number pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a number pattern: it needs `{{seq:N}}` (N from 1 to 12) once, may have `{{yyyy}}` \
     and `{{mm}}`, and may otherwise hold letters, digits and / - . _ (at most 40 characters)"
)]
pub struct NotAPattern(String);

impl FromStr for NumberPattern {
    type Err = NotAPattern;
    fn from_str(text: &str) -> Result<Self, NotAPattern> {
        let wrong = || NotAPattern(text.chars().take(64).collect());
        let (before, rest) = text.split_once("{seq:").ok_or_else(wrong)?;
        let (digits, after) = rest.split_once('}').ok_or_else(wrong)?;
        let digits: usize = digits.parse().map_err(|_| wrong())?;
        let plain = |part: &str| {
            part.replace("{yyyy}", "")
                .replace("{mm}", "")
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '.' | '_'))
        };
        let fits = (1..=12).contains(&digits) && text.len() <= 40;
        if !fits || !plain(before) || !plain(after) {
            return Err(wrong());
        }
        Ok(Self { before: before.to_owned(), after: after.to_owned(), digits })
    }
}

impl NumberPattern {
    /// Asks for the next number of the series that `date` belongs to.
    pub fn request(&self, invoice_id: InvoiceId, date: NaiveDate) -> NumberRequest {
        NumberRequest {
            invoice_id,
            before: dated(&self.before, date),
            after: dated(&self.after, date),
            digits: self.digits,
        }
    }
}

/// `part` with its year and month filled in, in one pass: a run does this for every invoice.
fn dated(part: &str, date: NaiveDate) -> String {
    let mut out = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((plain, tail)) = rest.split_once('{') {
        let (name, tail) = tail.split_once('}').unwrap_or((tail, ""));
        out.push_str(plain);
        // Writing into memory cannot fail.
        let _ = match name {
            "yyyy" => write!(out, "{:04}", date.year()),
            _ => write!(out, "{:02}", date.month()),
        };
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The next number of a series, for one invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRequest {
    /// Which invoice it is for; a new or changed row of the same change set.
    pub invoice_id: InvoiceId,
    before: String,
    after: String,
    digits: usize,
}

impl NumberRequest {
    /// The name of the series: everything of the number but the sequence.
    pub fn series(&self) -> String {
        format!("{}#{}", self.before, self.after)
    }

    /// The number with sequence `seq`, counted from 1 in each series.
    pub fn render(&self, seq: i64) -> String {
        format!("{}{seq:0digits$}{}", self.before, self.after, digits = self.digits)
    }
}

impl fmt::Display for NumberPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{seq:{}}}{}", self.before, self.digits, self.after)
    }
}
