//! A transfer to the seller's own bank account, confirmed by staff.
//!
//! There is nobody to ask: no provider keeps a record, sends a message or can be called. So the
//! gateway keeps no state of its own either, and says no more than it knows:
//!
//! * [`charge`](hosting_core::port::PaymentGateway::charge) tells the customer where to transfer and
//!   what to write; it has no effect anywhere, so it may be repeated for ever.
//! * [`find`](hosting_core::port::PaymentGateway::find) answers `None`: no provider ever saw the
//!   reference. It never says that money came, and it never says that an offer ended.
//! * [`cancel`](hosting_core::port::PaymentGateway::cancel) answers that the offer is withdrawn. It
//!   cannot stop a transfer; money that still arrives is for staff to record.
//! * Whether money came is known from the account statement only, which is what
//!   [`confirmed_by_staff`](hosting_core::port::PaymentGateway::confirmed_by_staff) says.

mod adapter;
mod config;

pub use adapter::ManualTransfer;
pub use config::{ConfigError, DESCRIPTOR, ManualConfig};
