//! Many rows as one bound value.
//!
//! Rows are written straight into the text of a JSON array, without a tree in between. A batch that
//! grows large is cut, so that no statement passes a server's limit on the size of a packet.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use hosting_core::{
    kernel::{Currency, Money},
    port::StoreError,
};
use serde::Serialize;

use crate::dialect::Dialect;

/// Bytes after which a batch is cut. `MariaDB` takes 16 MiB in one packet unless told otherwise.
const CUT: usize = 2 * 1024 * 1024;

/// A JSON array and how many rows it has.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) text: String,
    pub(crate) rows: u64,
}

/// Rows on their way into a statement.
#[derive(Debug)]
pub(crate) struct Batch {
    dialect: Dialect,
    text: Vec<u8>,
    scratch: Vec<u8>,
    rows: u64,
    done: Vec<Chunk>,
    fresh: bool,
    wrong: Option<String>,
}

impl Batch {
    /// An empty batch for `dialect`.
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            text: Vec::new(),
            scratch: Vec::new(),
            rows: 0,
            done: Vec::new(),
            fresh: true,
            wrong: None,
        }
    }

    /// Adds a row; `write` names its fields. A field that is not named is NULL.
    pub(crate) fn row(&mut self, write: impl FnOnce(&mut Self)) {
        self.text.push(if self.rows == 0 { b'[' } else { b',' });
        self.text.push(b'{');
        self.fresh = true;
        write(self);
        self.text.push(b'}');
        self.rows += 1;
        if self.text.len() >= CUT {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.rows > 0 {
            self.text.push(b']');
            match String::from_utf8(std::mem::take(&mut self.text)) {
                Ok(text) => self.done.push(Chunk { text, rows: self.rows }),
                Err(error) => self.wrong = Some(error.to_string()),
            }
            self.rows = 0;
        }
    }

    /// The arrays.
    pub(crate) fn finish(mut self) -> Result<Vec<Chunk>, StoreError> {
        self.cut();
        match self.wrong {
            Some(text) => Err(StoreError::Refused(text.into())),
            None => Ok(self.done),
        }
    }

    fn key(&mut self, name: &str) {
        if !std::mem::take(&mut self.fresh) {
            self.text.push(b',');
        }
        self.text.push(b'"');
        self.text.extend_from_slice(name.as_bytes());
        self.text.extend_from_slice(b"\":");
    }

    pub(crate) fn int(&mut self, name: &str, value: i64) {
        self.key(name);
        // Writing a number or a text into memory cannot fail.
        let _ = serde_json::to_writer(&mut self.text, &value);
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.key(name);
        let _ = serde_json::to_writer(&mut self.text, value);
    }

    /// A document; it travels as text.
    pub(crate) fn json(&mut self, name: &str, value: &impl Serialize) {
        self.scratch.clear();
        if let Err(error) = serde_json::to_writer(&mut self.scratch, value) {
            self.wrong = Some(format!("{name}: {error}"));
            return;
        }
        self.key(name);
        match std::str::from_utf8(&self.scratch) {
            Ok(document) => {
                let _ = serde_json::to_writer(&mut self.text, document);
            }
            Err(error) => self.wrong = Some(format!("{name}: {error}")),
        }
    }

    pub(crate) fn instant(&mut self, name: &str, value: DateTime<Utc>) {
        self.key(name);
        let text = instant_text(value);
        self.text.push(b'"');
        // `MySQL` has no letter for UTC; the connection's time zone is.
        let length = if self.dialect == Dialect::MySql { 23 } else { 24 };
        self.text.extend_from_slice(&text.as_bytes()[..length]);
        self.text.push(b'"');
    }

    pub(crate) fn date(&mut self, name: &str, value: NaiveDate) {
        self.key(name);
        let _ = serde_json::to_writer(&mut self.text, &value);
    }

    /// An amount, which must be in the row's own currency.
    pub(crate) fn money(&mut self, name: &str, value: Money, currency: Currency) {
        if value.currency() != currency {
            let other = value.currency();
            self.wrong = Some(format!("{name} is in {other} in a row in {currency}"));
        }
        self.int(name, value.minor());
    }
}

/// `2026-01-31T23:59:59.999Z`: always 24 characters, so that the order of texts is the order of
/// times. Rounded down to the millisecond; years before 1 and after 9999 become those.
pub(crate) fn instant_text(at: DateTime<Utc>) -> String {
    let year = u32::try_from(at.year().clamp(1, 9999)).unwrap_or(1);
    let mut out = String::with_capacity(24);
    let mut put = |number: u32, width: u32, then: char| {
        for place in (0..width).rev() {
            let digit = number / 10_u32.pow(place) % 10;
            out.push(char::from_digit(digit, 10).unwrap_or('0'));
        }
        out.push(then);
    };
    put(year, 4, '-');
    put(at.month(), 2, '-');
    put(at.day(), 2, 'T');
    put(at.hour(), 2, ':');
    put(at.minute(), 2, ':');
    put(at.second(), 2, '.');
    put((at.nanosecond() / 1_000_000).min(999), 3, 'Z');
    out
}

/// Reads what [`instant_text`] wrote.
#[cfg(any(feature = "sqlite", test))]
pub(crate) fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    let bytes = text.as_bytes();
    if bytes.len() != 24 || bytes[23] != b'Z' || bytes[10] != b'T' || bytes[19] != b'.' {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(number(0, 4)?).ok()?;
    let date = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    let time =
        date.and_hms_milli_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?)?;
    Some(time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_keep_their_milliseconds_and_their_order() {
        let early: DateTime<Utc> = "2026-01-31T09:05:07.001999Z".parse().unwrap();
        let late: DateTime<Utc> = "2026-01-31T10:00:00Z".parse().unwrap();
        assert_eq!(instant_text(early), "2026-01-31T09:05:07.001Z");
        assert!(instant_text(early) < instant_text(late));
        assert_eq!(parse_instant(&instant_text(late)), Some(late));
        assert_eq!(instant_text(DateTime::<Utc>::MAX_UTC).len(), 24);
        assert_eq!(parse_instant("2026-01-31 10:00:00"), None);
    }

    #[test]
    fn a_large_batch_is_cut_between_rows() {
        let mut batch = Batch::new(Dialect::Sqlite);
        let long = "x".repeat(CUT / 3);
        for at in 0..7 {
            batch.row(|row| {
                row.int("at", at);
                row.text("long", &long);
            });
        }
        let chunks = batch.finish().unwrap();
        assert_eq!(chunks.iter().map(|it| it.rows).collect::<Vec<_>>(), [3, 3, 1]);
        for chunk in chunks {
            let rows: Vec<serde_json::Value> = serde_json::from_str(&chunk.text).unwrap();
            assert_eq!(rows.len() as u64, chunk.rows);
        }
    }

    #[test]
    fn an_amount_in_another_currency_is_refused() {
        let mut batch = Batch::new(Dialect::Sqlite);
        batch.row(|row| {
            row.money("price_minor", Money::from_minor(5, Currency::USD), Currency::IDR);
        });
        assert!(matches!(batch.finish(), Err(StoreError::Refused(_))));
    }
}
