//! `/api/v1/admin`: what staff do.
//!
//! Every route needs a permission of staff and sees everybody's things. What is edited carries a
//! version: a change names the one that was seen, in the body or as `If-Match`, and is refused when
//! somebody else saved meanwhile. Prices, tax rules and documents are never edited; they are followed
//! by new ones, ended or voided. Secrets go in and never come out.

mod all;
pub mod clock;
pub mod coupons;
pub mod customer_edit;
pub mod customer_users;
pub mod customers;
pub mod events;
pub mod invoices;
pub mod orders;
pub mod page;
pub mod panels;
pub mod payments;
pub mod plans;
pub mod prices;
pub mod products;
mod rate;
pub mod refunds;
pub mod save;
pub mod servers;
pub mod settings;
pub mod subscriptions;
pub mod tasks;
pub mod tax_rules;
pub mod users;
pub mod webhooks;

pub use all::routes;
