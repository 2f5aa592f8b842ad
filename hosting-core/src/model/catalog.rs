//! What is sold.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::noun::noun;
use crate::{
    entities,
    kernel::{BillingCycle, Currency, Money, Slug},
    state_machine,
};

entities! {
    /// A line of business, e.g. shared hosting.
    ProductKind as ProductId = "prd";
    /// One size of a product.
    PlanKind as PlanId = "pln";
    /// What a plan costs for one cycle in one currency.
    PlanPriceKind as PlanPriceId = "prc";
}

state_machine! {
    noun "a product";
    /// Whether a product can be bought.
    states ProductStatus {
        /// Being prepared; seen by staff only.
        Draft = "draft",
        /// On sale.
        Active = "active",
        /// No longer sold; running subscriptions go on.
        Archived = "archived",
    }
    /// What can happen to a product.
    triggers ProductTrigger {
        /// Put on sale.
        Published = "published",
        /// Taken off sale.
        Archived = "archived",
    }
    initial { Draft }
    terminal { }
    table {
        Draft, Published => Active;
        Draft, Archived => Archived;
        Active, Archived => Archived;
        Archived, Published => Active;
    }
}

/// A line of business, e.g. shared hosting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Identifies the product.
    pub id: ProductId,
    /// Its name in addresses; unique.
    pub slug: Slug,
    /// What people read.
    pub name: String,
    /// A few sentences, plain text.
    pub description: String,
    /// The panel adapter that makes its accounts, e.g. `cpanel`.
    pub panel: String,
    /// Whether tax is due on it.
    pub taxable: bool,
    /// Place in lists, low first.
    pub position: i64,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted; the row stays for history.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// One line of a plan's description, e.g. "Storage: 10 GB".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// What it is.
    pub label: String,
    /// How much of it.
    pub value: String,
}

/// One size of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Identifies the plan.
    pub id: PlanId,
    /// What it is a size of.
    pub product_id: ProductId,
    /// Its name in addresses; unique within the shop.
    pub slug: Slug,
    /// What people read.
    pub name: String,
    /// One sentence, plain text.
    pub description: String,
    /// What one gets.
    pub features: Vec<Feature>,
    /// The panel's package for it.
    pub package: String,
    /// The servers it may be placed on.
    pub server_group: String,
    /// Days of free use before the first invoice; 0 is none.
    pub trial_days: i64,
    /// How many may be sold in all; `None` is no limit. Counted under `stock/<plan id>`.
    pub stock: Option<i64>,
    /// Place in lists, low first.
    pub position: i64,
    /// Whether it can be bought.
    pub status: ProductStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted; the row stays for history.
    pub deleted_at: Option<DateTime<Utc>>,
}

/// What a plan costs for one cycle in one currency, from one instant to another.
///
/// Prices are versions: a change is a new row, and customers keep what they bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanPrice {
    /// Identifies this version of the price.
    pub id: PlanPriceId,
    /// What it is the price of.
    pub plan_id: PlanId,
    /// How often it is billed.
    pub cycle: BillingCycle,
    /// The currency of both amounts.
    pub currency: Currency,
    /// For each cycle and unit of quantity.
    pub price: Money,
    /// Once, with the first invoice, for each unit of quantity.
    pub setup_fee: Money,
    /// From when it can be bought.
    pub valid_from: DateTime<Utc>,
    /// Until when it can be bought (exclusive); `None` is until further notice.
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl PlanPrice {
    /// Whether it can be bought at `at`.
    pub fn is_valid_at(&self, at: DateTime<Utc>) -> bool {
        self.valid_from <= at && self.valid_until.is_none_or(|until| at < until)
    }
}

noun! {
    Product as ProductKind in "products";
    Plan as PlanKind in "plans";
    PlanPrice as PlanPriceKind in "plan_prices";
}
