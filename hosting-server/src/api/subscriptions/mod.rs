//! Running services.

mod endpoints;
pub(crate) mod panel;
mod view;

use endpoints::own;
pub(super) use endpoints::routes;
pub(crate) use endpoints::{cancel, keep};
