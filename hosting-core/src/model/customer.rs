//! Who buys.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::noun::noun;
use crate::{
    closed_enum, entities,
    kernel::{CountryCode, Currency, Email, Phone},
    state_machine,
};

entities! {
    /// A person or company that buys.
    CustomerMark as CustomerId = "cus";
}

closed_enum! {
    /// Who the customer is for tax.
    pub enum CustomerKind {
        /// A person.
        Individual = "individual",
        /// A company.
        Company = "company",
    }
}

state_machine! {
    noun "a customer";
    /// Whether the customer may order.
    states CustomerStatus {
        /// May order.
        Active = "active",
        /// Closed; history stays.
        Closed = "closed",
    }
    /// What can happen to a customer.
    triggers CustomerTrigger {
        /// Staff or the customer closed the account.
        Closed = "closed",
        /// Staff opened it again.
        Reopened = "reopened",
    }
    initial { Active }
    terminal { }
    table {
        Active, Closed => Closed;
        Closed, Reopened => Active;
    }
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Street and number.
    pub line1: String,
    /// Building, floor, neighbourhood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line2: Option<String>,
    /// Town.
    pub city: String,
    /// Province or state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: CountryCode,
}

/// A person or company that buys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Identifies the customer.
    pub id: CustomerId,
    /// Who they are for tax.
    pub kind: CustomerKind,
    /// Full name of the person, or of the contact at the company.
    pub name: String,
    /// The company's name.
    pub company: Option<String>,
    /// Where invoices and notices go.
    pub email: Email,
    /// Phone number.
    pub phone: Option<Phone>,
    /// Postal address; its country decides the tax rule.
    pub address: Address,
    /// Tax number (NPWP in Indonesia), as written on invoices.
    pub tax_id: Option<String>,
    /// What they pay in.
    pub currency: Currency,
    /// BCP 47 language of mails, `id` or `en`.
    pub locale: String,
    /// Whether they may order.
    pub status: CustomerStatus,
    /// Why nothing of theirs may be suspended or terminated now, if so (law 7).
    pub hold: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was deleted; the row stays for history.
    pub deleted_at: Option<DateTime<Utc>>,
}

noun! {
    Customer as CustomerMark in "customers";
}
