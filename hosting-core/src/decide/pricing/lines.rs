//! Lines in, priced lines out.

use super::tax::{Taxed, share_out};
use crate::{
    kernel::{Currency, Money, MoneyError, Period, Ratio, Rounding},
    model::{
        Discount, LineKind, PlanPriceId, SubscriptionId, TaxRule, TaxSummary, billing::Derivation,
    },
};

/// How fractions of a minor unit become whole on every document: a half goes up, as Indonesian tax
/// invoices are rounded.
pub(super) const ROUNDING: Rounding = Rounding::HalfUp;

/// One line before pricing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineInput {
    /// What it is for.
    pub kind: LineKind,
    /// What people read.
    pub description: String,
    /// How many; at least 1.
    pub quantity: u32,
    /// For one; not negative.
    pub unit_price: Money,
    /// The part of the price that is charged, 0 to 1.
    pub ratio: Ratio,
    /// The version of the price, for the derivation.
    pub price_id: PlanPriceId,
    /// Whether tax is due on it.
    pub taxable: bool,
    /// Whether the coupon lowers it.
    pub discountable: bool,
    /// The service it pays for, if that exists already.
    pub subscription_id: Option<SubscriptionId>,
    /// The days it pays for; `None` for a first term.
    pub period: Option<Period>,
}

/// One line with its amounts. `net + tax = gross`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// The line as it came in.
    pub input: LineInput,
    /// `unit price × quantity × ratio`.
    pub list: Money,
    /// Its share of the coupon.
    pub discount: Money,
    /// Without tax.
    pub net: Money,
    /// Its share of the tax.
    pub tax: Money,
    /// With tax.
    pub gross: Money,
    /// How it came about.
    pub derivation: Derivation,
}

/// A priced document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The currency of everything.
    pub currency: Currency,
    /// The lines, in order.
    pub lines: Vec<PricedLine>,
    /// Sum of list amounts.
    pub subtotal: Money,
    /// What the coupon takes off.
    pub discount: Money,
    /// Tax, contained in the total.
    pub tax: Money,
    /// What is owed.
    pub total: Money,
    /// Tax by rule.
    pub taxes: Vec<TaxSummary>,
}

/// Why lines have no price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PricingError {
    /// An amount is out of range or in another currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A price or quantity is below what is sensible.
    #[error("a price is negative or a quantity is zero")]
    Negative,
}

/// Prices `lines`: list, less the coupon, plus or containing tax.
///
/// # Errors
/// A [`PricingError`]; no amount is ever adjusted to make it fit.
pub fn price(
    currency: Currency,
    lines: Vec<LineInput>,
    coupon: Option<(&str, Discount)>,
    tax: Option<&TaxRule>,
) -> Result<Quote, PricingError> {
    let list = lines.iter().map(list_amount).collect::<Result<Vec<_>, _>>()?;
    let subtotal = Money::sum(currency, list.iter().copied())?;
    let discounts = match coupon {
        Some((_, discount)) => share_discount(currency, &lines, &list, discount)?,
        None => vec![Money::zero(currency); lines.len()],
    };
    let stated = list
        .iter()
        .zip(&discounts)
        .map(|(list, off)| list.minus(*off))
        .collect::<Result<Vec<_>, _>>()?;
    let (taxed, summary) = apply_tax(&lines, &stated, tax)?;
    let code = coupon.map(|(code, _)| code);
    let lines: Vec<_> = lines
        .into_iter()
        .zip(list)
        .zip(discounts)
        .zip(taxed)
        .map(|(((input, list), discount), taxed)| {
            let tax_name = tax.filter(|_| input.taxable).map(|it| it.name.clone());
            let derivation = Derivation {
                price_id: input.price_id,
                ratio: input.ratio,
                coupon: code.filter(|_| !discount.is_zero()).map(str::to_owned),
                tax: tax_name,
                rounding: ROUNDING,
            };
            let Taxed { net, tax, gross } = taxed;
            PricedLine { input, list, discount, net, tax, gross, derivation }
        })
        .collect();
    Ok(Quote {
        currency,
        subtotal,
        discount: Money::sum(currency, lines.iter().map(|it| it.discount))?,
        tax: Money::sum(currency, lines.iter().map(|it| it.tax))?,
        total: Money::sum(currency, lines.iter().map(|it| it.gross))?,
        taxes: summary.into_iter().collect(),
        lines,
    })
}

fn list_amount(line: &LineInput) -> Result<Money, PricingError> {
    if line.unit_price.is_negative() || line.quantity == 0 || line.ratio.numerator() < 0 {
        return Err(PricingError::Negative);
    }
    let whole = line.unit_price.times(line.quantity)?;
    if line.ratio.is_one() { Ok(whole) } else { Ok(whole.share(line.ratio, ROUNDING)?) }
}

/// The coupon's worth is rounded once and shared out by list amount, never more than the lines cost.
fn share_discount(
    currency: Currency,
    lines: &[LineInput],
    list: &[Money],
    discount: Discount,
) -> Result<Vec<Money>, PricingError> {
    let covered = |(line, list): (&LineInput, &Money)| {
        if line.discountable { u64::try_from(list.minor()).unwrap_or(0) } else { 0 }
    };
    let weights: Vec<u64> = lines.iter().zip(list).map(covered).collect();
    let eligible = Money::sum(
        currency,
        lines.iter().zip(list).filter(|(line, _)| line.discountable).map(|(_, list)| *list),
    )?;
    if eligible.is_zero() {
        return Ok(vec![Money::zero(currency); lines.len()]);
    }
    let worth = match discount {
        Discount::Percent { rate } => {
            eligible.share(rate.as_ratio(), ROUNDING)?.at_most(eligible)?
        }
        Discount::Fixed { amount } => amount.at_most(eligible)?,
    };
    Ok(worth.allocate(&weights)?)
}

fn apply_tax(
    lines: &[LineInput],
    stated: &[Money],
    rule: Option<&TaxRule>,
) -> Result<(Vec<Taxed>, Option<TaxSummary>), PricingError> {
    let Some(rule) = rule.filter(|_| lines.iter().any(|it| it.taxable)) else {
        return Ok((stated.iter().map(|it| Taxed::untaxed(*it)).collect(), None));
    };
    let taxable: Vec<Money> =
        lines.iter().zip(stated).filter(|(line, _)| line.taxable).map(|(_, it)| *it).collect();
    let (tax, shares) = share_out(&taxable, rule, ROUNDING)?;
    let net = shares.iter().try_fold(Money::zero(tax.currency()), |sum, it| sum.plus(it.net))?;
    let mut shares = shares.into_iter();
    let all = lines
        .iter()
        .zip(stated)
        .map(|(line, stated)| {
            let share = if line.taxable { shares.next() } else { None };
            share.unwrap_or(Taxed::untaxed(*stated))
        })
        .collect();
    let summary = TaxSummary {
        name: rule.name.clone(),
        rate: rule.rate,
        base_factor: rule.base_factor,
        net_minor: net.minor(),
        tax_minor: tax.minor(),
    };
    Ok((all, Some(summary)))
}
