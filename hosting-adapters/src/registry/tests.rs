//! The registry: names, settings and what their errors say.

use hosting_core::port::{Setting, SettingKind};

use super::*;

const fn setting(key: &'static str, kind: SettingKind, required: bool) -> Setting {
    Setting { key, label: "A label", kind, required }
}

static DECLARED: [Setting; 6] = [
    setting("server_key", SettingKind::Secret, true),
    setting("is_production", SettingKind::Flag, false),
    setting("base_url", SettingKind::Url, false),
    setting("limit", SettingKind::Number, false),
    setting("accounts", SettingKind::Lines, false),
    setting("name", SettingKind::Text, false),
];

static OWN: Descriptor = Descriptor { id: "bank-next-door", name: "Bank", settings: &DECLARED };

fn read(pairs: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    Settings::from_pairs("pay", &DECLARED, pairs.iter().copied())
}

fn wrong(pairs: &[(&str, &str)]) -> String {
    read(pairs).expect_err("the settings of the test are wrong").to_string()
}

#[test]
fn settings_answer_by_kind() {
    let settings = read(&[
        ("server_key", " k3y "),
        ("is_production", "True"),
        ("limit", "-7"),
        ("accounts", "one\n\n two \n"),
        ("name", ""),
    ])
    .expect("they are right");
    assert_eq!(settings.secret("server_key").expect("set").expose(), "k3y");
    assert_eq!(settings.flag("is_production"), Ok(Some(true)));
    assert_eq!(settings.number("limit"), Ok(Some(-7)));
    assert_eq!(settings.lines("accounts"), Ok(vec!["one", "two"]));
    assert_eq!(settings.text("name"), Ok(None), "empty is absent");
    assert_eq!(settings.text("base_url"), Ok(None));
    assert_eq!(
        settings.required_text("base_url").map_err(|it| it.to_string()),
        Err("pay.base_url is missing: A label".to_owned())
    );
    assert!(matches!(settings.text("colour"), Err(ConfigError::Undeclared { .. })));
    assert!(!format!("{settings:?}").contains("k3y"));
}

#[test]
fn errors_name_the_setting_and_what_would_be_right() {
    let key = ("server_key", "k3y");
    assert_eq!(wrong(&[]), "pay.server_key is missing: A label");
    assert_eq!(wrong(&[("server_key", " ")]), "pay.server_key is missing: A label");
    assert_eq!(
        wrong(&[("sever_key", "k3y")]),
        "there is no setting pay.sever_key; did you mean pay.server_key?"
    );
    assert_eq!(
        wrong(&[key, ("colour", "red")]),
        "there is no setting pay.colour; known are pay.server_key, pay.is_production, \
         pay.base_url, pay.limit, pay.accounts, pay.name"
    );
    assert_eq!(wrong(&[key, ("is_production", "ja")]), "pay.is_production must be true or false");
    assert_eq!(wrong(&[key, ("limit", "7.5")]), "pay.limit must be a whole number");
    assert_eq!(
        wrong(&[key, ("base_url", "localhost:80")]),
        "pay.base_url must be an address that begins with http:// or https://"
    );
    assert_eq!(wrong(&[("server_key", "k\n3y")]), "pay.server_key must be a single line");
    assert_eq!(wrong(&[key, key]), "pay.server_key is set twice");
}

#[test]
fn environment_names_are_the_providers_in_capitals() {
    let variables = [
        ("PATH", "/usr/bin"),
        ("PAY_SERVER_KEY", "k3y"),
        ("PAY_IS_PRODUCTION", "0"),
        ("PAYMENT_DEFAULT", "pay"),
    ];
    let settings = Settings::from_env("pay", &DECLARED, variables).expect("they are right");
    assert_eq!(settings.flag("is_production"), Ok(Some(false)));

    let mistyped = [("PAY_SERVER_KEY", "k3y"), ("PAY_BASEURL", "http://localhost")];
    let error = Settings::from_env("pay", &DECLARED, mistyped).expect_err("it is mistyped");
    assert_eq!(error.to_string(), "there is no setting PAY_BASEURL; did you mean PAY_BASE_URL?");
    let error = Settings::from_env("pay", &DECLARED, [("X", "y")]).expect_err("nothing is set");
    assert_eq!(error.to_string(), "PAY_SERVER_KEY is missing: A label");
}

