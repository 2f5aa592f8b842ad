//! The shapes of answers.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

/// What a function has to say.
pub(super) struct Reply {
    is_success: bool,
    reason: String,
    data: Option<Value>,
    raw: Option<String>,
}

impl Reply {
    /// A success with data.
    pub(super) fn with(data: Value) -> Self {
        Self { is_success: true, reason: "OK".to_owned(), data: Some(data), raw: None }
    }

    /// A success in words; the real panel sends no data with it.
    pub(super) fn done(reason: impl Into<String>) -> Self {
        Self { is_success: true, reason: reason.into(), data: None, raw: None }
    }

    /// A failure.
    pub(super) fn failed(reason: impl Into<String>) -> Self {
        Self { is_success: false, reason: reason.into(), data: Some(Value::Null), raw: None }
    }

    /// Adds data to a success in words.
    pub(super) fn and(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }

    /// Adds the log that the real panel sends along.
    pub(super) fn log(mut self, raw: impl Into<String>) -> Self {
        self.raw = Some(raw.into());
        self
    }

    /// The answer of API 1.
    pub(super) fn version_1(self, function: &str) -> Response {
        let mut metadata = json!({
            "command": function,
            "reason": self.reason,
            "result": i32::from(self.is_success),
            "version": 1,
        });
        if let Some(raw) = self.raw {
            metadata["output"] = json!({ "raw": raw });
        }
        let mut body = json!({ "metadata": metadata });
        if let Some(data) = self.data {
            body["data"] = data;
        }
        Json(body).into_response()
    }

    /// The answer of API 0, which the panel gives when `api.version` is missing.
    pub(super) fn version_0(self, function: &str) -> Response {
        let status = i32::from(self.is_success);
        let body = match (function, self.is_success) {
            ("version" | "gethostname", true) => self.data.unwrap_or_default(),
            ("listpkgs", true) => {
                let packages = self.data.as_ref().and_then(|it| it.get("pkg")).cloned();
                json!({ "package": packages })
            }
            ("listaccts" | "accountsummary", true) => {
                let accounts = self.data.as_ref().and_then(|it| it.get("acct")).cloned();
                json!({ "status": 1, "statusmsg": "Ok", "acct": accounts })
            }
            ("listaccts" | "accountsummary", false) => {
                json!({ "status": 0, "statusmsg": self.reason })
            }
            ("passwd", _) => json!({ "passwd": [{ "status": status, "statusmsg": self.reason }] }),
            _ => json!({ "result": [{
                "status": status,
                "statusmsg": self.reason,
                "rawout": self.raw,
                "options": self.data.filter(|_| self.is_success),
            }] }),
        };
        Json(body).into_response()
    }
}

/// Refused credentials: JSON that calls itself text, without metadata.
pub(super) fn access_denied() -> Response {
    let body = json!({ "cpanelresult": {
        "apiversion": "2",
        "error": "Access denied",
        "data": { "reason": "Access denied", "result": "0" },
        "type": "text",
    } });
    let plain = [(header::CONTENT_TYPE, "text/plain; charset=\"utf-8\"")];
    (StatusCode::FORBIDDEN, plain, body.to_string()).into_response()
}

/// What every address outside the interface answers.
pub(super) fn log_in_page() -> Response {
    Html(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>WHM log-in (sandbox)</title></head>\
         <body><form action=\"/login/\" method=\"post\"><input name=\"user\">\
         <input name=\"pass\" type=\"password\"></form></body></html>",
    )
    .into_response()
}
