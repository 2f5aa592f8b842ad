//! Registering routes: the one place where access is decided, which no route can forget.
//!
//! ```ignore
//! #[utoipa::path(get, path = "/api/v1/orders/{id}", tag = "orders", responses((status = 200, body = OrderView)))]
//! async fn show_order(State(app): State<AppState>, me: Principal, ApiPath(id): ApiPath<OrderId>)
//!     -> Result<Json<OrderView>, Problem>
//! {
//!     let order = app.ports().store.order(id).await?;
//!     let order = me.see(order, |it| it.customer_id)?;     // somebody else's is a 404
//!     Ok(Json(OrderView::from(&order)))
//! }
//!
//! ApiRoutes::new(&app).route(
//!     Access::OwnOr(Permission::CustomerOrdersView, Permission::OrdersView),
//!     routes!(show_order),
//! )
//! ```
//!
//! [`ApiRoutes::route`] puts the `gate` in front of the handlers: who is it, did their
//! own page send this, may they, are they too fast, have they asked this before. The handler takes
//! [`Principal`](crate::auth::Principal) (or [`Guest`](crate::auth::Guest) on public routes) as an
//! argument; on a route without a gate both fail closed with 500. The `OpenAPI` document and the test
//! that tries every route as everybody are made from the same declaration.

use axum::{
    Router,
    handler::Handler,
    middleware::from_fn_with_state,
    routing::{MethodRouter, get, post},
};
use hosting_core::model::Permission;
use utoipa::openapi::{
    OpenApi, RefOr, Schema,
    path::{HttpMethod, Operation, PathItem, Paths},
};

use super::{
    gate::{Gate, gate},
    openapi,
};
use crate::{
    auth::principal::{Proof, Reach},
    state::AppState,
};

/// Who may call a route. There is no default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// A provider whose message proves its sender by itself: no session or key is looked for, and no
    /// rate is kept, because a busy day at the bank must not lose messages. The handler verifies.
    Signed,
    /// Anybody who is logged in, with a browser or a key.
    LoggedIn,
    /// Anybody who is logged in with a browser: what a stolen or narrow key must not do, such as
    /// making more keys or changing the password.
    Session,
    /// Whoever holds the permission. Sees everybody's things: for staff.
    Needs(Permission),
    /// Whoever holds the permission and is a customer. Sees their own things only.
    CustomerOwn(Permission),
    /// A customer who holds the first sees their own things; whoever holds the second sees
    /// everybody's.
    OwnOr(Permission, Permission),
}

impl Access {
    /// Whether a caller gets in, and whose things they see. `None` is no.
    pub fn admits(
        self,
        holds: impl Fn(Permission) -> bool,
        customer: Option<hosting_core::model::CustomerId>,
        proof: Proof,
    ) -> Option<Reach> {
        let own = customer.map_or(Reach::Nobody, Reach::Own);
        match self {
            Self::Public | Self::Signed | Self::LoggedIn => Some(own),
            Self::Session => matches!(proof, Proof::Session(_)).then_some(own),
            Self::Needs(all) => holds(all).then_some(Reach::Everybody),
            Self::OwnOr(_, all) if holds(all) => Some(Reach::Everybody),
            Self::CustomerOwn(mine) | Self::OwnOr(mine, _) => {
                (holds(mine) && customer.is_some()).then_some(own)
            }
        }
    }

    /// The words in the `OpenAPI` document.
    pub fn describe(self) -> String {
        match self {
            Self::Public => "public".to_owned(),
            Self::Signed => "a provider, by the signature in its message".to_owned(),
            Self::LoggedIn => "logged in".to_owned(),
            Self::Session => "logged in with a browser".to_owned(),
            Self::Needs(all) => format!("permission {all}"),
            Self::CustomerOwn(mine) => format!("permission {mine}, own things only"),
            Self::OwnOr(mine, all) => format!("permission {mine} for own things, or {all}"),
        }
    }
}

/// Whether an answer may be kept for a repeat with the same `Idempotency-Key`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// Kept and repeated.
    Kept,
    /// The answer holds a secret: the request is still done only once, but a repeat is told so
    /// instead of being answered again.
    HoldsSecret,
    /// The request holds a password: nothing of it is kept, not even a hash, because one that is made
    /// fast is guessed fast. The key is not honoured; doing it again does no harm.
    TakesPassword,
}

/// A route as it was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// `GET`, `POST`, …
    pub method: String,
    /// With `{parts}`.
    pub path: String,
    /// Who may call it.
    pub access: Access,
}

