//! One call: a form by POST, the envelope of the answer, and what is known about the effect.
//!
//! | seen | effect of a change | code |
//! |---|---|---|
//! | no connection | nothing, retry | |
//! | time-out, cut, unreadable body | unknown | `malformed` where a body came |
//! | 401, 403, `cpanelresult.error` | nothing, for no account | `auth` |
//! | 3xx, 404, a page of HTML with 200 | nothing, for no account | `not_api` |
//! | settings or certificate that cannot be used | nothing, for no account | `server_settings`, `certificate` |
//! | 429 | nothing, retry | `rate_limited` |
//! | 408, 5xx | unknown | `server_error` |
//! | `metadata.result` is not 1 | nothing, final | by the failure text |
//!
//! "For no account" is [`Failure::server_wide`]: the caller stops, because the panel locks out
//! addresses that keep trying (`docs/providers/whm.md`, "Load and lock-out"), and goes on when the
//! way in is mended.
//!
//! A look-up has no effect, so where a change would be unknown a look-up is "nothing, retry".

use std::{borrow::Cow, fmt, time::Duration};

use hosting_core::port::{Effect, Failure, provisioning::ServerAccess};
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderValue},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    classify::{self, code},
    config::CpanelConfig,
    tls::Clients,
    wire::Envelope,
};
use crate::http::{self, Answer};

/// What a function costs and whether it changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// A look-up, or something whose repeat is harmless.
    Read,
    /// A change.
    Write,
    /// Making or removing an account: minutes.
    Heavy,
}

/// A function of WHM API 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) weight: Weight,
}

impl Function {
    pub(super) const VERSION: Self = Self::new("version", Weight::Read);
    pub(super) const GETHOSTNAME: Self = Self::new("gethostname", Weight::Read);
    pub(super) const MYPRIVS: Self = Self::new("myprivs", Weight::Read);
    pub(super) const ACCOUNTSUMMARY: Self = Self::new("accountsummary", Weight::Read);
    pub(super) const LISTACCTS: Self = Self::new("listaccts", Weight::Read);
    pub(super) const LISTPKGS: Self = Self::new("listpkgs", Weight::Read);
    pub(super) const SHOWBW: Self = Self::new("showbw", Weight::Read);
    /// Each call makes a session of its own that dies by itself: a repeat is harmless.
    pub(super) const CREATE_USER_SESSION: Self = Self::new("create_user_session", Weight::Read);
    pub(super) const CREATEACCT: Self = Self::new("createacct", Weight::Heavy);
    pub(super) const REMOVEACCT: Self = Self::new("removeacct", Weight::Heavy);
    pub(super) const SUSPENDACCT: Self = Self::new("suspendacct", Weight::Write);
    pub(super) const UNSUSPENDACCT: Self = Self::new("unsuspendacct", Weight::Write);
    pub(super) const CHANGEPACKAGE: Self = Self::new("changepackage", Weight::Write);
    pub(super) const PASSWD: Self = Self::new("passwd", Weight::Write);

    pub(super) const fn new(name: &'static str, weight: Weight) -> Self {
        Self { name, weight }
    }

    /// The failure after which it is not known whether the function ran.
    fn undecided(self, detail: impl Into<Cow<'static, str>>) -> Failure {
        let effect = if self.weight == Weight::Read { Effect::NoneRetry } else { Effect::Unknown };
        Failure::new(effect, self.name, detail)
    }

    /// No account can be reached this way.
    fn shut(self, detail: impl Into<Cow<'static, str>>) -> Failure {
        Failure::server_wide(self.name, detail)
    }

    fn refused(self, detail: impl Into<Cow<'static, str>>) -> Failure {
        Failure::refused(self.name, detail)
    }
}

/// A panel that can be called: address, credentials and client are in order.
pub(super) struct Panel<'a> {
    pub(super) server: &'a ServerAccess,
    config: &'a CpanelConfig,
    client: reqwest::Client,
    base: Url,
    authorization: HeaderValue,
}

