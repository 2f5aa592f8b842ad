//! Where customers find their panel.

use hosting_core::model::Server;

/// The host name of a server's panel. Nothing else of its address is for customers: staff's port and
/// user are not.
pub fn address_of(server: &Server) -> String {
    let url = reqwest::Url::parse(&server.base_url).ok();
    let host = url.as_ref().and_then(|it| it.host_str()).map(str::to_owned);
    host.unwrap_or_else(|| server.name.clone())
}
