//! What a cart is filled with.

use hosting_core::{
    decide::ordering::MOST_LINES,
    kernel::{BillingCycle, DomainName},
    model::{CartItem, PlanId},
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::Fields;

/// One line.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CartItemBody {
    /// What.
    #[schema(example = "pln_01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    plan_id: String,
    /// Billed how often: one of the plan's cycles.
    #[schema(example = "monthly")]
    cycle: String,
    /// How many; 1 unless said.
    #[schema(minimum = 1, maximum = 100)]
    quantity: Option<i64>,
    /// The main domain of the account.
    #[schema(example = "nusakopi.com")]
    domain: String,
}

/// A cart to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateCart {
    /// ISO 4217; the customer's own or the shop's unless said.
    #[schema(example = "IDR")]
    pub(super) currency: Option<String>,
    /// Its lines.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(super) items: Vec<CartItemBody>,
}

/// A cart's lines.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CartItems {
    /// All of them; what is not here is taken out.
    #[schema(max_items = 20)]
    pub(super) items: Vec<CartItemBody>,
}

/// A coupon that was typed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CouponBody {
    /// Its code, in capitals or not.
    #[schema(min_length = 1, max_length = 40, example = "KOPI10")]
    pub(super) code: String,
}

/// Reads the lines; what does not fit is noted in `fields`.
pub(super) fn items(fields: &mut Fields, bodies: &[CartItemBody]) -> Vec<CartItem> {
    fields.demand("/items", bodies.len() <= MOST_LINES, "20 lines at most");
    let mut items = Vec::new();
    for (at, body) in bodies.iter().enumerate().take(MOST_LINES) {
        let plan_id = fields.parse::<PlanId>(&format!("/items/{at}/plan_id"), &body.plan_id);
        let cycle = fields.parse::<BillingCycle>(&format!("/items/{at}/cycle"), &body.cycle);
        let domain = fields.parse::<DomainName>(&format!("/items/{at}/domain"), &body.domain);
        let quantity = u32::try_from(body.quantity.unwrap_or(1)).unwrap_or(0);
        let fits = (1..=100).contains(&quantity);
        fields.demand(&format!("/items/{at}/quantity"), fits, "a whole number from 1 to 100");
        if let (Some(plan_id), Some(cycle), Some(domain)) = (plan_id, cycle, domain) {
            items.push(CartItem { plan_id, cycle, quantity, domain });
        }
    }
    items
}
