//! What is wrong with a configuration is said in words that help, and secrets stay out of them.

use std::path::PathBuf;

use hosting_adapters::registry::{ConfigError as AdapterError, GatewayFactory, Registry, Settings};
use hosting_core::{
    port::{Descriptor, Setting, SettingKind},
    testing::SeededEntropy,
};
use hosting_server::{
    assemble,
    command::check_config,
    config::{Config, ConfigError, Sources},
};

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn read(file: Option<&str>, pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path: Option<PathBuf> = file.map(|text| {
        let path = folder.path().join("shop.toml");
        std::fs::write(&path, text).unwrap();
        path
    });
    let registry = Registry::with_builtins();
    Config::from_sources(Sources::read(&registry, path.as_deref(), environment(pairs))?)
}

fn ring() -> String {
    format!("k1:{}=", "A".repeat(43))
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "workers = 3\nlisten_addr = '127.0.0.1:9000'\ntrusted_proxies = ['10.0.0.0/8']";
    let config = read(Some(file), &[("WORKERS", "5")]).unwrap();
    assert_eq!(config.workers, 5);
    assert_eq!(config.listen_addr.port(), 9000);
    assert_eq!(config.public_url, "http://127.0.0.1:9000");
    assert_eq!(config.trusted_proxies.len(), 1);
    assert_eq!(config.body_limit, 256 << 10);
}

#[test]
fn an_unknown_key_of_the_file_names_the_nearest() {
    for (file, hint) in [
        ("databse_url = 'x'", "did you mean `database_url`?"),
        ("[midtrans]\nsever_key = 'x'", "did you mean `midtrans_server_key`?"),
        ("favourite_colour = 'x'", "check-config"),
    ] {
        let error = read(Some(file), &[]).unwrap_err().to_string();
        assert!(error.contains(hint), "{error}");
    }
}

