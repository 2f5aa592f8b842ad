//! Somebody who is about to become a customer, whoever says so: themselves, or staff.

use hosting_core::{
    decide::access::Registration,
    kernel::{Currency, Email},
    model::{CustomerKind, access::PasswordHash},
};

use super::address::{AddressBody, filled};
use crate::http::{Fields, Problem};

/// What is said of them, as it was sent.
pub(super) struct Newcomer {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) kind: Option<String>,
    pub(super) company: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) address: AddressBody,
    pub(super) tax_id: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) locale: Option<String>,
}

impl Newcomer {
    /// The wish, without a password; `shop` is the shop's currency. `fields` has what was found wrong so far.
    pub(super) fn read(self, mut fields: Fields, shop: Currency) -> Result<Registration, Problem> {
        let email = fields.parse::<Email>("/email", &self.email);
        let kind = fields.parse_optional::<CustomerKind>("/kind", self.kind.as_deref());
        let phone = fields.parse_optional("/phone", self.phone.as_deref());
        let address = self.address.read(&mut fields);
        let currency = fields.parse_optional("/currency", self.currency.as_deref());
        fields.finish()?;
        let (Some(email), Some(address)) = (email, address) else {
            return Err(Problem::internal());
        };
        Ok(Registration {
            email,
            password_hash: PasswordHash::of_none(),
            name: self.name,
            kind: kind.unwrap_or(CustomerKind::Individual),
            company: filled(self.company),
            phone,
            address,
            tax_id: filled(self.tax_id),
            currency: currency.unwrap_or(shop),
            locale: filled(self.locale).unwrap_or_else(|| "id".to_owned()),
        })
    }
}
