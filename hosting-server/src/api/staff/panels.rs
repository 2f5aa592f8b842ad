//! Asking a server's panel while staff wait: does it answer, and what does it offer?

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode};
use hosting_core::{
    model::{Permission as P, ServerId},
    port::Failure,
    service::configuration,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use super::page::StaffPage;
use crate::{
    auth::Principal,
    http::{Access, ApiPath, ApiRoutes, Problem, problem::sentence},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::ServersManage), routes!(test_server))
        .route(Access::Needs(P::ServersView), routes!(list_packages))
}

/// How long a panel has to answer.
const DEADLINE: Duration = Duration::from_secs(35);

/// What a connection test learned.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffConnection {
    /// The panel's version.
    version: String,
    /// The host's own name.
    hostname: String,
    /// What will not work. Empty when all is well.
    warnings: Vec<String>,
}

/// A package that the panel offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffPackage {
    /// The full name, as a plan needs it.
    name: String,
    /// Disk allowed, MiB; absent is unlimited.
    disk_mib: Option<i64>,
}

/// Waits for the panel, but not longer than the request may take.
async fn in_time<T>(
    app: &AppState,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Problem> {
    let most = app.config().request_timeout.saturating_sub(Duration::from_secs(1));
    match tokio::time::timeout(DEADLINE.min(most), answer).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(failure)) => {
            Err(Problem::new(StatusCode::BAD_GATEWAY, "panel-failed", "The panel did not do it")
                .detail(sentence(&failure.to_string())))
        }
        Err(_) => Err(Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            "panel-silent",
            "The panel did not answer",
        )),
    }
}

/// Test the connection: does the panel answer, and do the credentials suffice?
#[utoipa::path(post, path = "/api/v1/admin/servers/{id}/test", tag = "admin: servers",
    params(("id" = String, Path, description = "The server")),
    responses((status = 200, description = "It answers", body = StaffConnection),
        (status = 502, description = "It refused, and why", body = Problem, content_type = "application/problem+json"),
        (status = 504, description = "It did not answer in time", body = Problem, content_type = "application/problem+json")))]
async fn test_server(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<ServerId>,
) -> Result<Json<StaffConnection>, Problem> {
    let (panel, access) = configuration::panel_of(app.ports(), id).await?;
    let connection = in_time(&app, panel.test_connection(&access)).await?;
    configuration::server_answers(app.ports(), &me.actor(), id).await?;
    Ok(Json(StaffConnection {
        version: connection.version,
        hostname: connection.hostname,
        warnings: connection.warnings,
    }))
}

/// The packages that the server's panel offers.
#[utoipa::path(get, path = "/api/v1/admin/servers/{id}/packages", tag = "admin: servers",
    params(("id" = String, Path, description = "The server")),
    responses((status = 200, description = "Packages", body = StaffPage<StaffPackage>)))]
async fn list_packages(
    State(app): State<AppState>,
    ApiPath(id): ApiPath<ServerId>,
) -> Result<Json<StaffPage<StaffPackage>>, Problem> {
    let (panel, access) = configuration::panel_of(app.ports(), id).await?;
    let packages = in_time(&app, panel.packages(&access)).await?.into_iter();
    let view = packages.map(|it| StaffPackage { name: it.name, disk_mib: it.disk_mib });
    Ok(Json(StaffPage::whole(view.collect())))
}
