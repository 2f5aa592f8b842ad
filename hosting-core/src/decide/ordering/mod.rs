//! From a cart to an order: quote, check out, give up.

mod cancel;
mod cart;
mod checkout;
mod quote;
mod recurring;

pub use cancel::{OrderRefusal, Unpaid, cancel_order};
pub use cart::{CartRefusal, LONGEST_CODE, MOST_LINES, Offer, fill_cart, open_cart, type_coupon};
pub use checkout::{Checkout, CheckoutRefusal, Placed, check_out};
pub use quote::{QuoteItem, QuoteRefusal, QuotedCart, quote_cart};