/// What `routes!` of `utoipa-axum` makes.
pub type Described = (Vec<(String, RefOr<Schema>)>, Paths, MethodRouter<AppState>);

/// Collects routes, each with its [`Access`].
pub struct ApiRoutes {
    app: AppState,
    router: Router<AppState>,
    document: OpenApi,
    registered: Vec<Registered>,
}

impl std::fmt::Debug for ApiRoutes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiRoutes").field("registered", &self.registered).finish_non_exhaustive()
    }
}

impl ApiRoutes {
    /// No routes yet.
    pub fn new(app: &AppState) -> Self {
        let document = openapi::skeleton(app.config().scheme());
        Self { app: app.clone(), router: Router::new(), document, registered: Vec::new() }
    }

    /// Registers handlers (all of one path) behind `access`.
    #[must_use]
    pub fn route(self, access: Access, described: Described) -> Self {
        self.add(access, Replay::Kept, described)
    }

    /// Registers handlers whose answers hold a secret behind `access`.
    #[must_use]
    pub fn secret_route(self, access: Access, described: Described) -> Self {
        self.add(access, Replay::HoldsSecret, described)
    }

    /// Registers handlers whose requests hold a password behind `access`.
    #[must_use]
    pub fn password_route(self, access: Access, described: Described) -> Self {
        self.add(access, Replay::TakesPassword, described)
    }

    /// Lets another module register its routes: `.with(api::orders::routes)`.
    #[must_use]
    pub fn with(self, register: impl FnOnce(Self) -> Self) -> Self {
        register(self)
    }

    /// Registers a page: it stands behind the same gate, and is no part of the `OpenAPI` document.
    #[must_use]
    pub fn page<T, H>(self, access: Access, path: &str, handler: H) -> Self
    where
        T: 'static,
        H: Handler<T, AppState>,
    {
        self.add_page(access, "GET", path, get(handler))
    }

    /// Registers what a page's form is sent to.
    #[must_use]
    pub fn form<T, H>(self, access: Access, path: &str, handler: H) -> Self
    where
        T: 'static,
        H: Handler<T, AppState>,
    {
        self.add_page(access, "POST", path, post(handler))
    }

    fn add_page(
        mut self,
        access: Access,
        method: &str,
        path: &str,
        handler: MethodRouter<AppState>,
    ) -> Self {
        let gate_here = Gate { app: self.app.clone(), access, replay: Replay::HoldsSecret };
        let guarded = handler.route_layer(from_fn_with_state(gate_here, gate));
        self.router = self.router.route(path, guarded);
        let (method, path) = (method.to_owned(), path.to_owned());
        self.registered.push(Registered { method, path, access });
        self
    }

    fn add(mut self, access: Access, replay: Replay, described: Described) -> Self {
        let (schemas, mut paths, handlers) = described;
        let gate_here = Gate { app: self.app.clone(), access, replay };
        let guarded = handlers.route_layer(from_fn_with_state(gate_here, gate));
        let names: Vec<String> = paths.paths.keys().cloned().collect();
        for path in &names {
            self.router = self.router.route(path, guarded.clone());
        }
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                let method = method_name(&method).to_owned();
                openapi::describe(operation, &method, path, access, replay);
                self.registered.push(Registered { method, path: path.clone(), access });
            }
        }
        for (path, item) in std::mem::take(&mut paths.paths) {
            match self.document.paths.paths.get_mut(&path) {
                Some(there) => there.merge_operations(item),
                None => {
                    self.document.paths.paths.insert(path, item);
                }
            }
        }
        self.document.components.get_or_insert_default().schemas.extend(schemas);
        self
    }

    /// Every route, as it was registered.
    pub fn registered(&self) -> &[Registered] {
        &self.registered
    }

    /// The `OpenAPI` document so far.
    pub const fn document(&self) -> &OpenApi {
        &self.document
    }

    pub(super) fn into_parts(self) -> (Router<AppState>, OpenApi) {
        (self.router, self.document)
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, item.get.as_mut()),
        (HttpMethod::Put, item.put.as_mut()),
        (HttpMethod::Post, item.post.as_mut()),
        (HttpMethod::Delete, item.delete.as_mut()),
        (HttpMethod::Patch, item.patch.as_mut()),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.map(|it| (method, it)))
}

const fn method_name(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "GET",
        HttpMethod::Put => "PUT",
        HttpMethod::Post => "POST",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Head => "HEAD",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Trace => "TRACE",
    }
}
