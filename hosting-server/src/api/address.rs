//! A postal address, as people send it.

use hosting_core::model::Address;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::Fields;

/// A postal address, whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    /// Street and number.
    #[schema(min_length = 1, max_length = 160)]
    line1: String,
    /// Building, floor, neighbourhood.
    #[schema(max_length = 160)]
    line2: Option<String>,
    /// Town.
    #[schema(min_length = 1, max_length = 160)]
    city: String,
    /// Province or state.
    #[schema(max_length = 160)]
    region: Option<String>,
    /// Postal code.
    #[schema(max_length = 40)]
    postcode: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[schema(example = "ID")]
    country: String,
}

impl AddressBody {
    /// The address at `/address`; `None` when its country is none, which is noted.
    pub(super) fn read(self, fields: &mut Fields) -> Option<Address> {
        let country = fields.parse("/address/country", &self.country)?;
        Some(Address {
            line1: self.line1,
            line2: filled(self.line2),
            city: self.city,
            region: filled(self.region),
            postcode: filled(self.postcode),
            country,
        })
    }
}

/// An optional text; one of blanks is absent.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|it| !it.trim().is_empty())
}
