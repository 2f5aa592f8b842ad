//! The one pricing function (law 9): cart, checkout, renewal and preview all call [`price`].

mod coupon;
mod lines;
mod tax;

pub use coupon::{CouponContext, CouponRefusal, check_coupon, covers};
pub use lines::{LineInput, PricedLine, PricingError, Quote, price};
pub use tax::{BuyerForTax, choose_rule};
