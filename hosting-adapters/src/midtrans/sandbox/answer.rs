//! The API's answers: a code in the body, and an HTTP status that does not always agree.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// One answer of the API.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) http: u16,
    pub(super) body: Value,
}

impl Answer {
    /// A transaction with HTTP 200, whatever its code.
    pub(super) fn ok(body: Value) -> Self {
        Self { http: 200, body }
    }

    /// An error; `id` is the provider's id of the answer.
    pub(super) fn error(code: u16, message: &str) -> Self {
        // The provider reports an inactive channel with HTTP 200.
        let http = if matches!(code, 402 | 505) { 200 } else { code };
        let id = "00000000-0000-4000-8000-000000000000";
        let body = json!({ "status_code": code.to_string(), "status_message": message, "id": id });
        Self { http, body }
    }

    /// A request that does not pass the provider's checks.
    pub(super) fn invalid(messages: &[String]) -> Self {
        let mut answer = Self::error(400, "One or more parameters in the payload is invalid.");
        answer.body["validation_messages"] = json!(messages);
        answer
    }

    pub(super) fn unknown_order() -> Self {
        Self::error(404, "Transaction doesn't exist.")
    }

    pub(super) fn not_modifiable() -> Self {
        Self::error(412, "Transaction status cannot be updated.")
    }

    /// Whether the body's code is a success, which is when the answer is kept for repeats.
    pub(super) fn is_success(&self) -> bool {
        self.body["status_code"].as_str().is_some_and(|it| it.starts_with('2'))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.body)).into_response()
    }
}
