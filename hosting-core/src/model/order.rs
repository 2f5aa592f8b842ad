//! Carts and orders.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    billing::InvoiceId, catalog::PlanId, customer::CustomerId, noun::noun, promo::CouponId,
    subscription::SubscriptionId,
};
use crate::{
    entities,
    kernel::{BillingCycle, Currency, DomainName, Money},
    state_machine,
};

entities! {
    /// What somebody is about to order.
    CartKind as CartId = "crt";
    /// What somebody ordered.
    OrderKind as OrderId = "ord";
}

state_machine! {
    noun "a cart";
    /// Where a cart stands.
    states CartStatus {
        /// Being filled.
        Open = "open",
        /// Became an order.
        Ordered = "ordered",
    }
    /// What can happen to a cart.
    triggers CartTrigger {
        /// Checked out.
        CheckedOut = "checked_out",
    }
    initial { Open }
    terminal { Ordered }
    table {
        Open, CheckedOut => Ordered;
    }
}

/// One line of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartItem {
    /// What.
    pub plan_id: PlanId,
    /// Billed how often.
    pub cycle: BillingCycle,
    /// How many; 1 to 100.
    pub quantity: u32,
    /// The main domain of the account.
    pub domain: DomainName,
}

/// What somebody is about to order. Prices are not kept here: they are quoted anew each time (law 9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    /// Identifies the cart. Whoever knows the id of a cart without a customer may fill it.
    pub id: CartId,
    /// Whose it is, once known.
    pub customer_id: Option<CustomerId>,
    /// What it is priced in.
    pub currency: Currency,
    /// At most 20 lines.
    pub items: Vec<CartItem>,
    /// The coupon code that was typed.
    pub coupon_code: Option<String>,
    /// Where it stands.
    pub status: CartStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

state_machine! {
    noun "an order";
    /// Where an order stands.
    states OrderStatus {
        /// Placed, not yet paid for.
        Pending = "pending",
        /// Paid for; its services are made.
        Paid = "paid",
        /// Cancelled before it was paid.
        Cancelled = "cancelled",
        /// Paid and given back.
        Refunded = "refunded",
        /// Paid for, and making one of its services was given up; staff look into it.
        Failed = "failed",
    }
    /// What can happen to an order.
    triggers OrderTrigger {
        /// Its invoice was paid.
        Paid = "paid",
        /// The customer or staff cancelled it, or it was left unpaid too long.
        Cancelled = "cancelled",
        /// Staff gave the money back.
        Refunded = "refunded",
        /// Making one of its services was given up.
        Failed = "failed",
        /// What could not be made was made after all.
        Fulfilled = "fulfilled",
    }
    initial { Pending }
    terminal { Cancelled, Refunded }
    table {
        Pending, Paid => Paid;
        Pending, Cancelled => Cancelled;
        Paid, Refunded => Refunded;
        Paid, Failed => Failed;
        Failed, Fulfilled => Paid;
        Failed, Refunded => Refunded;
    }
}

/// What somebody ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Identifies the order.
    pub id: OrderId,
    /// Who ordered.
    pub customer_id: CustomerId,
    /// The cart it came from; unique, so that one cart is one order.
    pub cart_id: CartId,
    /// The invoice that was issued for it.
    pub invoice_id: InvoiceId,
    /// The services it starts.
    pub subscription_ids: Vec<SubscriptionId>,
    /// The coupon it used.
    pub coupon_id: Option<CouponId>,
    /// The currency of the total.
    pub currency: Currency,
    /// What the customer owes for it, tax included.
    pub total: Money,
    /// Where it stands.
    pub status: OrderStatus,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

noun! {
    Cart as CartKind in "carts";
    Order as OrderKind in "orders";
}
