//! The ground floor: values that mean the same everywhere.
//!
//! Ids, money, calendar, closed lists, state machines, validated text, secrets and pages. Nothing
//! here knows what an invoice is, and nothing here asks for the time or for randomness: both are
//! handed in (see [`Mint`]).

pub mod bill_cycle;
pub mod calendar;
pub mod closed;
pub mod currency;
pub mod effect;
pub mod id;
pub mod machine;
pub mod money;
pub mod page;
pub mod rate;
pub mod secret;
pub mod text;
pub mod versioned;

pub use bill_cycle::{Alignment, BillCycleDay, CycleCount, Partial};
pub use calendar::{BillingCycle, CycleUnit, Period, SellerZone};
pub use currency::{Currency, UnknownCurrency};
pub use effect::Effect;
pub use id::{Entity, Entropy, Id, Mint, NotAnId};
pub use machine::IllegalTransition;
pub use money::{Money, MoneyError};
pub use rate::{Rate, Ratio, Rounding};
pub use secret::{Sealed, Secret};
pub use text::{CountryCode, DomainName, Email, InvalidText, Phone, Slug};
pub use versioned::Versioned;

pub use page::{Cursor, Page, PageRequest};
