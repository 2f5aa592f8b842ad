//! Servers. A secret goes in and never comes out.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use chrono::{DateTime, Utc};
use hosting_core::{
    decide::configuration::{Edit, NewServer, ServerPatch},
    kernel::{Secret, Versioned},
    model::{Permission as P, Server, ServerId, provisioning::ServerTrigger},
    port::StoreError,
    service::configuration,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::{
    page::StaffPage,
    save::{Seen, Tagged, given, refused, tagged},
};
use crate::{
    auth::Principal,
    http::{Access, ApiJson, ApiPath, ApiRoutes, Fields, Problem},
    reality::is_test_server,
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::ServersView), routes!(list_servers))
        .route(Access::Needs(P::ServersManage), routes!(create_server))
        .route(Access::Needs(P::ServersView), routes!(show_server))
        .route(Access::Needs(P::ServersManage), routes!(change_server))
        .route(Access::Needs(P::ServersManage), routes!(drain_server))
        .route(Access::Needs(P::ServersManage), routes!(activate_server))
        .route(Access::Needs(P::ServersManage), routes!(disable_server))
}

/// A server, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffServer {
    /// The server.
    id: String,
    /// Send it back with a change.
    version: i64,
    /// What staff call it.
    name: String,
    /// The panel adapter.
    panel: String,
    /// The group plans are placed in.
    server_group: String,
    /// Base address of the panel's API.
    base_url: String,
    /// The panel user that owns the accounts.
    username: String,
    /// A certificate authority to trust for this server.
    ca_pem: Option<String>,
    /// SHA-256 of the panel's leaf certificate, if it is pinned.
    cert_sha256: Option<String>,
    /// How many accounts it holds.
    accounts: i64,
    /// How many it holds at most.
    max_accounts: i64,
    /// `active`, `maintenance` or `disabled`.
    status: &'static str,
    /// When its panel is tried again, after it let nobody in. Its tasks wait until then; testing the
    /// connection or mending the server lets them go on at once.
    paused_until: Option<DateTime<Utc>>,
    /// What its panel said then.
    pause_reason: Option<String>,
    /// When it was added.
    created_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

impl StaffServer {
    fn new(server: &Versioned<Server>, accounts: i64) -> Self {
        Self {
            id: server.id.to_string(),
            version: server.version,
            name: server.name.clone(),
            panel: server.panel.clone(),
            server_group: server.server_group.clone(),
            base_url: server.base_url.clone(),
            username: server.username.clone(),
            ca_pem: server.ca_pem.clone(),
            cert_sha256: server.cert_sha256.clone(),
            accounts,
            max_accounts: server.max_accounts,
            status: server.status.as_str(),
            paused_until: server.paused_until,
            pause_reason: server.pause_reason.clone(),
            created_at: server.created_at,
            updated_at: server.updated_at,
        }
    }
}

async fn load(app: &AppState, id: ServerId) -> Result<i64, StoreError> {
    app.ports().store.counter(&format!("server/{}", id.stored())).await
}

async fn answer(
    app: &AppState,
    server: &Versioned<Server>,
) -> Result<Tagged<StaffServer>, Problem> {
    let accounts = load(app, server.id).await?;
    Ok(tagged(server.version, StaffServer::new(server, accounts)))
}

/// All servers with how full they are, by name.
#[utoipa::path(get, path = "/api/v1/admin/servers", tag = "admin: servers",
    responses((status = 200, description = "Servers; at most 1000", body = StaffPage<StaffServer>)))]
async fn list_servers(
    State(app): State<AppState>,
) -> Result<Json<StaffPage<StaffServer>>, Problem> {
    let servers = app.ports().store.servers().await?;
    let mut items = Vec::with_capacity(servers.rows.len());
    for server in &servers.rows {
        items.push(StaffServer::new(server, load(&app, server.id).await?));
    }
    Ok(Json(StaffPage::whole(items).lacking(&servers.unreadable)))
}

/// One server.
#[utoipa::path(get, path = "/api/v1/admin/servers/{id}", tag = "admin: servers",
    params(("id" = String, Path, description = "The server")),
    responses((status = 200, description = "The server", body = StaffServer)))]
async fn show_server(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<ServerId>,
) -> Result<Tagged<StaffServer>, Problem> {
    let server = app.ports().store.server(id).await?.filter(|it| it.deleted_at.is_none());
    answer(&app, &server.ok_or_else(Problem::not_found)?).await
}

/// A server to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateServer {
    /// What staff call it; unique.
    #[schema(min_length = 1, max_length = 80, example = "jkt1")]
    name: String,
    /// The panel adapter; it stays.
    #[schema(example = "cpanel")]
    panel: String,
    /// The group plans are placed in.
    #[schema(example = "jakarta")]
    server_group: String,
    /// Base address of the panel's API.
    #[schema(example = "https://panel.example.com:2087")]
    base_url: String,
    /// The panel user that owns the accounts.
    username: String,
    /// API token or password. It is sealed and never shown again.
    #[schema(value_type = String, format = Password, min_length = 1, max_length = 4096)]
    secret: Secret,
    /// A PEM certificate authority to trust for this server.
    ca_pem: Option<String>,
    /// SHA-256 of the panel's leaf certificate, to pin it.
    cert_sha256: Option<String>,
    /// How many accounts it holds at most.
    #[schema(minimum = 1, maximum = 100_000)]
    max_accounts: i64,
}

fn check_secret(secret: &Secret) -> Result<(), Problem> {
    let mut fields = Fields::default();
    let text = secret.expose();
    let fits = (1..=4096).contains(&text.len()) && !text.chars().any(char::is_control);
    fields.demand("/secret", fits, "one line of 1 to 4096 characters");
    fields.finish()
}

