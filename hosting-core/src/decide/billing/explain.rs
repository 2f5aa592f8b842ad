//! How an invoice came about: every line's figures computed again from what is stored with it (law 9).
//!
//! Nothing here prices anything: the price, the fraction, the coupon's share, the rule and the rounding were
//! written down when the invoice was issued. What does not follow from them is not explained away: it is an
//! error that names the line and the figure.

use crate::{
    kernel::{Money, MoneyError, Period, Ratio, Rounding},
    model::{Invoice, InvoiceId, InvoiceItem, PlanPriceId, TaxMode, TaxSummary},
};

/// One step from a price to what is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `unit × quantity × fraction`, rounded.
    Price {
        /// The version of the price.
        price_id: PlanPriceId,
        /// For one.
        unit: Money,
        /// How many.
        quantity: i64,
        /// The part that is charged.
        fraction: Ratio,
        /// How it was rounded.
        rounding: Rounding,
        /// What it comes to.
        list: Money,
    },
    /// The days it pays for.
    Period(Period),
    /// The line's share of a coupon.
    Coupon {
        /// Its code.
        code: String,
        /// What it takes off.
        off: Money,
        /// What is left.
        left: Money,
    },
    /// The line's share of the tax, which was rounded once for the document.
    Tax {
        /// The rule, with the document's sums.
        rule: TaxSummary,
        /// Whether it is on top of what is left, or contained in it.
        mode: TaxMode,
        /// The share.
        tax: Money,
    },
    /// No tax is due on it.
    Untaxed,
    /// What is owed for the line.
    Owed {
        /// Without tax.
        net: Money,
        /// With tax.
        gross: Money,
    },
}

/// A line and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedLine {
    /// Place on the bill, from 1.
    pub position: i64,
    /// What people read.
    pub description: String,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// An invoice and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Which invoice.
    pub invoice_id: InvoiceId,
    /// Its lines.
    pub lines: Vec<ExplainedLine>,
    /// Sum of list prices.
    pub subtotal: Money,
    /// What coupons took off.
    pub discount: Money,
    /// Tax by rule.
    pub taxes: Vec<TaxSummary>,
    /// What is owed.
    pub total: Money,
}

/// A figure that does not follow from the others.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unexplained {
    /// A line's.
    #[error("line {position}: {figure} does not follow from the rest of the line")]
    Line {
        /// Its place.
        position: i64,
        /// Which figure.
        figure: &'static str,
    },
    /// The document's.
    #[error("the {figure} is not the sum of the lines")]
    Sum {
        /// Which figure.
        figure: &'static str,
    },
    /// A rule's tax.
    #[error("the tax `{name}` is not what its rate makes of the lines")]
    Tax {
        /// The rule.
        name: String,
    },
    /// An amount out of range or in another currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Explains an invoice by its lines.
///
/// # Errors
/// [`Unexplained`] when a stored figure is not what the others make it.
pub fn explain(invoice: &Invoice, items: &[InvoiceItem]) -> Result<Explanation, Unexplained> {
    let lines = items.iter().map(|it| line(invoice, it)).collect::<Result<Vec<_>, _>>()?;
    let mut list = Money::zero(invoice.currency);
    for item in items {
        list = list.plus(list_of(item)?)?;
    }
    let sum = |of: fn(&InvoiceItem) -> Money| Money::sum(invoice.currency, items.iter().map(of));
    let sums = [
        ("subtotal", list, invoice.subtotal),
        ("discount", sum(|it| it.discount)?, invoice.discount),
        ("tax", sum(|it| it.tax)?, invoice.tax),
        ("total", sum(|it| it.gross)?, invoice.total),
    ];
    if let Some((figure, ..)) = sums.into_iter().find(|(_, lines, stated)| lines != stated) {
        return Err(Unexplained::Sum { figure });
    }
    for rule in &invoice.taxes {
        check_tax(invoice, items, rule)?;
    }
    Ok(Explanation {
        invoice_id: invoice.id,
        lines,
        subtotal: invoice.subtotal,
        discount: invoice.discount,
        taxes: invoice.taxes.clone(),
        total: invoice.total,
    })
}

