//! The web server against the store in memory: what every caller can rely on.

mod access;
mod accounts;
mod door;
mod hardening;
mod idempotency;
mod openapi;
mod shop;
mod strict;
mod validation;
