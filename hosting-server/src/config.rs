//! One typed configuration from a TOML file and the environment.
//!
//! The environment wins over the file, the file over the defaults. Every key is in one table
//! ([`keys`]); a key of the file that is not there is an error that names the nearest one. Errors say
//! which key, where it was set, what was wrong and what would be right, and never repeat a secret.

mod error;
mod keys;
mod load;
mod network;
mod ring;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use hosting_adapters::{mail::Sender, registry::Registry};
use hosting_core::{
    kernel::{Email, Secret},
    port::Entropy,
};

pub use error::ConfigError;
pub use keys::{Key, keys};
pub use load::{Origin, Sources};
pub use network::{Network, NotANetwork};

/// How browsers reach the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Unencrypted: a shop that is tried out.
    Http,
    /// Over TLS.
    Https,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// Lines for people.
    Text,
}

/// The resolved configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address of the database.
    pub database_url: Secret,
    /// Most connections to it.
    pub database_connections: u32,
    /// Where to listen.
    pub listen_addr: SocketAddr,
    /// Folder for everything kept on disk.
    pub data_dir: PathBuf,
    /// What people type, without a slash at the end: `https://shop.example`.
    pub public_url: String,
    /// The mail relay; without one mails are files in [`data_dir`](Self::data_dir).
    pub smtp_url: Option<Secret>,
    /// Who mails are from.
    pub mail_from: Sender,
    /// Where notices to staff go.
    pub mail_staff: Email,
    /// The key ring; `None` makes one in [`data_dir`](Self::data_dir).
    pub secret_keys: Option<Secret>,
    /// Whether staff may move the clock.
    pub test_clock: bool,
    /// Hosts of panels whose accounts are nobody's; a test clock keeps away from all others.
    pub test_servers: Vec<String>,
    /// The gateway offered first.
    pub payment_default: Option<String>,
    /// Log filter.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Tasks worked on at the same time.
    pub workers: usize,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// Requests worked on at the same time.
    pub max_in_flight: usize,
    /// Largest request body in bytes.
    pub body_limit: usize,
    /// Requests a minute for each user, key or guest's address.
    pub rate_per_minute: u32,
    /// Bearer token of `/metrics`.
    pub metrics_token: Option<Secret>,
    /// How long running requests and tasks may take at shutdown.
    pub shutdown_grace: Duration,
    /// Connections that are open at the same time.
    pub max_connections: usize,
    /// How long the head of a request may take, and how long a connection may be idle.
    pub header_timeout: Duration,
    /// Everything as it was set, for adapters and `check-config`.
    pub sources: Sources,
}

