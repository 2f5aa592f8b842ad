//! What people are called and where they live: texts that fit on one line.

use crate::model::{Address, CustomerKind};

/// A text is empty, too long, or has characters that do not belong on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` should be {expected}")]
pub struct FieldOutOfRange {
    /// The field's name in the command, with dots between levels.
    pub field: &'static str,
    /// What would be right.
    pub expected: &'static str,
}

pub(in crate::decide) fn line(
    field: &'static str,
    text: &str,
    most: usize,
) -> Result<String, FieldOutOfRange> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        let expected = match most {
            40 => "one line of 1 to 40 characters",
            80 => "one line of 1 to 80 characters",
            120 => "one line of 1 to 120 characters",
            _ => "one line of 1 to 160 characters",
        };
        return Err(FieldOutOfRange { field, expected });
    }
    Ok(text.to_owned())
}

pub(in crate::decide) fn maybe(
    field: &'static str,
    text: Option<&str>,
    most: usize,
) -> Result<Option<String>, FieldOutOfRange> {
    text.map(|it| line(field, it, most)).transpose()
}

/// A postal address with its texts trimmed and checked.
pub(in crate::decide) fn address(raw: &Address) -> Result<Address, FieldOutOfRange> {
    Ok(Address {
        line1: line("address.line1", &raw.line1, 160)?,
        line2: maybe("address.line2", raw.line2.as_deref(), 160)?,
        city: line("address.city", &raw.city, 160)?,
        region: maybe("address.region", raw.region.as_deref(), 160)?,
        postcode: maybe("address.postcode", raw.postcode.as_deref(), 40)?,
        country: raw.country.clone(),
    })
}

/// The company's name, which a company must have.
pub(in crate::decide) fn company(
    kind: CustomerKind,
    text: Option<&str>,
) -> Result<Option<String>, FieldOutOfRange> {
    let company = maybe("company", text, 120)?;
    if kind == CustomerKind::Company && company.is_none() {
        let expected = "the company's name, for a customer that is a company";
        return Err(FieldOutOfRange { field: "company", expected });
    }
    Ok(company)
}

pub(in crate::decide) fn locale(text: &str) -> Result<String, FieldOutOfRange> {
    if matches!(text, "id" | "en") {
        return Ok(text.to_owned());
    }
    Err(FieldOutOfRange { field: "locale", expected: "`id` or `en`" })
}
