//! Who am I?

use axum::Json;
use hosting_core::model::{Permission, User};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    auth::Principal,
    http::{Access, ApiRoutes},
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes.route(Access::LoggedIn, routes!(me))
}

/// Who is logged in, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The user.
    id: String,
    /// Log-in name.
    email: String,
    /// Full name.
    name: String,
    /// `admin`, `billing`, `support` or `customer`.
    role: &'static str,
    /// The customer they act for.
    customer_id: Option<String>,
    /// `id` or `en`.
    locale: String,
    /// What they may do with this credential.
    permissions: Vec<&'static str>,
}

impl Me {
    pub(super) fn new(user: &User, permissions: &[Permission]) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.to_string(),
            name: user.name.clone(),
            role: user.role.as_str(),
            customer_id: user.customer_id.map(|it| it.to_string()),
            locale: user.locale.clone(),
            permissions: permissions.iter().map(|it| it.as_str()).collect(),
        }
    }
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/auth/me", tag = "auth",
    responses((status = 200, description = "The caller", body = Me)))]
async fn me(me: Principal) -> Json<Me> {
    Json(Me::new(me.user(), me.permissions()))
}
