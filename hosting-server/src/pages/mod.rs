//! Pages for people: the shop for guests and the area for customers.
//!
//! A page is made on the server, works without a script, and holds no inline style or script. It
//! stands behind the same gate as the API ([`ApiRoutes::page`](crate::http::ApiRoutes::page)), and it *is* the API underneath: forms
//! are handed to the handlers of [`api`](crate::api), so that rules, limits and refusals are the same
//! for a browser and for a program. What the API answers as a problem becomes a page in `people`.
//!
//! * `frame`: what every page shows around its own content; `written`: how amounts and days are
//!   written.
//! * `texts`: every word, in each language; a missing one does not compile.
//! * `form`: what was typed, and what does not fit, next to its field.
//! * [`assets`]: styles, icons, the font; embedded.
//!
//! Deliberately absent: a back office. Staff use the API.

pub(crate) mod account;
mod all;
pub mod assets;
mod cart;
mod catalog;
mod checkout;
mod entry;
mod form;
mod frame;
mod invoices;
mod links;
mod next;
mod offers;
mod orders;
mod pay;
pub(crate) mod people;
mod profile;
mod qr;
mod services;
pub(crate) mod texts;
mod written;

pub use all::routes;
use all::{go, page, page_again};
