//! Every key, in one table.

use hosting_adapters::registry::{Registry, env_name};
use hosting_core::port::SettingKind;

/// One key of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The environment variable; the file's key is the same in lower case.
    pub env: String,
    /// Whether its value is never shown.
    pub secret: bool,
    /// What it is for.
    pub help: String,
}

/// `(variable, secret, what it is for)`.
const OWN: [(&str, bool, &str); 24] = [
    ("DATABASE_URL", true, "sqlite://, postgres:// or mysql:// address of the database"),
    ("LISTEN_ADDR", false, "address and port to listen on"),
    ("DATA_DIR", false, "folder for the embedded database, mails and the generated key ring"),
    ("PUBLIC_URL", false, "what people type: scheme, host and port of the shop"),
    ("SMTP_URL", true, "smtp(s)://user:password@host:port; without it mails are files in DATA_DIR"),
    ("MAIL_FROM", false, "sender of mails: Shop <billing@example.com>"),
    ("MAIL_STAFF", false, "where notices to staff go; the sender's address unless set"),
    (
        "SECRET_KEYS",
        true,
        "key ring: id:base64 of 32 bytes, comma separated, the sealing key first",
    ),
    ("TEST_CLOCK", false, "on: staff may move the clock forward; refused with real providers"),
    ("TEST_SERVERS", false, "hosts of panels that are no real ones, beside this machine"),
    ("PAYMENT_DEFAULT", false, "the gateway offered first"),
    ("LOG", false, "log filter, such as info or hosting_server=debug,warn"),
    ("LOG_FORMAT", false, "json or text"),
    ("WORKERS", false, "tasks worked on at the same time"),
    ("TRUSTED_PROXIES", false, "networks whose X-Forwarded-For is believed, comma separated"),
    ("REQUEST_TIMEOUT", false, "seconds a request may take"),
    ("MAX_IN_FLIGHT", false, "requests worked on at the same time; more are answered 503"),
    ("BODY_LIMIT", false, "largest request body in bytes"),
    ("RATE_PER_MINUTE", false, "requests a minute for each user, key or guest's address"),
    ("METRICS_TOKEN", true, "bearer token of /metrics; without it only this machine may ask"),
    ("SHUTDOWN_GRACE", false, "seconds that running requests and tasks may take at shutdown"),
    ("MAX_CONNECTIONS", false, "connections open at the same time; more wait to be accepted"),
    ("HEADER_TIMEOUT", false, "seconds the head of a request may take, and a connection be idle"),
    ("DATABASE_CONNECTIONS", false, "most connections to the database"),
];

/// Every key: our own, then those of the adapters that were compiled in.
pub fn keys(registry: &Registry) -> Vec<Key> {
    let own = OWN.iter().map(|(env, secret, help)| Key {
        env: (*env).to_owned(),
        secret: *secret,
        help: (*help).to_owned(),
    });
    let gateways = registry.gateways().flat_map(|it| {
        let id = it.descriptor.id;
        it.descriptor.settings.iter().map(move |setting| (id, setting))
    });
    let panels = registry.panels().flat_map(|it| {
        let id = it.descriptor.id;
        it.options.iter().map(move |setting| (id, setting))
    });
    let adapters = gateways.chain(panels).map(|(id, setting)| Key {
        env: env_name(id, setting.key),
        secret: setting.kind == SettingKind::Secret,
        help: format!("{id}: {}", setting.label),
    });
    own.chain(adapters).collect()
}
