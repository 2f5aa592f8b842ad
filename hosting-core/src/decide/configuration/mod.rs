//! What staff configure beside the catalog: coupons, tax rules, servers, the shop's settings.
//!
//! Every change is checked as a whole, names each field that does not fit, and is made to the version
//! that staff saw: whoever saved first is not overwritten by whoever saved second.

mod coupon;
mod misfit;
mod server;
mod shop;
mod tax;

pub use coupon::{CouponPatch, NewCoupon, change_coupon, create_coupon, turn_coupon};
pub use misfit::{ConfigurationRefusal, Edit, Misfit};
pub use server::{NewServer, ServerPatch, change_server, create_server, turn_server};
pub use shop::change_shop;
pub use tax::{NewTaxRule, create_tax_rule, end_tax_rule};

pub(crate) use misfit::{Check, at_version, set};