/// A real panel does not live by a clock that is moved by hand.
fn check_address(app: &AppState, base_url: &str) -> Result<(), Problem> {
    if app.test_clock().is_none() || is_test_server(app.config(), base_url.trim()) {
        return Ok(());
    }
    let should =
        "should be on this machine, or its host be named in TEST_SERVERS: the test clock is on";
    Err(Problem::field("/base_url", should))
}

/// Add a server. It takes accounts at once.
#[utoipa::path(post, path = "/api/v1/admin/servers", tag = "admin: servers", request_body = CreateServer,
    responses((status = 201, description = "The server, without its secret", body = StaffServer)))]
async fn create_server(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<CreateServer>,
) -> Result<(StatusCode, Tagged<StaffServer>), Problem> {
    check_secret(&body.secret)?;
    check_address(&app, &body.base_url)?;
    let wish = NewServer {
        name: body.name,
        panel: body.panel,
        server_group: body.server_group,
        base_url: body.base_url,
        username: body.username,
        ca_pem: body.ca_pem,
        cert_sha256: body.cert_sha256,
        max_accounts: body.max_accounts,
    };
    let made = configuration::create_server(app.ports(), &me.actor(), &wish, &body.secret).await;
    Ok((StatusCode::CREATED, answer(&app, &made.map_err(refused)?).await?))
}

/// What of a server changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeServer {
    /// The version you saw, unless `If-Match` says it.
    #[schema(minimum = 0)]
    version: Option<i64>,
    /// What staff call it.
    #[schema(min_length = 1, max_length = 80)]
    name: Option<String>,
    /// The group plans are placed in.
    server_group: Option<String>,
    /// Base address of the panel's API.
    base_url: Option<String>,
    /// The panel user that owns the accounts.
    username: Option<String>,
    /// A new API token or password, which replaces the old one; needed with a new address, user,
    /// authority or pin.
    #[schema(value_type = Option<String>, format = Password, min_length = 1, max_length = 4096)]
    secret: Option<Secret>,
    /// A certificate authority to trust; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    ca_pem: Edit<String>,
    /// The pinned certificate; `null` takes it away.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    cert_sha256: Edit<String>,
    /// How many accounts it holds at most. Lowering it moves nobody.
    #[schema(minimum = 1, maximum = 100_000)]
    max_accounts: Option<i64>,
}

/// Change a server; with `secret` its credential is rotated. A new address, user, authority or pin
/// needs the secret again.
#[utoipa::path(patch, path = "/api/v1/admin/servers/{id}", tag = "admin: servers", request_body = ChangeServer,
    params(("id" = String, Path, description = "The server"), ("If-Match" = Option<String>, Header, description = "The version you saw, in quotes")),
    responses((status = 200, description = "The server, without its secret", body = StaffServer)))]
async fn change_server(
    State(app): State<AppState>,
    me: Principal,
    headers: HeaderMap,
    ApiPath(id): ApiPath<ServerId>,
    ApiJson(body): ApiJson<ChangeServer>,
) -> Result<Tagged<StaffServer>, Problem> {
    let seen = Seen::new(&headers, body.version)?;
    if let Some(secret) = &body.secret {
        check_secret(secret)?;
    }
    if let Some(base_url) = &body.base_url {
        check_address(&app, base_url)?;
    }
    let patch = ServerPatch {
        name: body.name,
        server_group: body.server_group,
        base_url: body.base_url,
        username: body.username,
        secret: None,
        ca_pem: body.ca_pem,
        cert_sha256: body.cert_sha256,
        max_accounts: body.max_accounts,
    };
    let (ports, actor, secret) = (app.ports(), me.actor(), body.secret.as_ref());
    let done = configuration::change_server(ports, &actor, id, seen.version, patch, secret).await;
    answer(&app, &done.map_err(|it| seen.refused(it))?).await
}

async fn turn(
    app: &AppState,
    me: &Principal,
    id: ServerId,
    trigger: ServerTrigger,
) -> Result<Tagged<StaffServer>, Problem> {
    let done = configuration::turn_server(app.ports(), &me.actor(), id, trigger).await;
    answer(app, &done.map_err(refused)?).await
}

/// Take a server out for work: it serves its accounts and takes no new ones.
#[utoipa::path(post, path = "/api/v1/admin/servers/{id}/drain", tag = "admin: servers",
    params(("id" = String, Path, description = "The server")),
    responses((status = 200, description = "The server", body = StaffServer)))]
async fn drain_server(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<ServerId>,
) -> Result<Tagged<StaffServer>, Problem> {
    turn(&app, &me, id, ServerTrigger::Drained).await
}

/// Put a server back into service.
#[utoipa::path(post, path = "/api/v1/admin/servers/{id}/activate", tag = "admin: servers",
    params(("id" = String, Path, description = "The server")),
    responses((status = 200, description = "The server", body = StaffServer)))]
async fn activate_server(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<ServerId>,
) -> Result<Tagged<StaffServer>, Problem> {
    turn(&app, &me, id, ServerTrigger::Activated).await
}

/// Shut a server off.
#[utoipa::path(post, path = "/api/v1/admin/servers/{id}/disable", tag = "admin: servers",
    params(("id" = String, Path, description = "The server")),
    responses((status = 200, description = "The server", body = StaffServer)))]
async fn disable_server(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<ServerId>,
) -> Result<Tagged<StaffServer>, Problem> {
    turn(&app, &me, id, ServerTrigger::Disabled).await
}
