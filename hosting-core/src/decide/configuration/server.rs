//! Servers. Their secrets arrive sealed and are never read here (law 12).

use super::misfit::{Check, ConfigurationRefusal, Edit, at_version, set};
use crate::{
    change::ChangeSet,
    decide::{Context, provisioning::clear_pause},
    kernel::{Sealed, Versioned},
    model::{DomainEvent, Server, ServerId, ServerStatus, provisioning::ServerTrigger},
};

/// A server to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServer {
    /// What staff call it; unique, 1 to 80 characters.
    pub name: String,
    /// The panel adapter's name; one of those configured.
    pub panel: String,
    /// The group plans are placed in.
    pub server_group: String,
    /// Base address of the panel's API, `https://host:port`.
    pub base_url: String,
    /// The panel user that owns the accounts.
    pub username: String,
    /// A PEM certificate authority to trust for this server.
    pub ca_pem: Option<String>,
    /// SHA-256 of the panel's leaf certificate, 64 hexadecimal digits.
    pub cert_sha256: Option<String>,
    /// How many accounts it holds at most; 1 to 100 000.
    pub max_accounts: i64,
}

/// What of a server changes. What is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerPatch {
    /// What staff call it.
    pub name: Option<String>,
    /// The group plans are placed in.
    pub server_group: Option<String>,
    /// Base address of the panel's API.
    pub base_url: Option<String>,
    /// The panel user that owns the accounts.
    pub username: Option<String>,
    /// The new secret, sealed for `servers/secret/<id>`.
    pub secret: Option<Sealed>,
    /// A PEM certificate authority.
    pub ca_pem: Edit<String>,
    /// SHA-256 of the panel's leaf certificate.
    pub cert_sha256: Edit<String>,
    /// How many accounts it holds at most.
    pub max_accounts: Option<i64>,
}

/// Adds a server that takes accounts at once. `secret` is sealed for `servers/secret/<id>`; `panels`
/// are the adapters there are.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn create_server(
    context: &Context<'_>,
    id: ServerId,
    wish: &NewServer,
    secret: Sealed,
    panels: &[&str],
) -> Result<(ChangeSet, Server), ConfigurationRefusal> {
    let mut server = Server {
        id,
        name: wish.name.clone(),
        panel: wish.panel.clone(),
        server_group: wish.server_group.clone(),
        base_url: wish.base_url.clone(),
        username: wish.username.clone(),
        secret,
        ca_pem: wish.ca_pem.clone(),
        cert_sha256: wish.cert_sha256.clone(),
        max_accounts: wish.max_accounts,
        status: ServerStatus::Active,
        paused_at: None,
        paused_until: None,
        pause_reason: None,
        created_at: context.now(),
        updated_at: context.now(),
        deleted_at: None,
    };
    fit(&mut server, Some(panels))?;
    let mut changes = ChangeSet::default();
    changed(context, &server, "server", &mut changes);
    changes.servers.add(server.clone());
    Ok((changes, server))
}

/// Changes a server. Its panel stays: accounts of one kind are not accounts of another.
///
/// When the address, the user or what is trusted changes, the secret must be given again: staff who
/// may change a server, but have never seen its secret, could otherwise have it sent to a machine of
/// their own (law 12).
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn change_server(
    context: &Context<'_>,
    read: &Versioned<Server>,
    expected: i64,
    patch: &ServerPatch,
) -> Result<(ChangeSet, Server), ConfigurationRefusal> {
    at_version(read, expected)?;
    let mut server = read.value.clone();
    set(&mut server.name, patch.name.as_ref());
    set(&mut server.server_group, patch.server_group.as_ref());
    set(&mut server.base_url, patch.base_url.as_ref());
    set(&mut server.username, patch.username.as_ref());
    set(&mut server.secret, patch.secret.as_ref());
    patch.ca_pem.apply(&mut server.ca_pem);
    patch.cert_sha256.apply(&mut server.cert_sha256);
    set(&mut server.max_accounts, patch.max_accounts.as_ref());
    fit(&mut server, None)?;
    let mut check = Check::default();
    let again = "given again when the address, the user or what is trusted changes";
    check.demand("secret", patch.secret.is_some() || same_end(read, &server), again);
    check.finish()?;
    if patch.secret.is_some() {
        return Ok(written_open(context, read, server, "server with its secret"));
    }
    Ok(written(context, read, server, "server"))
}

