//! The web server against the store in memory: what every caller can rely on.

mod access;
mod accounts;
mod hardening;
mod idempotency;
mod shop;
mod validation;