impl fmt::Debug for Panel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panel").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl<'a> Panel<'a> {
    /// # Errors
    /// A server-wide failure with [`code::SERVER_SETTINGS`] when the server's settings cannot be used.
    pub(super) fn new(
        action: &'static str,
        config: &'a CpanelConfig,
        clients: &Clients,
        server: &'a ServerAccess,
    ) -> Result<Self, Failure> {
        let unusable =
            |why: &'static str| Failure::server_wide(action, why).with_code(code::SERVER_SETTINGS);
        let base = base_url(config, &server.base_url).map_err(unusable)?;
        let token = server.secret.expose().trim();
        if server.username.trim().is_empty() || token.is_empty() {
            return Err(unusable("the server has no user or no token"));
        }
        let mut authorization =
            HeaderValue::from_str(&format!("whm {}:{token}", server.username.trim()))
                .map_err(|_| unusable("the user or the token holds letters that cannot be sent"))?;
        authorization.set_sensitive(true);
        let client = clients.get(action, config, server)?;
        Ok(Self { server, config, client, base, authorization })
    }

    /// Whether the token sees every account. Any other user sees only those it owns.
    pub(super) fn is_root(&self) -> bool {
        self.server.username.trim() == "root"
    }

    /// Calls `function` and decodes its data.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        function: Function,
        form: &[(&'static str, &str)],
    ) -> Result<T, Failure> {
        let data = self.call(function, form).await?;
        // The decoder's own words can quote the answer, so they are not passed on.
        serde_json::from_value(data).map_err(|_| {
            function
                .undecided("the panel's data are not what was promised")
                .with_code(code::MALFORMED)
        })
    }

    /// Calls `function`; the data are returned as they are.
    pub(super) async fn call(
        &self,
        function: Function,
        form: &[(&'static str, &str)],
    ) -> Result<Value, Failure> {
        let mut fields = vec![("api.version", "1")];
        fields.extend_from_slice(form);
        let mut address = self.base.clone();
        address.set_path(&format!(
            "{}/json-api/{}",
            self.base.path().trim_end_matches('/'),
            function.name
        ));
        let request = self
            .client
            .post(address)
            .timeout(self.timeout(function.weight))
            .header(AUTHORIZATION, self.authorization.clone())
            .form(&fields);
        let answer =
            http::send(function.name, request).await.map_err(|it| transport(function, it))?;
        tracing::debug!(function = function.name, status = answer.status, "the panel answered");
        let password = form.iter().filter(|(key, _)| *key == "password").map(|(_, value)| *value);
        let secrets = password.chain([self.server.secret.expose().trim()]);
        open(function, &answer, secrets)
    }

    fn timeout(&self, weight: Weight) -> Duration {
        match weight {
            Weight::Read => self.config.read,
            Weight::Write => self.config.write,
            Weight::Heavy => self.config.heavy,
        }
    }
}

/// The checked base address: `https`, or `http` on this very machine.
fn base_url(config: &CpanelConfig, text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text.trim()).map_err(|_| "the server's address is not a URL")?;
    let host = url.host_str().ok_or("the server's address names no host")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials do not belong in the server's address");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the server's address has parts after its path");
    }
    let is_local = matches!(host, "127.0.0.1" | "localhost" | "[::1]");
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_local || config.allow_plain_http => Ok(url),
        "http" => Err("the token would be readable on the way: use https"),
        _ => Err("the server's address begins neither with https nor with http"),
    }
}

/// The failure of a call that got no whole answer.
fn transport(function: Function, failure: Failure) -> Failure {
    if failure.effect() == Effect::NoneRetry && speaks_of_certificate(&failure) {
        return Failure::server_wide(
            function.name,
            "the panel's certificate is not trusted: give its authority or pin it",
        )
        .with_code(code::CERTIFICATE)
        .because(failure);
    }
    if failure.effect() == Effect::Unknown && function.weight == Weight::Read {
        return Failure::retry(function.name, "no whole answer to a look-up").because(failure);
    }
    failure
}

