//! Tax rules. A rule is never edited: it is ended, and another one begins (law 10 keeps documents).

use chrono::NaiveDate;

use super::misfit::{Check, ConfigurationRefusal, at_version};
use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{CountryCode, Rate, Ratio, Versioned},
    model::{CustomerKind, DomainEvent, TaxMode, TaxRule},
};

/// A tax rule to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTaxRule {
    /// What invoices print, e.g. `PPN`; 1 to 40 characters.
    pub name: String,
    /// Buyers in this country; `None` is everywhere.
    pub country: Option<CountryCode>,
    /// Buyers in this region of it.
    pub region: Option<String>,
    /// Buyers of this kind.
    pub customer_kind: Option<CustomerKind>,
    /// The statutory rate, a fraction of one; at most 1.
    pub rate: Rate,
    /// The part of the price that is taxed; above 0 and at most 1.
    pub base_factor: Ratio,
    /// Whether stated prices contain the tax.
    pub mode: TaxMode,
    /// First day it counts, in the seller's calendar.
    pub valid_from: NaiveDate,
    /// First day it no longer counts.
    pub valid_until: Option<NaiveDate>,
}

/// Makes a tax rule.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn create_tax_rule(
    context: &Context<'_>,
    wish: &NewTaxRule,
) -> Result<(ChangeSet, TaxRule), ConfigurationRefusal> {
    let mut rule = TaxRule {
        id: context.id(),
        name: wish.name.clone(),
        country: wish.country.clone(),
        region: wish.region.clone(),
        customer_kind: wish.customer_kind,
        rate: wish.rate,
        base_factor: wish.base_factor,
        mode: wish.mode,
        valid_from: wish.valid_from,
        valid_until: wish.valid_until,
        created_at: context.now(),
        updated_at: context.now(),
    };
    let mut check = Check::default();
    check.line("name", &mut rule.name, 40);
    check.maybe_line("region", &mut rule.region, 80);
    let placed = rule.region.is_none() || rule.country.is_some();
    check.demand("region", placed, "given together with its country");
    let part = |it: Ratio| it.numerator() <= it.denominator();
    check.demand("rate", part(rule.rate.as_ratio()), "at most 1, such as 0.11 for 11 %");
    let base = rule.base_factor.numerator() > 0 && part(rule.base_factor);
    check.demand("base_factor", base, "above 0 and at most 1, such as 11/12");
    let ordered = rule.valid_until.is_none_or(|it| it > rule.valid_from);
    check.demand("valid_until", ordered, "after the first day");
    check.finish()?;
    let mut changes = ChangeSet::default();
    let body = DomainEvent::ConfigurationChanged { what: "tax_rule".to_owned() };
    context.record(&mut changes, rule.id, body);
    changes.tax_rules.add(rule.clone());
    Ok((changes, rule))
}

/// Ends a rule: `until` is the first day it no longer counts, and not before `today`. A rule that has
/// not begun may be ended on its first day, and then never counts.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn end_tax_rule(
    context: &Context<'_>,
    read: &Versioned<TaxRule>,
    expected: i64,
    today: NaiveDate,
    until: NaiveDate,
) -> Result<(ChangeSet, TaxRule), ConfigurationRefusal> {
    at_version(read, expected)?;
    let mut check = Check::default();
    let over = read.valid_until.is_some_and(|it| it <= today);
    check.demand("valid_until", !over, "left as it is: this rule has ended");
    let fits = until >= today && until >= read.valid_from;
    check.demand(
        "valid_until",
        over || fits,
        "today or later, and not before the rule's first day",
    );
    check.finish()?;
    let mut rule = read.value.clone();
    rule.valid_until = Some(until);
    rule.updated_at = context.now();
    let mut changes = ChangeSet::default();
    let body = DomainEvent::ConfigurationChanged { what: "tax_rule ended".to_owned() };
    context.record(&mut changes, rule.id, body);
    changes.tax_rules.change(read.with(rule.clone()));
    Ok((changes, rule))
}
