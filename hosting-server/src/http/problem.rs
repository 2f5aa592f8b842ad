//! Errors as programs read them (RFC 9457); for people [`pages`](crate::pages) makes pages of them.
//!
//! A [`Problem`] is an answer. Handlers answer `Result<_, Problem>`; what must not be told (which
//! query failed, whose object it is) never gets into one, it is logged where it happens.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hosting_core::{port::StoreError, service::ServiceError};
use serde::Serialize;
use utoipa::ToSchema;

/// One field that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer into the body (`/address/city`), or `?name` for a query parameter, or `:name` for
    /// a part of the path.
    pub pointer: String,
    /// What would be right.
    pub detail: String,
}

/// An error as an answer (`application/problem+json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Names the kind of problem; stable.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words; stable.
    title: String,
    /// The HTTP status.
    status: u16,
    /// This occurrence in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Which fields do not fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    #[serde(skip)]
    #[schema(ignore)]
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem of `kind` (a stable `snake-case` name).
    pub fn new(status: StatusCode, kind: &str, title: &str) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// Says more about this occurrence. People read it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The request cannot be read at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request cannot be read").detail(detail)
    }

    /// Fields do not fit.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let problem = Self::new(status, "invalid-fields", "Some fields do not fit");
        Self { errors, ..problem }
    }

    /// One field does not fit.
    pub fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    /// Nobody is logged in.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", "Please log in")
    }

    /// Whoever is logged in may not do this.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "You may not do this")
    }

    /// Not there, or somebody else's.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is no such thing")
    }

    /// The rules say no, for a reason people may know.
    pub fn refused(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "refused", "This is not possible now").detail(detail)
    }

    /// Too many requests; try again after `seconds`.
    pub fn too_many(seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "Too many attempts; please wait")
            .retry_after(seconds)
    }

    /// The body is larger than this server takes.
    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large")
    }

    /// Not possible right now; try again after `seconds`.
    pub fn unavailable(seconds: u64) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, "unavailable", "Please try again in a moment").retry_after(seconds)
    }

    /// A fault of ours. What happened is in the log.
    pub fn internal() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(status, "internal", "Something went wrong on our side")
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Which fields do not fit.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// This occurrence in words.
    pub fn words(&self) -> Option<&str> {
        self.detail.as_deref()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (self.status(), body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"hosting\"");
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => {
                Self::refused("Somebody else changed this at the same time; please look again.")
                    .retry_after(1)
            }
            StoreError::Duplicate(_) => Self::refused("It is already there."),
            StoreError::LimitReached { .. } => Self::refused("None are left."),
            StoreError::Unavailable(source) => {
                tracing::error!(error = %source, "the database is unavailable");
                Self::unavailable(5)
            }
            other => {
                tracing::error!(error = %other, "the database refused");
                Self::internal()
            }
        }
    }
}

/// Refusals answer 409 with their own words; where another answer fits better, match before.
impl<R: std::error::Error + 'static> From<ServiceError<R>> for Problem {
    fn from(error: ServiceError<R>) -> Self {
        match error {
            ServiceError::Refused(refusal) => Self::refused(sentence(&refusal.to_string())),
            ServiceError::NotFound(_) => Self::not_found(),
            ServiceError::Store(error) => error.into(),
        }
    }
}

/// `text` as a sentence: a capital in front, a full stop behind.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|it| it.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}
