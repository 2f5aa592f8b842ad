//! Rates as decimal text. JSON numbers are floats to many programs, and no float comes near money.

use hosting_core::kernel::Rate;
use serde::{
    Deserialize as _,
    de::value::{Error, StrDeserializer},
};

use crate::http::Fields;

/// The rate that the text at `pointer` says; a fraction of one.
pub(super) fn rate(fields: &mut Fields, pointer: &str, text: &str) -> Option<Rate> {
    let plain =
        (1..=20).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    let parsed = Rate::deserialize(StrDeserializer::<Error>::new(text)).ok().filter(|_| plain);
    let expected = "a decimal fraction in quotes, such as \"0.11\" for 11 %";
    fields.demand(pointer, parsed.is_some(), expected);
    parsed
}

/// The rate as the text that [`rate`] reads.
pub(super) fn decimal(rate: Rate) -> String {
    rate.as_decimal().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_and_nothing_else() {
        let mut fields = Fields::default();
        for text in ["0.11", "0", "1", "0.105"] {
            let read = rate(&mut fields, "/rate", text).unwrap();
            assert_eq!(decimal(read), text);
        }
        assert!(fields.finish().is_ok());
        for text in ["", "11%", "-0.1", "1e-2", "0,11", "eleven", "99", "0.1234567890123"] {
            let mut fields = Fields::default();
            assert_eq!(rate(&mut fields, "/rate", text), None, "{text}");
            assert!(fields.finish().is_err(), "{text}");
        }
    }
}
