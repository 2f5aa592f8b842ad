//! Saving what staff changed: the version they saw, and how refusals are answered.

use axum::{
    Json,
    http::{HeaderMap, HeaderName, StatusCode, header},
};
use hosting_core::{
    change::Unique,
    decide::{
        billing::PaidPart,
        configuration::{ConfigurationRefusal, Edit},
    },
    port::StoreError,
    service::ServiceError,
};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::http::{
    Fields, Problem,
    fields::pointer,
    problem::{FieldError, sentence},
};

/// An answer with its version as `ETag`.
pub(super) type Tagged<V> = ([(HeaderName, String); 1], Json<V>);

pub(super) fn tagged<V>(version: i64, view: V) -> Tagged<V> {
    ([(header::ETAG, format!("\"{version}\""))], Json(view))
}

/// The version that staff saw, and how they said so: `If-Match` or the body's `version`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) version: i64,
    by_header: bool,
}

impl Seen {
    /// Reads both places; one of them is enough.
    pub(super) fn new(headers: &HeaderMap, body: Option<i64>) -> Result<Self, Problem> {
        let header = match headers.get(header::IF_MATCH) {
            None => None,
            Some(value) => Some(etag(value.to_str().unwrap_or_default()).ok_or_else(|| {
                Problem::malformed("If-Match should be one version in quotes, such as \"3\".")
            })?),
        };
        match (header, body) {
            (Some(header), Some(body)) if header != body => {
                Err(Problem::field("/version", "is another one than If-Match says"))
            }
            (Some(version), _) => Ok(Self { version, by_header: true }),
            (None, Some(version)) => Ok(Self { version, by_header: false }),
            (None, None) => Err(Problem::field(
                "/version",
                "is missing: send the version you saw, here or as If-Match",
            )),
        }
    }

    /// A refusal as an answer: 412 when `If-Match` named a version that is past, 409 when the body did.
    pub(super) fn refused(self, error: ServiceError<ConfigurationRefusal>) -> Problem {
        match error {
            ServiceError::Refused(stale @ ConfigurationRefusal::Stale(_)) => {
                let status = if self.by_header {
                    StatusCode::PRECONDITION_FAILED
                } else {
                    StatusCode::CONFLICT
                };
                Problem::new(status, "changed-meanwhile", "Somebody else saved this meanwhile")
                    .detail(sentence(&stale.to_string()))
            }
            other => refused(other),
        }
    }
}

fn etag(text: &str) -> Option<i64> {
    text.trim().strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// A refusal as an answer: 422 naming the fields, 409 otherwise.
pub(super) fn refused(error: ServiceError<ConfigurationRefusal>) -> Problem {
    match error {
        ServiceError::Refused(ConfigurationRefusal::Fields(misfits)) => {
            let named = misfits.into_iter().map(|it| FieldError {
                pointer: pointer(&it.field),
                detail: format!("should be {}", it.expected),
            });
            Problem::invalid(named.collect())
        }
        ServiceError::Store(StoreError::Duplicate(Unique::ProductSlug | Unique::PlanSlug)) => {
            Problem::field("/slug", "is taken already")
        }
        ServiceError::Store(StoreError::Duplicate(Unique::CouponCode)) => {
            Problem::field("/code", "is taken already")
        }
        ServiceError::Store(StoreError::Duplicate(Unique::ServerName)) => {
            Problem::field("/name", "is taken already")
        }
        ServiceError::Store(StoreError::Duplicate(Unique::PlanPrice)) => {
            Problem::field("/valid_from", "is when another version begins already")
        }
        other => other.into(),
    }
}

/// Tells a field that is `null` (take it away) from one that is absent (leave it).
pub(super) fn given<'de, D, T>(deserializer: D) -> Result<Edit<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.map_or(Edit::Remove, Edit::Set))
}

/// Why something is done. It is kept in the journal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffReason {
    /// One line of 1 to 200 characters.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

impl StaffReason {
    /// The checked line.
    pub(super) fn text(&self) -> Result<&str, Problem> {
        let mut fields = Fields::default();
        let reason = line(&mut fields, "/reason", &self.reason, 200);
        fields.finish()?;
        Ok(reason)
    }
}

/// Why something that was sold is given up, and what becomes of what was paid of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StaffGivingUp {
    /// One line of 1 to 200 characters. It is kept in the journal.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
    /// What becomes of the part that was paid. Left out, something of which a part is paid is refused.
    #[serde(default)]
    paid_part: StaffPaidPart,
}

/// What becomes of the part of an invoice that was paid.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StaffPaidPart {
    /// Nobody has decided: refuse.
    #[default]
    Undecided,
    /// The claim to the rest is written off; what was paid stays on its payments, to be refunded.
    GiveBack,
}

impl StaffGivingUp {
    /// The checked line, and the decision.
    pub(super) fn checked(&self) -> Result<(&str, PaidPart), Problem> {
        let mut fields = Fields::default();
        let reason = line(&mut fields, "/reason", &self.reason, 200);
        fields.finish()?;
        let paid_part = match self.paid_part {
            StaffPaidPart::Undecided => PaidPart::Undecided,
            StaffPaidPart::GiveBack => PaidPart::GiveBack,
        };
        Ok((reason, paid_part))
    }
}

/// One line of 1 to `most` characters, without the blanks around it.
pub(super) fn line<'t>(fields: &mut Fields, pointer: &str, text: &'t str, most: usize) -> &'t str {
    let text = text.trim();
    let fits = (1..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fields.demand(pointer, fits, &format!("one line of 1 to {most} characters"));
    text
}
