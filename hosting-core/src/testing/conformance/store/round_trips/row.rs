//! What rows are filled with to see whether it comes back.

use chrono::{DateTime, NaiveDate, TimeZone as _, Utc};

use super::super::{
    asserts::*,
    sample::{Sample, Shop, day},
};
use crate::{
    kernel::{Currency, Money},
    model::{Address, Party},
    port::Store,
};

/// Letters of several scripts, signs that need escaping somewhere, and white space.
pub(super) const TEXT: &str =
    "Ünï ñ Ж 漢字 عربى 😀 e\u{301} 'x' \"y\" \\ %_ {} $1 ?1 -- ; <b>&amp;\t\n end ";

pub(super) fn text() -> String {
    TEXT.to_owned()
}

/// The last millisecond of the calendar that every database shares.
pub(super) fn last() -> DateTime<Utc> {
    Utc.timestamp_millis_opt(253_402_300_799_999).unwrap()
}

pub(super) fn early() -> DateTime<Utc> {
    Utc.timestamp_millis_opt(1).unwrap()
}

pub(super) fn last_day() -> NaiveDate {
    day(9999, 12, 31)
}

pub(super) const fn kwd(minor: i64) -> Money {
    Money::from_minor(minor, Currency::KWD)
}

pub(super) fn full_address() -> Address {
    Address {
        line1: text(),
        line2: Some(text()),
        city: text(),
        region: Some(text()),
        postcode: Some("00123".to_owned()),
        country: "KW".parse().unwrap(),
    }
}

pub(super) fn full_party() -> Party {
    Party {
        name: text(),
        attention: Some(text()),
        address: full_address(),
        tax_id: Some("01.234.567.8-901.000".to_owned()),
        email: "finance@example.com".to_owned(),
    }
}

/// A row with everything set, changed to one with nothing set and back, and the bare one as new.
macro_rules! survives {
    ($store:ident, $field:ident, $bare:ident, $full:ident, |$row:ident| $read:expr) => {
        let emptied = {
            let mut row = $bare.clone();
            row.id = $full.id;
            row
        };
        put($store, new!($field: $full)).await;
        for (row, version) in [(&$full, 1), (&emptied, 2), (&$full, 3)] {
            if version > 1 {
                put($store, changed!($field: Versioned::new(row.clone(), version - 1))).await;
            }
            let $row = row;
            assert_eq!($read.await.unwrap(), Some(Versioned::new(row.clone(), version)));
        }
        put($store, new!($field: $bare)).await;
        let $row = &$bare;
        assert_eq!($read.await.unwrap(), Some(Versioned::new($bare.clone(), 1)));
    };
}

pub(super) async fn stored_shop(store: &dyn Store, sample: &Sample) -> Shop {
    let shop = Shop::new(sample);
    put(store, shop.changes()).await;
    shop
}
pub(super) use survives;