fn speaks_of_certificate(failure: &Failure) -> bool {
    let mut cause = std::error::Error::source(failure);
    while let Some(error) = cause {
        if error.to_string().to_lowercase().contains("certificate") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Opens the envelope, in this order: status, shape, result (`docs/providers/whm.md`, "Answers").
fn open<'a>(
    function: Function,
    answer: &Answer,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Result<Value, Failure> {
    by_status(function, answer.status)?;
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&answer.body) else {
        return Err(unreadable(function, &answer.body));
    };
    if let Some(result) = &envelope.cpanelresult {
        return api_2(function, result);
    }
    let reason = match &envelope.metadata {
        Some(metadata) if metadata.result => return Ok(envelope.data),
        Some(metadata) => metadata.reason.clone(),
        None => envelope.legacy_failure().ok_or_else(|| {
            function.undecided("the panel answered without metadata").with_code(code::MALFORMED)
        })?,
    };
    let said = classify::without(classify::tidy(&reason), secrets);
    let (said, code) = (format!("the panel refused: {said}"), classify::of_reason(&reason));
    let failure = if code == code::AUTH { function.shut(said) } else { function.refused(said) };
    Err(failure.with_code(code))
}

fn by_status(function: Function, status: u16) -> Result<(), Failure> {
    match status {
        200..=299 => Ok(()),
        401 | 403 => Err(access_denied(function)),
        300..=399 | 404 => Err(function
            .shut(format!(
                "HTTP {status}: this is not the panel's interface; check address and port"
            ))
            .with_code(code::NOT_API)),
        429 => Err(Failure::retry(function.name, "too many calls").with_code(code::RATE_LIMITED)),
        408 | 500.. => Err(function
            .undecided(format!("HTTP {status} from the server"))
            .with_code(code::SERVER_ERROR)),
        _ => Err(function
            .refused(format!("HTTP {status} from the server"))
            .with_code(code::PANEL_REFUSED)),
    }
}

fn access_denied(function: Function) -> Failure {
    function
        .shut("access denied: wrong or expired token, wrong user, or our address is locked out")
        .with_code(code::AUTH)
}

/// The answer in the shape of API 2: a refusal, or the version.
fn api_2(function: Function, result: &Value) -> Result<Value, Failure> {
    if result.get("error").is_some_and(|it| !it.is_null()) {
        return Err(access_denied(function));
    }
    match result.get("data") {
        // Seen on one server, and only here.
        Some(data) if function.name == Function::VERSION.name => Ok(data.clone()),
        _ => {
            Err(function.undecided("the panel answered in another API").with_code(code::MALFORMED))
        }
    }
}

/// A page of HTML says that we talk to something else; anything else broke off on its way.
fn unreadable(function: Function, body: &[u8]) -> Failure {
    if body.trim_ascii_start().starts_with(b"<") {
        function
            .shut("a web page came back: this is not the panel's interface, or it wants a log-in")
            .with_code(code::NOT_API)
    } else {
        function.undecided("the answer is not whole JSON").with_code(code::MALFORMED)
    }
}

#[cfg(test)]
mod tests {
    use super::{CpanelConfig, base_url};

    #[test]
    fn a_token_never_leaves_in_the_clear() {
        let strict = CpanelConfig::default();
        for good in [
            "https://panel.example:2087",
            "https://p.example/whm/",
            "http://127.0.0.1:9",
            "http://[::1]:9",
        ] {
            assert!(base_url(&strict, good).is_ok(), "{good}");
        }
        for bad in [
            "http://panel.example:2086",
            "ftp://panel.example",
            "panel.example",
            "",
            "https://u:p@panel.example",
            "https://panel.example/?x=1",
            "http://127.0.0.1.example",
        ] {
            assert!(base_url(&strict, bad).is_err(), "{bad}");
        }
        let lenient = CpanelConfig { allow_plain_http: true, ..strict };
        assert!(base_url(&lenient, "http://sandbox:2086").is_ok());
    }
}
