//! Lines and taxes of a priced document: a cart's quote or an invoice.

use hosting_core::{
    decide::pricing::PricedLine,
    kernel::{Currency, Money, Rounding},
    model::{InvoiceItem, TaxSummary, billing::Derivation},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Language, MoneyView};

/// How a line's amounts came about.
#[derive(Debug, Serialize, ToSchema)]
pub struct DerivationView {
    /// The version of the price.
    price_id: String,
    /// The part of the price that is charged, as a fraction.
    #[schema(example = "1/1")]
    ratio: String,
    /// The coupon that lowered it.
    coupon: Option<String>,
    /// The tax that is due on it.
    tax: Option<String>,
    /// How fractions became whole.
    #[schema(example = "half_up")]
    rounding: &'static str,
}

impl From<&Derivation> for DerivationView {
    fn from(it: &Derivation) -> Self {
        Self {
            price_id: it.price_id.to_string(),
            ratio: it.ratio.to_string(),
            coupon: it.coupon.clone(),
            tax: it.tax.clone(),
            rounding: match it.rounding {
                Rounding::HalfUp => "half_up",
                Rounding::HalfEven => "half_even",
                Rounding::Down => "down",
                Rounding::Up => "up",
            },
        }
    }
}

/// One line. `net + tax = gross`.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// `plan` or `setup_fee`.
    kind: &'static str,
    /// What people read.
    description: String,
    /// How many.
    quantity: i64,
    /// For one.
    unit_price: MoneyView,
    /// What coupons took off this line.
    discount: MoneyView,
    /// Without tax.
    net: MoneyView,
    /// Its share of the tax.
    tax: MoneyView,
    /// With tax.
    gross: MoneyView,
    /// First day it pays for; absent for a first term, which begins when it is paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    period_start: Option<String>,
    /// First day it no longer pays for.
    #[serde(skip_serializing_if = "Option::is_none")]
    period_end: Option<String>,
    /// The service it pays for.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<String>,
    /// Which of the cart's lines it is for, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    item: Option<usize>,
    /// How it came about.
    derivation: DerivationView,
}

impl LineView {
    /// A line of a cart's quote, for the cart's line `item`.
    pub fn quoted(line: &PricedLine, item: usize, language: Language) -> Self {
        let money = |it| MoneyView::new(it, language);
        Self {
            kind: line.input.kind.as_str(),
            description: line.input.description.clone(),
            quantity: i64::from(line.input.quantity),
            unit_price: money(line.input.unit_price),
            discount: money(line.discount),
            net: money(line.net),
            tax: money(line.tax),
            gross: money(line.gross),
            period_start: None,
            period_end: None,
            subscription_id: None,
            item: Some(item),
            derivation: DerivationView::from(&line.derivation),
        }
    }

    /// A line of an invoice.
    pub fn invoiced(line: &InvoiceItem, language: Language) -> Self {
        let money = |it| MoneyView::new(it, language);
        Self {
            kind: line.kind.as_str(),
            description: line.description.clone(),
            quantity: line.quantity,
            unit_price: money(line.unit_price),
            discount: money(line.discount),
            net: money(line.net),
            tax: money(line.tax),
            gross: money(line.gross),
            period_start: line.period_start.map(|it| it.to_string()),
            period_end: line.period_end.map(|it| it.to_string()),
            subscription_id: line.subscription_id.map(|it| it.to_string()),
            item: None,
            derivation: DerivationView::from(&line.derivation),
        }
    }
}

/// The tax of one rule on the whole document.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaxView {
    /// What invoices print.
    #[schema(example = "PPN")]
    name: String,
    /// The statutory rate.
    #[schema(example = "12%")]
    rate: String,
    /// The part of the price that is taxed, as a fraction.
    #[schema(example = "11/12")]
    base_factor: String,
    /// Sum of the taxed lines without tax.
    net: MoneyView,
    /// The tax.
    tax: MoneyView,
}

impl TaxView {
    /// The taxes of a document in `currency`.
    pub fn all(taxes: &[TaxSummary], currency: Currency, language: Language) -> Vec<Self> {
        let money = |minor| MoneyView::new(Money::from_minor(minor, currency), language);
        let view = |it: &TaxSummary| Self {
            name: it.name.clone(),
            rate: it.rate.to_string(),
            base_factor: it.base_factor.to_string(),
            net: money(it.net_minor),
            tax: money(it.tax_minor),
        };
        taxes.iter().map(view).collect()
    }
}
