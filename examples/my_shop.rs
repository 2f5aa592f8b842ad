//! A shop of one's own: the whole server, with a gateway and a panel that it does not come with.
//!
//! ```text
//! KASIR_KEY=secret RUMAH_TOKEN=secret cargo run -p hosting-examples --example my_shop -- check-config
//! cargo test -p hosting-examples --example my_shop
//! ```
//!
//! Registering is all there is to it: the configuration understands the settings that the descriptors
//! declare, in the file (`[kasir] key = "…"`) and in the environment (`KASIR_KEY`), and every command
//! builds the shop from the same registry.

#[allow(dead_code, reason = "a program of its own, of which we take the adapter")]
#[path = "my_gateway.rs"]
mod my_gateway;
#[allow(dead_code, reason = "a program of its own, of which we take the adapter")]
#[path = "my_panel.rs"]
mod my_panel;

use std::{process::ExitCode, sync::Arc};

use hosting_adapters::registry::{ConfigError, GatewayFactory, PanelFactory, Registry, Settings};
use hosting_core::port::{PaymentGateway, ProvisioningAdapter, Setting, SettingKind};
use hosting_server::{cli, clock::SystemClock};

fn main() -> ExitCode {
    match registry() {
        Ok(registry) => cli::main_with(&registry),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The adapters that come with the server, and our two.
fn registry() -> Result<Registry, ConfigError> {
    let mut registry = Registry::with_builtins();
    registry
        .register_gateway(GatewayFactory { descriptor: &my_gateway::DESCRIPTOR, build: kasir })?;
    registry.register_panel(PanelFactory {
        descriptor: &my_panel::DESCRIPTOR,
        options: &OPTIONS,
        build: rumah,
    })?;
    Ok(registry)
}

/// What holds for all servers of the panel. It is required, so a shop that does not say it does not
/// have the panel.
const OPTIONS: [Setting; 1] =
    [Setting { key: "token", label: "Token", kind: SettingKind::Secret, required: true }];

/// Both providers live in this process and need a clock for it. An adapter reads none.
fn kasir(settings: &Settings) -> Result<Arc<dyn PaymentGateway>, ConfigError> {
    let key = settings.secret("key")?;
    let kasir = Arc::new(my_gateway::Kasir::new(Arc::new(SystemClock), key.clone()));
    Ok(Arc::new(my_gateway::KasirGateway { kasir, key }))
}

fn rumah(options: &Settings) -> Result<Arc<dyn ProvisioningAdapter>, ConfigError> {
    let rumah = my_panel::Rumah::new(Arc::new(SystemClock), options.secret("token")?);
    Ok(Arc::new(my_panel::RumahPanel(Arc::new(rumah))))
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, path::Path};

    use axum::{
        body::{Body, to_bytes},
        extract::ConnectInfo,
        http::Request,
    };
    use hosting_server::{
        assemble::{assemble, ready},
        command::check_config,
        config::{Config, Sources},
        http,
        state::AppState,
    };
    use tower::ServiceExt as _;

    use super::*;

    const FILE: &str = "payment_default = 'kasir'\n[kasir]\nkey = 'a-key-0123456789'";

    fn config(registry: &Registry, folder: &Path, environment: &[(&str, &str)]) -> Config {
        let file = folder.join("shop.toml");
        std::fs::write(&file, FILE).expect("written");
        let data = folder.join("data");
        let data = ("DATA_DIR", data.to_str().expect("text"));
        let pairs = environment.iter().chain([&data]);
        let pairs = pairs.map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let sources = Sources::read(registry, Some(&file), pairs).expect("its keys are known");
        Config::from_sources(sources).expect("it fits")
    }

    async fn open(folder: &Path, environment: &[(&str, &str)]) -> AppState {
        let registry = registry().expect("the names are free");
        let app = assemble(config(&registry, folder, environment)).await.expect("it opens");
        app.schema().migrate().await.expect("migrated");
        ready(&app).await.expect("it starts");
        app
    }

    async fn offered(app: &AppState) -> serde_json::Value {
        let path = "/api/v1/payment-methods?amount_minor=50000&currency=IDR";
        let mut request = Request::get(path).body(Body::empty()).expect("a request");
        let peer: SocketAddr = "192.0.2.1:4000".parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = http::router(app).oneshot(request).await.expect("answered");
        let body = to_bytes(answer.into_body(), 1 << 20).await.expect("read");
        serde_json::from_slice(&body).expect("JSON")
    }

    #[tokio::test]
    async fn the_shop_offers_the_gateway_and_knows_the_panel() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = open(folder.path(), &[("RUMAH_TOKEN", "a-token-0123456789")]).await;
        let offered = offered(&app).await;
        assert_eq!(offered["items"][0]["gateway"], "kasir", "{offered}");
        assert_eq!(offered["items"][0]["method"], "counter", "{offered}");
        assert!(app.ports().panels.get("rumah").is_some());
    }

    #[tokio::test]
    async fn the_environment_wins_and_a_panel_without_its_option_is_off() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = open(folder.path(), &[("KASIR_KEY", "another-key-0123456789")]).await;
        let shown = check_config::run(app.config()).expect("it is right").join("\n");
        assert!(shown.contains("KASIR_KEY = (hidden)  # environment"), "{shown}");
        assert!(!shown.contains("key-0123456789"), "{shown}");
        assert!(
            app.ports().panels.get("rumah").is_none() && app.ports().panels.get("cpanel").is_some()
        );
    }

    #[test]
    fn a_server_without_the_adapter_does_not_know_its_keys() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("shop.toml");
        std::fs::write(&file, FILE).expect("written");
        let read = Sources::read(&Registry::with_builtins(), Some(&file), []);
        assert!(read.expect_err("nobody declared it").to_string().contains("kasir_key"));
    }
}