/// Whether a secret that is sent to `after` goes where it went before, to whom it was trusted before.
fn same_end(before: &Server, after: &Server) -> bool {
    before.base_url == after.base_url
        && before.username == after.username
        && before.ca_pem == after.ca_pem
        && before.cert_sha256 == after.cert_sha256
}

/// Takes a server out for work, puts it back, or shuts it off.
///
/// # Errors
/// [`ConfigurationRefusal::Illegal`] when it is in that state already.
pub fn turn_server(
    context: &Context<'_>,
    read: &Versioned<Server>,
    trigger: ServerTrigger,
) -> Result<(ChangeSet, Server), ConfigurationRefusal> {
    let mut server = read.value.clone();
    server.status = server.status.on(trigger)?;
    let what = format!("server {trigger}");
    if trigger == ServerTrigger::Activated {
        return Ok(written_open(context, read, server, &what));
    }
    Ok(written(context, read, server, &what))
}

/// Staff mended the way in: a pause ends, and what waits goes on.
fn written_open(
    context: &Context<'_>,
    read: &Versioned<Server>,
    mut server: Server,
    what: &str,
) -> (ChangeSet, Server) {
    let mut resumed = ChangeSet::default();
    clear_pause(context, &mut server, &mut resumed);
    let (mut changes, server) = written(context, read, server, what);
    changes.and(resumed);
    (changes, server)
}

fn written(
    context: &Context<'_>,
    read: &Versioned<Server>,
    mut server: Server,
    what: &str,
) -> (ChangeSet, Server) {
    server.updated_at = context.now();
    let mut changes = ChangeSet::default();
    changed(context, &server, what, &mut changes);
    changes.servers.change(read.with(server.clone()));
    (changes, server)
}

fn changed(context: &Context<'_>, server: &Server, what: &str, changes: &mut ChangeSet) {
    let body = DomainEvent::ConfigurationChanged { what: what.to_owned() };
    context.record(changes, server.id, body);
}

fn fit(server: &mut Server, panels: Option<&[&str]>) -> Result<(), ConfigurationRefusal> {
    let mut check = Check::default();
    check.line("name", &mut server.name, 80);
    if let Some(panels) = panels {
        let known = panels.contains(&server.panel.as_str());
        check.demand("panel", known, &format!("one of: {}", panels.join(", ")));
    }
    check.word("server_group", &server.server_group, 64);
    server.base_url = server.base_url.trim().trim_end_matches('/').to_owned();
    let address = "an address such as https://panel.example.com:2087, without path or password";
    check.demand("base_url", is_origin(&server.base_url), address);
    check.word("username", &server.username, 64);
    if let Some(pem) = &server.ca_pem {
        let fits = pem.len() <= 65_536
            && pem.trim_start().starts_with("-----BEGIN CERTIFICATE-----")
            && pem.trim_end().ends_with("-----END CERTIFICATE-----");
        check.demand("ca_pem", fits, "certificates in PEM form");
    }
    if let Some(pin) = &mut server.cert_sha256 {
        *pin = pin.replace(':', "").to_ascii_lowercase();
        let fits = pin.len() == 64 && pin.bytes().all(|it| it.is_ascii_hexdigit());
        check.demand("cert_sha256", fits, "64 hexadecimal digits");
    }
    check.range("max_accounts", server.max_accounts, 1, 100_000);
    check.finish()
}

/// Scheme, host and perhaps a port; nothing else, so that no password hides in it.
fn is_origin(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|it| {
        (1..=255).contains(&it.len())
            && it.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
    })
}
