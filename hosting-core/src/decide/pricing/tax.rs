//! Which tax rule counts, and how much it comes to.
//!
//! Tax is rounded once per document and rule and then shared out to the lines by largest remainder,
//! so that `net + tax = gross` holds on every line and in total (defect D5).

use chrono::NaiveDate;

use crate::{
    kernel::{CountryCode, Money, MoneyError, Ratio, Rounding},
    model::{Customer, CustomerKind, TaxMode, TaxRule},
};

/// What of a buyer matters for tax.
#[derive(Debug, Clone, Copy)]
pub struct BuyerForTax<'a> {
    /// Where they live.
    pub country: &'a CountryCode,
    /// Which region of it.
    pub region: Option<&'a str>,
    /// Who they are.
    pub kind: CustomerKind,
}

impl<'a> From<&'a Customer> for BuyerForTax<'a> {
    fn from(customer: &'a Customer) -> Self {
        Self {
            country: &customer.address.country,
            region: customer.address.region.as_deref(),
            kind: customer.kind,
        }
    }
}

/// The rule that counts for `buyer` on `day`, or `None` when no tax is due.
///
/// Of the rules that match, the most particular counts: region before country, customer kind before
/// any, later start before earlier; the id decides between equals so that the answer never varies.
pub fn choose_rule<'r>(
    rules: &'r [TaxRule],
    buyer: BuyerForTax<'_>,
    day: NaiveDate,
) -> Option<&'r TaxRule> {
    rules
        .iter()
        .filter(|rule| rule.valid_from <= day && rule.valid_until.is_none_or(|until| day < until))
        .filter(|rule| rule.country.as_ref().is_none_or(|it| it == buyer.country))
        .filter(|rule| rule.region.as_deref().is_none_or(|it| Some(it) == buyer.region))
        .filter(|rule| rule.customer_kind.is_none_or(|it| it == buyer.kind))
        .max_by_key(|rule| {
            (
                rule.region.is_some(),
                rule.country.is_some(),
                rule.customer_kind.is_some(),
                rule.valid_from,
                rule.id,
            )
        })
}

/// `net + tax == gross`, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taxed {
    pub(super) net: Money,
    pub(super) tax: Money,
    pub(super) gross: Money,
}

impl Taxed {
    pub(super) const fn untaxed(stated: Money) -> Self {
        Self { net: stated, tax: Money::zero(stated.currency()), gross: stated }
    }
}

/// The tax contained in, or due on, `stated` as an exact fraction of it.
fn effective_ratio(rule: &TaxRule) -> Result<Ratio, MoneyError> {
    let on_top = rule.rate.as_ratio().times(rule.base_factor).ok_or(MoneyError::Overflow)?;
    match rule.mode {
        TaxMode::Exclusive => Ok(on_top),
        TaxMode::Inclusive => {
            let whole =
                on_top.denominator().checked_add(on_top.numerator()).ok_or(MoneyError::Overflow)?;
            Ratio::new(on_top.numerator(), whole).map_err(|_| MoneyError::Overflow)
        }
    }
}

/// The document's tax under `rule` for lines that state these amounts, and each line's share of it.
pub(super) fn share_out(
    stated: &[Money],
    rule: &TaxRule,
    rounding: Rounding,
) -> Result<(Money, Vec<Taxed>), MoneyError> {
    let Some(first) = stated.first() else { return Err(MoneyError::NoShares) };
    let sum = Money::sum(first.currency(), stated.iter().copied())?;
    let tax = sum.share(effective_ratio(rule)?, rounding)?;
    let shares = if sum.is_zero() {
        vec![tax; stated.len()]
    } else {
        let weights: Vec<u64> =
            stated.iter().map(|it| u64::try_from(it.minor()).unwrap_or(0)).collect();
        tax.allocate(&weights)?
    };
    let lines = stated
        .iter()
        .zip(shares)
        .map(|(&stated, tax)| match rule.mode {
            TaxMode::Exclusive => Ok(Taxed { net: stated, tax, gross: stated.plus(tax)? }),
            TaxMode::Inclusive => Ok(Taxed { net: stated.minus(tax)?, tax, gross: stated }),
        })
        .collect::<Result<_, MoneyError>>()?;
    Ok((tax, lines))
}
