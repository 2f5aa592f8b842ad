//! What staff do to the catalog: products, their plans, and the versions of prices.
//!
//! Nothing here is deleted: what is no longer sold is archived, and running services go on.

mod plan;
mod price;
mod product;

pub use plan::{NewPlan, PlanPatch, change_plan, create_plan, turn_plan};
pub use price::{NewPrice, add_price};
pub use product::{NewProduct, ProductPatch, change_product, create_product, turn_product};

pub use super::configuration::{ConfigurationRefusal, Edit, Misfit};
