//! Carts: for guests too. Whoever knows the id of a cart without an owner may fill it; once a
//! customer has touched it, it is theirs alone.

mod body;
mod endpoints;
mod view;

pub(crate) use endpoints::check_out;
pub(super) use endpoints::routes;
