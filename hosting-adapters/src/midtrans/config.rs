//! What an operator fills in, and what is refused before the first call.

use std::{fmt, time::Duration};

use hosting_core::{
    kernel::Secret,
    port::{Descriptor, Setting, SettingKind, gateway::Method},
};

use super::methods::METHODS;

/// Where test payments go.
const SANDBOX: &str = "https://api.sandbox.midtrans.com";
/// Where real payments go.
const PRODUCTION: &str = "https://api.midtrans.com";
/// How long a whole call may take when nothing else is configured.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest time a whole call may be given: a refund or a cancellation is up to three calls, and
/// all of them must end before the queue's lease of three minutes does.
pub const MAX_TIMEOUT: Duration = Duration::from_secs(38);

/// Midtrans' name and settings.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "midtrans",
    name: "Midtrans",
    settings: &[
        setting("server_key", "Server key", SettingKind::Secret, true),
        setting("client_key", "Client key", SettingKind::Text, false),
        setting("is_production", "Take real payments", SettingKind::Flag, false),
        setting("base_url", "Address of the sandbox", SettingKind::Url, false),
        setting(
            "methods",
            "Ways to pay that are active for the account, separated by commas; all unless said",
            SettingKind::Text,
            false,
        ),
        setting("timeout_seconds", "Time limit of a call in seconds", SettingKind::Number, false),
    ],
};

const fn setting(
    key: &'static str,
    label: &'static str,
    kind: SettingKind,
    required: bool,
) -> Setting {
    Setting { key, label, kind, required }
}

/// How to reach a Midtrans account.
#[derive(Clone)]
pub struct MidtransConfig {
    /// The account's server key; sandbox keys start with `SB-Mid-server-`.
    pub server_key: Secret,
    /// The public key for browsers; kept for pages that need it, unused by the calls here.
    pub client_key: Option<String>,
    /// Whether real money moves.
    pub is_production: bool,
    /// Another address than the provider's test server; refused when real money moves.
    pub base_url: Option<String>,
    /// The ways to pay that are active for the account, by [`Method::id`]; `None` for all that this
    /// adapter serves. What is not listed is not offered.
    ///
    /// [`Method::id`]: hosting_core::port::gateway::Method::id
    pub methods: Option<Vec<String>>,
    /// How long a whole call may take, at most [`MAX_TIMEOUT`].
    pub timeout: Duration,
}

impl MidtransConfig {
    /// A configuration for the provider's test server.
    pub fn sandbox(server_key: Secret) -> Self {
        Self {
            server_key,
            client_key: None,
            is_production: false,
            base_url: None,
            methods: None,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// A configuration that takes real payments.
    pub fn production(server_key: Secret) -> Self {
        Self { is_production: true, ..Self::sandbox(server_key) }
    }

    /// Checks everything and answers the address to call, without a slash at its end.
    pub(super) fn check(&self) -> Result<String, ConfigError> {
        self.check_key()?;
        if self.timeout.is_zero() || self.timeout > MAX_TIMEOUT {
            return Err(ConfigError::Timeout(MAX_TIMEOUT.as_secs()));
        }
        match &self.base_url {
            None if self.is_production => Ok(PRODUCTION.to_owned()),
            None => Ok(SANDBOX.to_owned()),
            Some(_) if self.is_production => Err(ConfigError::BaseUrlInProduction),
            Some(text) => base_url(text),
        }
    }

    /// The ways to pay that are offered, in the order in which customers see them.
    pub(super) fn offered(&self) -> Result<Vec<Method>, ConfigError> {
        let Some(wanted) = &self.methods else { return Ok(METHODS.to_vec()) };
        for (at, id) in wanted.iter().enumerate() {
            if !METHODS.iter().any(|it| it.id == id) {
                return Err(ConfigError::UnknownMethod(id.chars().take(32).collect()));
            }
            if wanted.iter().take(at).any(|it| it == id) {
                return Err(ConfigError::MethodTwice(id.clone()));
            }
        }
        let offered = METHODS.iter().filter(|it| wanted.iter().any(|id| it.id == id));
        let offered: Vec<_> = offered.cloned().collect();
        if offered.is_empty() { Err(ConfigError::NoMethod) } else { Ok(offered) }
    }

    fn check_key(&self) -> Result<(), ConfigError> {
        let key = self.server_key.expose();
        if key.is_empty() || !key.bytes().all(|it| it.is_ascii_graphic() && it != b':') {
            return Err(ConfigError::NotAKey);
        }
        let (sandbox, rest) = key.strip_prefix("SB-").map_or((false, key), |rest| (true, rest));
        if rest.starts_with("Mid-client-") {
            return Err(ConfigError::ClientKey);
        }
        match (self.is_production, sandbox) {
            (true, true) => Err(ConfigError::SandboxKeyInProduction),
            (false, false) => Err(ConfigError::ProductionKeyInSandbox),
            _ => Ok(()),
        }
    }
}

/// The names of all ways to pay, as an operator writes them.
fn known() -> String {
    METHODS.iter().map(|it| it.id).collect::<Vec<_>>().join(", ")
}

/// Keys are left out.
impl fmt::Debug for MidtransConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MidtransConfig")
            .field("is_production", &self.is_production)
            .field("base_url", &self.base_url)
            .field("methods", &self.methods)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

fn base_url(text: &str) -> Result<String, ConfigError> {
    let url = reqwest::Url::parse(text).map_err(|_| ConfigError::BaseUrl)?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain {
        return Err(ConfigError::BaseUrl);
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// Why a configuration is refused. No variant repeats a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A sandbox key where real money should move: every payment would be play money.
    #[error("server_key is a sandbox key (SB-…) but is_production is true")]
    SandboxKeyInProduction,
    /// A key of the real account in a test installation: tests would move real money.
    #[error("server_key is not a sandbox key (SB-…) but is_production is false")]
    ProductionKeyInSandbox,
    /// The two keys were exchanged.
    #[error("server_key holds the client key; the server key contains `Mid-server-`")]
    ClientKey,
    /// Empty, or with characters that no key has.
    #[error("server_key is empty or contains spaces, colons or line breaks")]
    NotAKey,
    /// The address of real payments is not for configuration.
    #[error("base_url may only be set when is_production is false")]
    BaseUrlInProduction,
    /// Not an address.
    #[error("base_url must be an http or https address without credentials and query")]
    BaseUrl,
    /// An empty list: nobody could pay.
    #[error("methods must name at least one way to pay: {}", known())]
    NoMethod,
    /// A way to pay that this adapter does not serve.
    #[error("methods names `{0}`, which is not one of {known}", known = known())]
    UnknownMethod(String),
    /// The same way to pay twice.
    #[error("methods names `{0}` twice")]
    MethodTwice(String),
    /// Zero, or so long that a task could lose its lease while it waits.
    #[error("timeout must be above zero and at most {0} seconds")]
    Timeout(u64),
    /// The HTTP client cannot be set up on this machine.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}