impl Config {
    /// Reads the file, if there is one, and the process's environment.
    ///
    /// # Errors
    /// A [`ConfigError`].
    pub fn read(registry: &Registry, file: Option<&Path>) -> Result<Self, ConfigError> {
        // Variables that are not Unicode cannot be ours.
        let environment = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)));
        Self::from_sources(Sources::read(registry, file, environment)?)
    }

    /// Resolves every key.
    ///
    /// # Errors
    /// A [`ConfigError`].
    pub fn from_sources(sources: Sources) -> Result<Self, ConfigError> {
        let text = |env: &str| sources.get(env).map(|(value, _)| value.expose().to_owned());
        let secret = |env: &str| sources.get(env).map(|(value, _)| value.clone());
        let data_dir = PathBuf::from(text("DATA_DIR").unwrap_or_else(|| "data".to_owned()));
        let database_url = secret("DATABASE_URL").unwrap_or_else(|| {
            Secret::new(format!("sqlite://{}?mode=rwc", data_dir.join("hosting.db").display()))
        });
        let listen_addr = sources
            .parsed("LISTEN_ADDR", "an address and port such as 127.0.0.1:8080")?
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let public_url = public_url(&sources, listen_addr)?;
        let mail_from = match sources.parsed::<Sender>("MAIL_FROM", "Shop <billing@example.com>")? {
            Some(sender) => sender,
            None => fallback_sender(&sources)?,
        };
        let mail_staff =
            sources.parsed::<Email>("MAIL_STAFF", "an address such as a@example.com")?;
        let config = Self {
            database_url: known_database(&sources, database_url)?,
            database_connections: narrow(sources.number("DATABASE_CONNECTIONS", 16, 1, 1000)?),
            listen_addr,
            data_dir,
            public_url,
            smtp_url: secret("SMTP_URL"),
            mail_staff: mail_staff.unwrap_or_else(|| mail_from.address().clone()),
            mail_from,
            secret_keys: secret("SECRET_KEYS"),
            test_clock: sources.switch("TEST_CLOCK")?,
            test_servers: test_servers(&sources)?,
            payment_default: text("PAYMENT_DEFAULT"),
            log: text("LOG").unwrap_or_else(|| "info".to_owned()),
            log_format: log_format(&sources)?,
            workers: size(sources.number("WORKERS", 8, 1, 256)?),
            trusted_proxies: networks(&sources)?,
            request_timeout: Duration::from_secs(sources.number("REQUEST_TIMEOUT", 30, 1, 600)?),
            max_in_flight: size(sources.number("MAX_IN_FLIGHT", 512, 1, 100_000)?),
            body_limit: size(sources.number("BODY_LIMIT", 256 << 10, 1 << 10, 64 << 20)?),
            rate_per_minute: narrow(sources.number("RATE_PER_MINUTE", 600, 1, 1_000_000)?),
            metrics_token: secret("METRICS_TOKEN"),
            shutdown_grace: Duration::from_secs(sources.number("SHUTDOWN_GRACE", 25, 0, 600)?),
            max_connections: size(sources.number("MAX_CONNECTIONS", 4096, 1, 1_000_000)?),
            header_timeout: Duration::from_secs(sources.number("HEADER_TIMEOUT", 20, 1, 600)?),
            sources,
        };
        config.together()?;
        Ok(config)
    }

    fn together(&self) -> Result<(), ConfigError> {
        if self.is_https() && self.secret_keys.is_none() {
            return Err(ConfigError::Missing {
                key: "SECRET_KEYS".to_owned(),
                expected: "a shop with an https PUBLIC_URL is given its key ring as \
                           `id:base64 of 32 random bytes`; only a shop on plain http makes its own"
                    .to_owned(),
            });
        }
        if self.smtp_url.is_some() && self.sources.get("MAIL_FROM").is_none() {
            return Err(ConfigError::Missing {
                key: "MAIL_FROM".to_owned(),
                expected: "with SMTP_URL the sender is needed: Shop <billing@example.com>"
                    .to_owned(),
            });
        }
        Ok(())
    }

    /// Whether people reach the shop over TLS; cookies and HSTS depend on it.
    pub fn is_https(&self) -> bool {
        self.scheme() == Scheme::Https
    }

    /// How browsers reach the shop.
    pub fn scheme(&self) -> Scheme {
        if self.public_url.starts_with("https://") { Scheme::Https } else { Scheme::Http }
    }

    /// The key ring: the given one, or the one kept in the data folder, made if need be.
    ///
    /// # Errors
    /// [`ConfigError::KeyRing`].
    pub fn key_ring(&self, entropy: &dyn Entropy) -> Result<Secret, ConfigError> {
        match &self.secret_keys {
            Some(given) => Ok(given.clone()),
            None => ring::kept_or_made(&self.data_dir, entropy),
        }
    }

    /// The key ring there is already, given or kept; `None` when one would be made. Nothing is
    /// written.
    ///
    /// # Errors
    /// [`ConfigError::KeyRing`] when the kept one cannot be read.
    pub fn kept_key_ring(&self) -> Result<Option<Secret>, ConfigError> {
        match &self.secret_keys {
            Some(given) => Ok(Some(given.clone())),
            None => ring::kept(&self.data_dir),
        }
    }

    /// What is likely a mistake but may be meant: to be told at the start and by `check-config`.
    pub fn warnings(&self) -> Vec<String> {
        let slip = |(there, meant): &(String, String)| {
            format!("the variable {there} is not known and is ignored; did you mean {meant}?")
        };
        let mut told: Vec<String> = self.sources.mistyped().iter().map(slip).collect();
        if self.is_https() && self.trusted_proxies.is_empty() {
            told.push(
                "PUBLIC_URL is https, so a proxy stands in front, and TRUSTED_PROXIES is not set: \
                 everybody comes from the proxy's address, and limits count all of them as one"
                    .to_owned(),
            );
        }
        told
    }

    /// `KEY = value  # where it was set`, one line a key, secrets hidden.
    pub fn lines(&self) -> Vec<String> {
        let line = |key: &Key| match self.sources.get(&key.env) {
            Some((_, origin)) if key.secret => format!("{} = (hidden)  # {origin}", key.env),
            Some((value, origin)) => format!("{} = {}  # {origin}", key.env, value.expose()),
            None => format!("{} = {}  # default; {}", key.env, self.default_of(&key.env), key.help),
        };
        self.sources.known().iter().map(line).collect()
    }

    fn default_of(&self, env: &str) -> String {
        match env {
            "DATABASE_URL" => self.database_url.expose().to_owned(),
            "DATABASE_CONNECTIONS" => self.database_connections.to_string(),
            "LISTEN_ADDR" => self.listen_addr.to_string(),
            "DATA_DIR" => self.data_dir.display().to_string(),
            "PUBLIC_URL" => self.public_url.clone(),
            "MAIL_FROM" => self.mail_from.to_string(),
            "MAIL_STAFF" => self.mail_staff.to_string(),
            "TEST_CLOCK" => "off".to_owned(),
            "LOG" => self.log.clone(),
            "LOG_FORMAT" => "json".to_owned(),
            "WORKERS" => self.workers.to_string(),
            "REQUEST_TIMEOUT" => self.request_timeout.as_secs().to_string(),
            "MAX_IN_FLIGHT" => self.max_in_flight.to_string(),
            "BODY_LIMIT" => self.body_limit.to_string(),
            "RATE_PER_MINUTE" => self.rate_per_minute.to_string(),
            "SHUTDOWN_GRACE" => self.shutdown_grace.as_secs().to_string(),
            "MAX_CONNECTIONS" => self.max_connections.to_string(),
            "HEADER_TIMEOUT" => self.header_timeout.as_secs().to_string(),
            _ => "(not set)".to_owned(),
        }
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn fallback_sender(sources: &Sources) -> Result<Sender, ConfigError> {
    "shop@localhost.localdomain".parse().map_err(|error: hosting_adapters::mail::InvalidSender| {
        sources.invalid("MAIL_FROM", error.to_string(), "Shop <billing@example.com>")
    })
}

fn known_database(sources: &Sources, url: Secret) -> Result<Secret, ConfigError> {
    let known = ["sqlite:", "postgres:", "postgresql:", "mysql:", "mariadb:"];
    if known.iter().any(|it| url.expose().starts_with(it)) {
        return Ok(url);
    }
    let expected = "an address that starts with sqlite://, postgres:// or mysql://";
    Err(sources.invalid("DATABASE_URL", "it names no database that is known", expected))
}

fn public_url(sources: &Sources, listen: SocketAddr) -> Result<String, ConfigError> {
    let Some((value, _)) = sources.get("PUBLIC_URL") else {
        return Ok(format!("http://{listen}"));
    };
    let text = value.expose().trim_end_matches('/');
    let expected = "scheme, host and port only, such as https://shop.example";
    let wrong = |problem: &str| Err(sources.invalid("PUBLIC_URL", problem, expected));
    let Ok(uri) = text.parse::<axum::http::Uri>() else { return wrong("it is no address") };
    let bare = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.authority().is_some_and(|it| !it.as_str().contains('@'))
        && uri.path() == "/"
        && uri.query().is_none();
    if bare && text.is_ascii() {
        Ok(text.to_ascii_lowercase())
    } else {
        wrong("it says more or less")
    }
}

fn log_format(sources: &Sources) -> Result<LogFormat, ConfigError> {
    match sources.get("LOG_FORMAT").map(|(value, _)| value.expose()) {
        None | Some("json") => Ok(LogFormat::Json),
        Some("text") => Ok(LogFormat::Text),
        Some(other) => {
            Err(sources.invalid("LOG_FORMAT", format!("`{other}` is neither"), "json or text"))
        }
    }
}

fn test_servers(sources: &Sources) -> Result<Vec<String>, ConfigError> {
    let Some((value, _)) = sources.get("TEST_SERVERS") else { return Ok(Vec::new()) };
    let hosts = value.expose().split(',').map(str::trim).filter(|it| !it.is_empty());
    let is_host = |it: &str| {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        it.chars().all(is_name) || it.parse::<std::net::IpAddr>().is_ok()
    };
    let (hosts, expected): (Vec<_>, _) = (hosts.collect(), "hosts such as panel.test, 10.0.0.5");
    match hosts.iter().find(|it| !is_host(it)) {
        Some(wrong) => Err(sources.invalid("TEST_SERVERS", format!("`{wrong}` is none"), expected)),
        None => Ok(hosts.into_iter().map(str::to_owned).collect()),
    }
}

fn networks(sources: &Sources) -> Result<Vec<Network>, ConfigError> {
    let Some((value, _)) = sources.get("TRUSTED_PROXIES") else { return Ok(Vec::new()) };
    let texts = value.expose().split(',').map(str::trim).filter(|it| !it.is_empty());
    let expected = "networks such as 10.0.0.0/8, 127.0.0.1";
    texts
        .map(str::parse)
        .collect::<Result<_, NotANetwork>>()
        .map_err(|error| sources.invalid("TRUSTED_PROXIES", error.to_string(), expected))
}
