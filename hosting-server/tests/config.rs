//! What is wrong with a configuration is said in words that help, and secrets stay out of them.

use std::path::PathBuf;

use hosting_adapters::registry::Registry;
use hosting_core::testing::SeededEntropy;
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
    let registry = Registry::with_builtins();
    let gateways = |pairs: &[(&str, &str)]| {
        let config = read(None, pairs).unwrap();
        assemble::gateways(&config, &registry)
            .map(|it| it.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(gateways(&[]).unwrap(), Vec::<String>::new());
    let accounts = ("MANUAL_ACCOUNTS", "BCA 1234567890 a.n. PT Contoh");
    assert_eq!(gateways(&[accounts, ("PAYMENT_DEFAULT", "manual")]).unwrap(), ["manual"]);
    let off = gateways(&[("PAYMENT_DEFAULT", "manual")]).unwrap_err().to_string();
    assert!(off.contains("PAYMENT_DEFAULT"), "{off}");
    assert!(gateways(&[("PAYMENT_DEFAULT", "manuel")]).unwrap_err().to_string().contains("manual"));
    let real = ("MANUAL_IS_PRODUCTION", "true");
    let both = gateways(&[accounts, real, ("TEST_CLOCK", "on")]).unwrap_err().to_string();
    assert!(both.contains("TEST_CLOCK"), "{both}");
}
