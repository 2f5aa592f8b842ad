//! One call, and what its answer says about the effect.

use hosting_core::{
    kernel::Secret,
    port::{Failure, gateway::METHOD_INACTIVE},
};
use reqwest::{Method, header};
use serde::Serialize;

use super::{
    config::{ConfigError, MidtransConfig},
    verdict::Unreadable,
    wire::Reply,
};
use crate::http;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);
/// Longest text of the provider that is repeated to staff.
const MAX_DETAIL: usize = 300;

/// Whether a call changes anything at the provider; a failed look leaves everything as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Look,
    Act,
}

/// The way to the provider.
pub(super) struct Client {
    http: reqwest::Client,
    base_url: String,
    pub(super) server_key: Secret,
}

impl Client {
    pub(super) fn new(config: &MidtransConfig) -> Result<Self, ConfigError> {
        let base_url = config.check()?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(config.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("hosting-adapters/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ConfigError::Client(error.without_url().to_string()))?;
        Ok(Self { http, base_url, server_key: config.server_key.clone() })
    }

    /// `GET` below `/v2/`.
    pub(super) async fn get(&self, action: &'static str, path: &str) -> Result<Reply, Failure> {
        self.send(action, Kind::Look, self.request(Method::GET, path)).await
    }

    /// `POST` below `/v2/`, with a body and an idempotency key where there are some.
    pub(super) async fn post<B: Serialize + Sync>(
        &self,
        action: &'static str,
        path: &str,
        body: Option<&B>,
        key: Option<&str>,
    ) -> Result<Reply, Failure> {
        let mut request = self.request(Method::POST, path);
        request = match body {
            Some(body) => request.json(body),
            None => request.header(header::CONTENT_TYPE, "application/json"),
        };
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        self.send(action, Kind::Act, request).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}/v2/{path}", self.base_url))
            .basic_auth(self.server_key.expose(), Some(""))
            .header(header::ACCEPT, "application/json")
    }

    async fn send(
        &self,
        action: &'static str,
        kind: Kind,
        request: reqwest::RequestBuilder,
    ) -> Result<Reply, Failure> {
        let answer =
            http::send(action, request).await.map_err(|failure| soften(action, kind, failure))?;
        match serde_json::from_slice::<Reply>(&answer.body) {
            Ok(reply) if reply.code().is_some() => Ok(reply),
            _ => Err(without_code(action, kind, answer.status)),
        }
    }

    /// The failure that the body's `code` stands for, with the provider's words for staff.
    pub(super) fn failure(&self, action: &'static str, kind: Kind, reply: &Reply) -> Failure {
        let code = reply.code().unwrap_or_default();
        let detail = format!("{}: {}", meaning(code), self.words(reply));
        let failure = match code {
            // The keys are wrong: no call works until somebody corrects them, whoever pays.
            401 => return Failure::server_wide(action, detail).with_code("401"),
            // The way to pay is not active: no fault of who wants to pay.
            402 => return Failure::refused(action, detail).with_code(METHOD_INACTIVE),
            // 505: the bank gave no virtual account number; nothing can be paid.
            429 | 505 => Failure::retry(action, detail),
            300 | 400..=499 => Failure::refused(action, detail),
            _ if kind == Kind::Look => Failure::retry(action, detail),
            _ => Failure::unknown(action, detail),
        };
        failure.with_code(code.to_string())
    }

    /// The provider's words, short, and without the key even if somebody repeats it to us.
    fn words(&self, reply: &Reply) -> String {
        let mut words = reply.status_message.clone().unwrap_or_default();
        for message in reply.validation_messages.iter().flatten() {
            words.push_str("; ");
            words.push_str(message);
        }
        let words = words.replace(self.server_key.expose(), "…");
        words.chars().filter(|it| !it.is_control()).take(MAX_DETAIL).collect()
    }
}

/// An answer that parses and still says nothing that can be relied on.
pub(super) fn unreadable(action: &'static str, kind: Kind, why: Unreadable) -> Failure {
    let failure = match kind {
        Kind::Look => Failure::retry(action, why.0),
        Kind::Act => Failure::unknown(action, why.0),
    };
    failure.with_code("unreadable")
}

/// A look that failed left everything as it was, however it failed.
fn soften(action: &'static str, kind: Kind, failure: Failure) -> Failure {
    if kind == Kind::Look {
        Failure::retry(action, "the state could not be read").because(failure)
    } else {
        failure
    }
}

/// No JSON with a `status_code`: a page of HTML, an empty body, a cut text. The HTTP status counts
/// only where it says that the call was turned away at the door.
fn without_code(action: &'static str, kind: Kind, status: u16) -> Failure {
    let failure = match status {
        401 | 403 => Failure::server_wide(action, "the credentials were refused"),
        429 => Failure::retry(action, "too many calls"),
        _ if kind == Kind::Look => Failure::retry(action, "the answer is not the API's JSON"),
        _ => Failure::unknown(action, "the answer is not the API's JSON"),
    };
    failure.with_code(status.to_string())
}

const fn meaning(code: u16) -> &'static str {
    match code {
        300 => "the address has moved",
        400 => "the request was refused",
        401 => "the server key is wrong, or of the other environment",
        402 => "the way to pay is not active for the account",
        404 => "the provider does not know the order",
        406 => "the order_id or refund key was used before",
        410 => "the account is disabled",
        412 => "the state can no longer change",
        414 => "the refund was refused",
        429 => "too many calls",
        505 => "the bank gave no number",
        500..=599 => "the provider had an error and may have done it",
        _ => "an answer that is not a success",
    }
}

/// Keys are left out.
impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}
