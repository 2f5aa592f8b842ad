//! What went wrong with a click or a call.

use axum::{
    Json,
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};

use super::html::Esc;

/// Why something could not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing there under that name.
    Missing(String),
    /// It cannot be done in the present state.
    Conflict(String),
    /// What was asked for makes no sense.
    Invalid(String),
}

impl Trouble {
    fn parts(&self) -> (StatusCode, &str) {
        match self {
            Self::Missing(text) => (StatusCode::NOT_FOUND, text),
            Self::Conflict(text) => (StatusCode::CONFLICT, text),
            Self::Invalid(text) => (StatusCode::UNPROCESSABLE_ENTITY, text),
        }
    }
}

/// A [`Trouble`] as a page.
pub(super) struct TroublePage(pub(super) Trouble);

impl From<Trouble> for TroublePage {
    fn from(trouble: Trouble) -> Self {
        Self(trouble)
    }
}

impl IntoResponse for TroublePage {
    fn into_response(self) -> Response {
        let (status, text) = self.0.parts();
        let page = Html(format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>Not done · Sandbox</title><link rel=\"stylesheet\" href=\"/console.css\"></head>\
             <body><main><h1>Not done</h1><p>{}</p><p><a href=\"/\">Back to the console</a></p></main>\
             </body></html>",
            Esc(text)
        ));
        (status, page).into_response()
    }
}

/// A [`Trouble`] as JSON: `{"error": "…"}`.
pub(super) struct TroubleJson(pub(super) Trouble);

impl From<Trouble> for TroubleJson {
    fn from(trouble: Trouble) -> Self {
        Self(trouble)
    }
}

impl IntoResponse for TroubleJson {
    fn into_response(self) -> Response {
        let (status, text) = self.0.parts();
        (status, Json(serde_json::json!({ "error": text }))).into_response()
    }
}
