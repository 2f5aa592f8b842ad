//! What the core asks the database, one small trait a context.
//!
//! Looking something up by id answers `None` when it was never there; soft-deleted rows are
//! answered by id and left out of lists. Lists are newest first unless they say otherwise.

mod billing;
mod catalog;
mod house;
mod people;
mod service;

use chrono::{DateTime, Utc};

pub use self::{
    billing::{BillingRepository, InvoiceFilter, OrderFilter, OrderRepository, PaymentFilter},
    catalog::{CatalogRepository, PromoRepository, TaxRepository},
    house::{AuditRepository, IdempotencyRepository, SettingsRepository, WebhookRepository},
    people::{AccessRepository, CustomerFilter, CustomerRepository, UserFilter},
    service::{ProvisioningRepository, SubscriptionFilter, SubscriptionRepository},
};
use super::{Rows, StoreError};
use crate::kernel::Versioned;

/// What a question is answered with.
pub type Answer<T> = Result<T, StoreError>;

/// Rows that fell due; the place of each is when, and its id.
pub type Due<T, I> = Rows<Versioned<T>, (DateTime<Utc>, I)>;