#[test]
fn an_unknown_adapter_is_answered_with_the_nearest() {
    let mut registry = Registry::empty();
    assert_eq!(
        registry.gateway("midtrans").expect_err("nothing is known").to_string(),
        "there is no payment gateway called `midtrans`; none are known"
    );
    let factory = GatewayFactory {
        descriptor: &OWN,
        build: |it| Err(ConfigError::refused(it.id(), &"the bank is closed")),
    };
    registry.register_gateway(factory).expect("it is the first");
    assert_eq!(
        registry.register_gateway(factory),
        Err(ConfigError::Twice { what: "payment gateway", id: "bank-next-door" })
    );
    assert_eq!(
        registry.gateway("bank-nextdoor").expect_err("mistyped").to_string(),
        "there is no payment gateway called `bank-nextdoor`; did you mean bank-next-door?"
    );
    let refused = registry
        .gateway("bank-next-door")
        .and_then(|it| it.build_from_env([("BANK_NEXT_DOOR_SERVER_KEY", "k")]))
        .expect_err("the bank is closed");
    assert_eq!(refused.to_string(), "bank-next-door: the bank is closed");
}

#[cfg(all(feature = "midtrans", feature = "manual", feature = "cpanel"))]
#[test]
fn what_is_compiled_in_is_known_and_can_be_built() {
    let mut registry = Registry::with_builtins();
    assert_eq!(
        format!("{registry:?}"),
        "Registry { gateways: [\"manual\", \"midtrans\"], panels: [\"cpanel\"] }"
    );
    let midtrans = registry.gateway("midtrans").expect("it is compiled in");
    let variables = [
        ("MIDTRANS_SERVER_KEY", "SB-Mid-server-example"),
        ("MIDTRANS_CLIENT_KEY", "SB-Mid-client-example"),
        ("MIDTRANS_IS_PRODUCTION", "false"),
        ("MIDTRANS_BASE_URL", "http://127.0.0.1:4101"),
    ];
    let gateway = midtrans.build_from_env(variables).expect("the settings are right");
    assert_eq!(gateway.descriptor().id, "midtrans");
    assert!(!gateway.is_production());

    let contrary =
        [("MIDTRANS_SERVER_KEY", "SB-Mid-server-example"), ("MIDTRANS_IS_PRODUCTION", "true")];
    let error = midtrans.build_from_env(contrary).expect_err("a sandbox key for real money");
    assert!(error.to_string().starts_with("midtrans: "), "{error}");
    assert!(!error.to_string().contains("SB-Mid-server-example"), "{error}");

    let seconds = [("MIDTRANS_SERVER_KEY", "SB-Mid-server-x"), ("MIDTRANS_TIMEOUT_SECONDS", "-1")];
    let error = midtrans.build_from_env(seconds).expect_err("time runs forward");
    assert_eq!(
        error.to_string(),
        "MIDTRANS_TIMEOUT_SECONDS must be a number of seconds above zero"
    );

    let manual = registry.gateway("manual").expect("it is compiled in");
    let gateway = manual.build_from_env([("MANUAL_ACCOUNTS", "BCA 1\nMandiri 2")]);
    let gateway = gateway.expect("the settings are right");
    assert!(gateway.confirmed_by_staff());
    assert!(gateway.is_production(), "a bank transfer is real money unless it is said not to be");
    let declared = [("MANUAL_ACCOUNTS", "BCA 1"), ("MANUAL_IS_PRODUCTION", "false")];
    assert!(!manual.build_from_env(declared).expect("they are right").is_production());
    let currency = [("MANUAL_ACCOUNTS", "BCA 1"), ("MANUAL_CURRENCY", "Rp")];
    let error = manual.build_from_env(currency).expect_err("not a currency");
    assert!(error.to_string().starts_with("manual: "), "{error}");

    let cpanel = *registry.panel("cpanel").expect("it is compiled in");
    let panel = cpanel.build_from_env([("CPANEL_ALLOW_PLAIN_HTTP", "yes")]);
    assert_eq!(panel.expect("the option is right").descriptor().id, "cpanel");
    assert!(registry.register_panel(cpanel).is_err(), "one name is one panel");
    assert!(registry.panel("cpanle").is_err());
    let known: Vec<_> = registry.gateways().map(|it| it.descriptor.name).collect();
    assert_eq!(known, ["Bank transfer", "Midtrans"]);
    assert_eq!(registry.panels().count(), 1);
}
