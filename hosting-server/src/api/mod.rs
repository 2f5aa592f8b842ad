//! `/api/v1`: everything a page can do, for programs.
//!
//! One file a resource; each has `pub fn routes(routes: ApiRoutes) -> ApiRoutes`, which [`routes`]
//! calls. Commands are structs with `#[serde(deny_unknown_fields)]`, checked with
//! [`Fields`](crate::http::Fields); views are structs made from nouns, so that a new column is not
//! shown by accident. Ids travel in the form people see (`usr_01J…`), times in RFC 3339.

pub mod account;
pub mod address;
mod all;
pub mod api_keys;
pub mod carts;
pub mod catalog;
pub mod email;
pub mod invoices;
pub mod login;
mod newcomer;
pub mod orders;
pub mod password;
pub mod payments;
mod payments_at_once;
mod payments_view;
pub mod profile;
pub mod register;
pub mod sessions;
pub mod staff;
pub mod subscriptions;
pub mod users;
pub mod webhooks;

pub use all::routes;
