//! Tax rules as data.

use chrono::{DateTime, NaiveDate, Utc};

use super::{customer::CustomerKind, noun::noun};
use crate::{
    closed_enum, entities,
    kernel::{CountryCode, Rate, Ratio},
};

entities! {
    /// A rule that says how much tax is due.
    TaxRuleKind as TaxRuleId = "tax";
}

closed_enum! {
    /// Whether stated prices contain the tax.
    pub enum TaxMode {
        /// Tax comes on top.
        Exclusive = "exclusive",
        /// Tax is contained.
        Inclusive = "inclusive",
    }
}

/// A rule that says how much tax is due. Of the rules that match, the most particular one counts:
/// region before country, customer kind before any, later start before earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxRule {
    /// Identifies the rule.
    pub id: TaxRuleId,
    /// What invoices print, e.g. `PPN`.
    pub name: String,
    /// Buyers in this country; `None` is everywhere.
    pub country: Option<CountryCode>,
    /// Buyers in this region of it; `None` is all regions.
    pub region: Option<String>,
    /// Buyers of this kind; `None` is all kinds.
    pub customer_kind: Option<CustomerKind>,
    /// The statutory rate, a fraction of one.
    pub rate: Rate,
    /// The part of the price that is taxed, e.g. 11/12 (the "other value" base of Indonesian law).
    pub base_factor: Ratio,
    /// Whether stated prices contain the tax.
    pub mode: TaxMode,
    /// First day it counts, in the seller's calendar.
    pub valid_from: NaiveDate,
    /// First day it no longer counts; `None` is until further notice.
    pub valid_until: Option<NaiveDate>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    TaxRule as TaxRuleKind in "tax_rules";
}
