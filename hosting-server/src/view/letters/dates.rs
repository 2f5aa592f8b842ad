//! Days and times as people read them, in the seller's calendar.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use hosting_core::kernel::SellerZone;

use crate::view::Language;

const INDONESIAN: [&str; 12] = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
];
const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// `31 Januari 2026`, `31 January 2026`.
pub(crate) fn day(date: NaiveDate, language: Language) -> String {
    let months = match language {
        Language::Indonesian => INDONESIAN,
        Language::English => ENGLISH,
    };
    let month = usize::try_from(date.month0()).ok().and_then(|it| months.get(it));
    format!("{} {} {}", date.day(), month.copied().unwrap_or_default(), date.year())
}

/// The seller's calendar day of an instant.
pub(crate) fn day_of(instant: DateTime<Utc>, zone: SellerZone, language: Language) -> String {
    day(zone.date_of(instant), language)
}