/// The tax of one rule: rounded once for the document, and shared out to the lines without a rest.
fn check_tax(
    invoice: &Invoice,
    items: &[InvoiceItem],
    rule: &TaxSummary,
) -> Result<(), Unexplained> {
    let wrong = || Unexplained::Tax { name: rule.name.clone() };
    let taxed = items.iter().filter(|it| it.derivation.tax.as_ref() == Some(&rule.name));
    let taxed: Vec<&InvoiceItem> = taxed.collect();
    let sum =
        |of: fn(&InvoiceItem) -> Money| Money::sum(invoice.currency, taxed.iter().map(|it| of(it)));
    let (net, tax, gross) = (sum(|it| it.net)?, sum(|it| it.tax)?, sum(|it| it.gross)?);
    if (net.minor(), tax.minor()) != (rule.net_minor, rule.tax_minor) {
        return Err(wrong());
    }
    let Some(first) = taxed.first() else { return Ok(()) };
    let rounding = first.derivation.rounding;
    let on_top = rule.rate.as_ratio().times(rule.base_factor).ok_or_else(wrong)?;
    let contained = on_top
        .denominator()
        .checked_add(on_top.numerator())
        .and_then(|whole| Ratio::new(on_top.numerator(), whole).ok())
        .ok_or_else(wrong)?;
    let follows = match mode_of(first)? {
        TaxMode::Exclusive => net.share(on_top, rounding)?,
        TaxMode::Inclusive => gross.share(contained, rounding)?,
    };
    if follows == tax { Ok(()) } else { Err(wrong()) }
}

/// Whether the tax of a line is on top of what is left of its price, or contained in it.
fn mode_of(item: &InvoiceItem) -> Result<TaxMode, Unexplained> {
    let left = list_of(item)?.minus(item.discount)?;
    match (item.net == left, item.gross == left) {
        (true, _) => Ok(TaxMode::Exclusive),
        (false, true) => Ok(TaxMode::Inclusive),
        (false, false) => Err(Unexplained::Line { position: item.position, figure: "net" }),
    }
}

/// `unit × quantity × fraction`, as it was rounded.
fn list_of(item: &InvoiceItem) -> Result<Money, Unexplained> {
    let wrong = |figure| Unexplained::Line { position: item.position, figure };
    let quantity = u32::try_from(item.quantity).map_err(|_| wrong("quantity"))?;
    let whole = item.unit_price.times(quantity)?;
    let derivation = &item.derivation;
    if derivation.ratio.is_one() {
        return Ok(whole);
    }
    Ok(whole.share(derivation.ratio, derivation.rounding)?)
}

fn line(invoice: &Invoice, item: &InvoiceItem) -> Result<ExplainedLine, Unexplained> {
    let wrong = |figure| Unexplained::Line { position: item.position, figure };
    let derivation = &item.derivation;
    let list = list_of(item)?;
    let mut steps = vec![Step::Price {
        price_id: derivation.price_id,
        unit: item.unit_price,
        quantity: item.quantity,
        fraction: derivation.ratio,
        rounding: derivation.rounding,
        list,
    }];
    if let (Some(start), Some(end)) = (item.period_start, item.period_end) {
        steps.push(Step::Period(Period { start, end }));
    }
    let left = list.minus(item.discount)?;
    if let Some(code) = &derivation.coupon {
        steps.push(Step::Coupon { code: code.clone(), off: item.discount, left });
    } else if !item.discount.is_zero() {
        return Err(wrong("discount"));
    }
    if item.net.plus(item.tax)? != item.gross {
        return Err(wrong("gross"));
    }
    match &derivation.tax {
        None if item.tax.is_zero() && item.net == left => steps.push(Step::Untaxed),
        None => return Err(wrong("tax")),
        Some(name) => {
            let rule = invoice.taxes.iter().find(|it| it.name == *name).ok_or(wrong("tax"))?;
            steps.push(Step::Tax { rule: rule.clone(), mode: mode_of(item)?, tax: item.tax });
        }
    }
    steps.push(Step::Owed { net: item.net, gross: item.gross });
    Ok(ExplainedLine { position: item.position, description: item.description.clone(), steps })
}
