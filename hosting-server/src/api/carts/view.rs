//! A cart as its owner sees it.

use hosting_core::{
    decide::ordering::{QuoteRefusal, QuotedCart},
    model::{Cart, CartItem, Invoice, Order},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::{invoices::InvoiceSummary, orders::OrderSummary},
    http::problem::sentence,
    view::{Language, LineView, MoneyView, TaxView},
};

/// One line.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CartItemView {
    /// What.
    plan_id: String,
    /// Billed how often.
    cycle: String,
    /// How many.
    quantity: u32,
    /// The main domain of the account.
    domain: String,
}

impl From<&CartItem> for CartItemView {
    fn from(it: &CartItem) -> Self {
        Self {
            plan_id: it.plan_id.to_string(),
            cycle: it.cycle.to_string(),
            quantity: it.quantity,
            domain: it.domain.to_string(),
        }
    }
}

/// The coupon that was typed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CartCouponView {
    /// Its code.
    code: String,
    /// Whether it counts in the quote.
    counts: bool,
    /// Why it does not, for people.
    refusal: Option<String>,
}

/// What a cart costs now.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QuoteView {
    /// The lines of the invoice it would become.
    lines: Vec<LineView>,
    /// Sum of list prices.
    subtotal: MoneyView,
    /// What the coupon takes off.
    discount: MoneyView,
    /// Tax, contained in the total.
    tax: MoneyView,
    /// What is to be paid.
    total: MoneyView,
    /// Tax by rule. Guests are taken for people in the seller's country.
    taxes: Vec<TaxView>,
}

/// A cart.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CartView {
    /// The cart.
    id: String,
    /// `open` or `ordered`.
    status: &'static str,
    /// What it is priced in.
    currency: String,
    /// Its lines.
    items: Vec<CartItemView>,
    /// The coupon that was typed.
    coupon: Option<CartCouponView>,
    /// What it costs now; absent when it cannot be ordered as it is.
    quote: Option<QuoteView>,
    /// Why it cannot be ordered as it is.
    problem: Option<String>,
}

impl CartView {
    fn bare(cart: &Cart) -> Self {
        let coupon = cart.coupon_code.as_ref().map(|code| CartCouponView {
            code: code.clone(),
            counts: false,
            refusal: None,
        });
        Self {
            id: cart.id.to_string(),
            status: cart.status.as_str(),
            currency: cart.currency.to_string(),
            items: cart.items.iter().map(CartItemView::from).collect(),
            coupon,
            quote: None,
            problem: None,
        }
    }

    /// A cart that cannot be ordered as it is.
    pub(super) fn unpriced(cart: &Cart, refusal: &QuoteRefusal) -> Self {
        Self { problem: Some(sentence(&refusal.to_string())), ..Self::bare(cart) }
    }

    /// A cart with what it costs.
    pub(super) fn quoted(cart: &Cart, quoted: &QuotedCart, language: Language) -> Self {
        let mut view = Self::bare(cart);
        if let Some(coupon) = &mut view.coupon {
            coupon.counts = quoted.coupon_refusal.is_none();
            coupon.refusal = quoted.coupon_refusal.map(|it| language.coupon_refusal(it));
        }
        let quote = &quoted.quote;
        let money = |it| MoneyView::new(it, language);
        let lines = quote.lines.iter().zip(&quoted.item_of_line);
        view.quote = Some(QuoteView {
            lines: lines.map(|(line, item)| LineView::quoted(line, *item, language)).collect(),
            subtotal: money(quote.subtotal),
            discount: money(quote.discount),
            tax: money(quote.tax),
            total: money(quote.total),
            taxes: TaxView::all(&quote.taxes, quote.currency, language),
        });
        view
    }
}

/// An order that was placed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CheckedOut {
    /// The order.
    order: OrderSummary,
    /// Its invoice; pay it under `/api/v1/invoices/{id}/payments`.
    invoice: InvoiceSummary,
}

impl CheckedOut {
    pub(super) fn new(order: &Order, invoice: &Invoice, language: Language) -> Self {
        Self {
            order: OrderSummary::new(order, language),
            invoice: InvoiceSummary::new(invoice, language),
        }
    }
}
