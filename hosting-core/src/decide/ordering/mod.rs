//! From a cart to an order: quote, check out, give up.

mod cancel;
mod checkout;
mod quote;

pub use cancel::{OrderRefusal, Unpaid, cancel_order};
pub use checkout::{Checkout, CheckoutRefusal, Placed, check_out};
pub use quote::{QuoteItem, QuoteRefusal, QuotedCart, quote_cart};
