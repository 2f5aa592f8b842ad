//! What is real: providers whose effects outlive a test.
//!
//! Moved time bills, suspends and removes. So the test clock keeps away from every provider that is in
//! production mode. A gateway says of itself whether it is. A panel cannot: the same program serves
//! accounts of customers and accounts of nobody. So each *server* counts as real unless its address is
//! on this machine, where only a sandbox is, or the operator names its host in `TEST_SERVERS`. A
//! private address proves nothing: many real panels have one.

use axum::http::Uri;
use hosting_core::{
    port::{PaymentGateway, StoreError},
    service::Directory,
};

use crate::{config::Config, state::AppState};

/// A provider in production mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Real {
    /// Its money is real.
    #[error("the gateway {0} moves real money")]
    Gateway(String),
    /// Its accounts are real.
    #[error(
        "the server {name} at {address} keeps real accounts (a test server is on this machine, or \
         its host is named in TEST_SERVERS)"
    )]
    Server {
        /// What staff call it.
        name: String,
        /// The panel's address.
        address: String,
    },
}

/// The first provider of the shop that is in production mode, if there is one.
///
/// # Errors
/// A store that failed.
pub async fn first_real(app: &AppState) -> Result<Option<Real>, StoreError> {
    if let Some(name) = real_gateway(&app.ports().gateways) {
        return Ok(Some(Real::Gateway(name)));
    }
    let servers = app.ports().store.servers().await?;
    // Who knows what one is that cannot be read.
    if let Some(unknown) = servers.unreadable.first() {
        let (name, address) = (unknown.id.clone(), "an address that cannot be read".to_owned());
        return Ok(Some(Real::Server { name, address }));
    }
    let real = servers
        .rows
        .iter()
        .find(|it| it.deleted_at.is_none() && !is_test_server(app.config(), &it.base_url));
    Ok(real.map(|it| Real::Server { name: it.name.clone(), address: it.base_url.clone() }))
}

fn real_gateway(gateways: &Directory<dyn PaymentGateway>) -> Option<String> {
    let mut real = gateways.iter().filter(|(_, it)| it.is_production());
    real.next().map(|(name, _)| name.to_owned())
}

/// Whether the accounts of a panel at `address` are nobody's: it is on this machine, or its host is
/// in `TEST_SERVERS`. An address that cannot be read is not.
pub fn is_test_server(config: &Config, address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let Some(host) = uri.host() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
        || config.test_servers.iter().any(|it| it.eq_ignore_ascii_case(host))
}
