//! Coupons.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    catalog::{PlanId, ProductId},
    customer::CustomerId,
    noun::noun,
    order::OrderId,
};
use crate::{
    entities,
    kernel::{Money, Rate},
    state_machine,
};

entities! {
    /// A code that lowers a price.
    CouponKind as CouponId = "cpn";
    /// One order's use of a coupon.
    CouponUseKind as CouponUseId = "cpu";
}

state_machine! {
    noun "a coupon";
    /// Whether a coupon can be used.
    states CouponStatus {
        /// Can be used within its dates and limits.
        Active = "active",
        /// Cannot be used for new orders.
        Disabled = "disabled",
    }
    /// What can happen to a coupon.
    triggers CouponTrigger {
        /// Staff switched it off.
        Disabled = "disabled",
        /// Staff switched it on.
        Enabled = "enabled",
    }
    initial { Active }
    terminal { }
    table {
        Active, Disabled => Disabled;
        Disabled, Enabled => Active;
    }
}

/// How much is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Discount {
    /// A share of the eligible lines, at most all of them.
    Percent {
        /// Fraction of one, above 0 and at most 1.
        rate: Rate,
    },
    /// An amount, at most the eligible lines' sum; only in its own currency.
    Fixed {
        /// Above zero.
        amount: Money,
    },
}

/// For how many terms of a subscription a coupon counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "terms", content = "count", rename_all = "snake_case")]
pub enum AppliesTo {
    /// The first term only.
    First,
    /// The first `n` terms; at least 1.
    Terms(u32),
    /// Every term.
    Forever,
}

impl AppliesTo {
    /// What is left after the first term: `None` is nothing, `Some(None)` is for ever.
    pub fn after_first(self) -> Option<Option<u32>> {
        match self {
            Self::First => None,
            Self::Terms(n) => n.checked_sub(1).filter(|&left| left > 0).map(Some),
            Self::Forever => Some(None),
        }
    }
}

/// A code that lowers a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Identifies the coupon.
    pub id: CouponId,
    /// What the customer types; capitals, digits and dashes, unique.
    pub code: String,
    /// How much is taken off.
    pub discount: Discount,
    /// For how many terms.
    pub applies_to: AppliesTo,
    /// Whether set-up fees are lowered too.
    pub includes_setup_fee: bool,
    /// Whether only customers without an earlier paid order may use it.
    pub new_customers_only: bool,
    /// Only these products; empty is all.
    pub product_ids: Vec<ProductId>,
    /// Only these plans; empty is all.
    pub plan_ids: Vec<PlanId>,
    /// From when.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when (exclusive).
    pub ends_at: Option<DateTime<Utc>>,
    /// How many orders may use it in all. Counted under `coupon/<id>`.
    pub max_uses: Option<i64>,
    /// How many orders of one customer may use it. Counted under `coupon/<id>/<customer>`.
    pub max_uses_per_customer: Option<i64>,
    /// Whether it can be used.
    pub status: CouponStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

state_machine! {
    noun "a coupon use";
    /// Whether a use counts against the limits.
    states CouponUseStatus {
        /// Counts.
        Counted = "counted",
        /// Given back, because the order was cancelled.
        GivenBack = "given_back",
    }
    /// What can happen to a use.
    triggers CouponUseTrigger {
        /// The order was cancelled unpaid.
        OrderCancelled = "order_cancelled",
    }
    initial { Counted }
    terminal { GivenBack }
    table {
        Counted, OrderCancelled => GivenBack;
    }
}

/// One order's use of a coupon; counted when the order is placed, given back when it is cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponUse {
    /// Identifies the use.
    pub id: CouponUseId,
    /// Which coupon.
    pub coupon_id: CouponId,
    /// Who used it.
    pub customer_id: CustomerId,
    /// For what; unique.
    pub order_id: OrderId,
    /// Whether it counts.
    pub status: CouponUseStatus,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a coupon still does for a running subscription, frozen when it was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecurringDiscount {
    /// Which coupon.
    pub coupon_id: CouponId,
    /// Its code, for the invoice line.
    pub code: String,
    /// How much is taken off.
    pub discount: Discount,
    /// Terms left; `None` is for ever.
    pub terms_left: Option<u32>,
}

noun! {
    Coupon as CouponKind in "coupons";
    CouponUse as CouponUseKind in "coupon_uses";
}