#[test]
fn every_wrong_value_names_its_key_and_what_would_be_right() {
    for (key, value) in [
        ("LISTEN_ADDR", "8080"),
        ("PUBLIC_URL", "shop.example"),
        ("PUBLIC_URL", "https://user@shop.example"),
        ("PUBLIC_URL", "https://shop.example/path"),
        ("DATABASE_URL", "oracle://x"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_STAFF", "nobody"),
        ("TEST_CLOCK", "maybe"),
        ("LOG_FORMAT", "xml"),
        ("WORKERS", "0"),
        ("WORKERS", "257"),
        ("WORKERS", "many"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
        ("REQUEST_TIMEOUT", "0"),
        ("MAX_IN_FLIGHT", "0"),
        ("BODY_LIMIT", "1"),
        ("RATE_PER_MINUTE", "0"),
        ("SHUTDOWN_GRACE", "601"),
        ("MAX_CONNECTIONS", "0"),
        ("HEADER_TIMEOUT", "0"),
        ("DATABASE_CONNECTIONS", "0"),
    ] {
        let error = read(None, &[(key, value)]).unwrap_err().to_string();
        assert!(error.starts_with(key) && error.contains("should be"), "{value}: {error}");
    }
}

#[test]
fn no_error_and_no_listing_shows_a_secret() {
    let secret = "SB-Mid-server-hunter2";
    let wrong = read(None, &[("DATABASE_URL", &format!("oracle://root:{secret}@host/db"))]);
    assert!(!wrong.unwrap_err().to_string().contains(secret));
    let broken = read(Some(&format!("smtp_url = 'smtp://root:{secret}@host")), &[]);
    assert!(!format!("{}", broken.unwrap_err()).contains(secret));
    let url = format!("postgres://root:{secret}@host/db");
    let pairs = [
        ("DATABASE_URL", url.as_str()),
        ("MIDTRANS_SERVER_KEY", secret),
        ("METRICS_TOKEN", secret),
        ("PAYMENT_DEFAULT", "midtrans"),
    ];
    let config = read(None, &pairs).unwrap();
    let listing = check_config::run(&config).unwrap().join("\n");
    assert!(!listing.contains(secret) && listing.contains("METRICS_TOKEN = (hidden)"), "{listing}");
    assert!(!format!("{config:?}").contains(secret));
}

#[test]
fn a_shop_on_https_is_given_its_key_ring() {
    let https = ("PUBLIC_URL", "https://shop.example");
    assert!(read(None, &[https]).unwrap_err().to_string().contains("SECRET_KEYS is missing"));
    let ring = ring();
    assert!(read(None, &[https, ("SECRET_KEYS", &ring)]).unwrap().is_https());
    let broken = read(None, &[https, ("SECRET_KEYS", "k1:short")]).unwrap();
    assert!(check_config::run(&broken).is_err());
}

#[test]
fn a_generated_key_ring_is_kept_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let config = read(None, &[("DATA_DIR", path.to_str().unwrap())]).unwrap();
    let first = config.key_ring(&SeededEntropy::new(1)).unwrap();
    let second = config.key_ring(&SeededEntropy::new(2)).unwrap();
    assert_eq!(first, second);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path.join("secret_keys")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn the_default_gateway_is_on_and_the_test_clock_keeps_away_from_real_money() {
    let gateways = |pairs: &[(&str, &str)]| {
        let config = read(None, pairs).unwrap();
        assemble::gateways(&config)
            .map(|it| it.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(gateways(&[]).unwrap(), Vec::<String>::new());
    let accounts = ("MANUAL_ACCOUNTS", "BCA 1234567890 a.n. PT Contoh");
    assert_eq!(gateways(&[accounts, ("PAYMENT_DEFAULT", "manual")]).unwrap(), ["manual"]);
    let off = gateways(&[("PAYMENT_DEFAULT", "manual")]).unwrap_err().to_string();
    assert!(off.contains("PAYMENT_DEFAULT"), "{off}");
    assert!(gateways(&[("PAYMENT_DEFAULT", "manuel")]).unwrap_err().to_string().contains("manual"));
    // A bank transfer is real money unless the operator says that it is not.
    let clock = ("TEST_CLOCK", "on");
    for real in [vec![accounts, clock], vec![accounts, clock, ("MANUAL_IS_PRODUCTION", "true")]] {
        let both = gateways(&real).unwrap_err().to_string();
        assert!(both.contains("TEST_CLOCK") && both.contains("MANUAL_IS_PRODUCTION"), "{both}");
    }
    let test = [accounts, clock, ("MANUAL_IS_PRODUCTION", "false")];
    assert_eq!(gateways(&test).unwrap(), ["manual"]);
}

#[test]
fn what_serve_refuses_check_config_refuses() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    std::fs::write(&file, "not a folder").unwrap();
    let broken_ring = folder.path().join("broken");
    std::fs::create_dir(&broken_ring).unwrap();
    std::fs::write(broken_ring.join("secret_keys"), "k1:short").unwrap();
    let sender = ("MAIL_FROM", "Shop <billing@example.com>");
    let accounts = ("MANUAL_ACCOUNTS", "BCA 1234567890 a.n. PT Contoh");
    for (pairs, says) in [
        (vec![("SMTP_URL", "mail.example.com:25"), sender], "SMTP_URL"),
        (vec![("SMTP_URL", "smtp://mail.example.com:99999"), sender], "SMTP_URL"),
        (vec![("LOG", "hosting_server=loud")], "LOG"),
        (vec![("CPANEL_ALLOW_PLAIN_HTTP", "perhaps")], "CPANEL_ALLOW_PLAIN_HTTP"),
        (vec![("MIDTRANS_CLIENT_KEY", "x")], "MIDTRANS_SERVER_KEY"),
        (vec![("MANUAL_ACCOUNTS", "x"), ("MANUAL_CURRENCY", "Rp")], "manual"),
        (vec![("PAYMENT_DEFAULT", "manual")], "PAYMENT_DEFAULT"),
        (vec![accounts, ("TEST_CLOCK", "on")], "TEST_CLOCK"),
        (vec![("SECRET_KEYS", "k1:short")], "SECRET_KEYS"),
        (vec![("DATA_DIR", broken_ring.to_str().unwrap())], "SECRET_KEYS"),
        (vec![("DATA_DIR", file.to_str().unwrap())], "DATA_DIR"),
        (vec![("DATABASE_URL", "postgres://host:port/shop")], "database"),
        (vec![("TEST_SERVERS", "https://panel.test:2087")], "TEST_SERVERS"),
    ] {
        let refused = match read(None, &pairs) {
            Ok(config) => check_config::run(&config).map(|_| ()).map_err(|it| told(&it)),
            Err(error) => Err(told(&error)),
        };
        let refused = refused.expect_err(&format!("{pairs:?} is taken"));
        assert!(refused.contains(says), "{pairs:?}: {refused}");
    }
}

#[test]
fn checking_the_configuration_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let config = read(None, &[("DATA_DIR", data.to_str().unwrap())]).unwrap();
    check_config::run(&config).unwrap();
    assert!(!data.exists(), "no folder, no key ring, no database");
}

/// The error with everything behind it, as the program prints it.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[test]
fn two_adapters_do_not_share_a_setting() {
    static GREEDY: Descriptor = Descriptor {
        id: "data",
        name: "Greedy",
        settings: &[Setting { key: "dir", label: "x", kind: SettingKind::Text, required: true }],
    };
    let mut registry = Registry::with_builtins();
    let build: fn(&Settings) -> _ = |it| Err(AdapterError::refused(it.id(), &"it is a test"));
    registry.register_gateway(GatewayFactory { descriptor: &GREEDY, build }).unwrap();
    let refused = Sources::read(&registry, None, environment(&[])).unwrap_err().to_string();
    assert!(refused.contains("DATA_DIR"), "{refused}");
}

#[test]
fn a_variable_with_a_slip_in_it_is_told_with_what_was_meant() {
    let pairs = [
        ("TRUSTED_PROXY", "127.0.0.1"),
        ("MIDTRANS_SERVERKEY", "SB-Mid-server-hunter2"),
        ("WORKER", "3"),
        ("HOME", "/root"),
        ("PATH", "/bin"),
        ("LANG", "C.UTF-8"),
        ("SHELL", "/bin/sh"),
        ("WORKERS", "5"),
        ("LISTEN_ADR", ""),
    ];
    let config = read(None, &pairs).unwrap();
    let warnings = config.warnings();
    for (slip, meant) in [
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("MIDTRANS_SERVERKEY", "MIDTRANS_SERVER_KEY"),
        ("WORKER", "WORKERS"),
    ] {
        let told = warnings.iter().any(|it| {
            it.contains(&format!("{slip} is not known")) && it.contains(&format!("mean {meant}?"))
        });
        assert!(told, "{slip}: {warnings:?}");
    }
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(!warnings.concat().contains("hunter2"));
}

#[test]
fn a_proxy_that_was_not_declared_is_told_of() {
    let ring = ring();
    let https = [("PUBLIC_URL", "https://shop.example"), ("SECRET_KEYS", ring.as_str())];
    let told = |pairs: &[(&str, &str)]| {
        let listing = check_config::run(&read(None, pairs).unwrap()).unwrap().join("\n");
        listing.contains("# warning: PUBLIC_URL is https")
    };
    assert!(told(&https));
    assert!(!told(&[https[0], https[1], ("TRUSTED_PROXIES", "127.0.0.1")]));
    assert!(!told(&[("PUBLIC_URL", "http://shop.example")]));
}
