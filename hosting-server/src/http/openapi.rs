//! The `OpenAPI` 3.1 document: its frame (title, problem, security schemes), and what every operation
//! says besides what is written at its handler: its id, who may call it, how to ask twice, and how it
//! fails.

use axum::http::Method;
use serde_json::json;
use utoipa::{
    OpenApi,
    openapi::{
        Content, ObjectBuilder, OpenApi as Document, Ref, RefOr, Required, ResponseBuilder, Type,
        extensions::ExtensionsBuilder,
        path::{Operation, ParameterBuilder, ParameterIn},
        security::{
            ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};

use super::{
    idempotency,
    problem::{FieldError, Problem},
    routes::{Access, Replay},
};
use crate::{auth::credential, config::Scheme};

#[derive(OpenApi)]
#[openapi(
    info(title = "Hosting API", description = "Everything a page of the shop can do."),
    components(schemas(Problem, FieldError))
)]
struct Frame;

/// A document without paths, for a shop that people reach over TLS or not.
pub(super) fn skeleton(scheme: Scheme) -> Document {
    let mut document = Frame::openapi();
    let components = document.components.get_or_insert_default();
    let words = "What logging in sets; `__Host-session` over TLS, `session` without";
    let cookie = ApiKeyValue::with_description(credential::cookie_name(scheme), words);
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let bearer =
        HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("hbk_<id>_<secret>");
    components.add_security_scheme("api_key", SecurityScheme::Http(bearer.build()));
    document
}

/// Completes what `utoipa` made of the handler that answers `method` of `path` behind `access`.
pub(super) fn describe(
    operation: &mut Operation,
    method: &str,
    path: &str,
    access: Access,
    replay: Replay,
) {
    let says = ExtensionsBuilder::new().add("x-access", json!(access.describe())).build();
    operation.extensions.get_or_insert_default().merge(says);
    let words = format!("Access: {}.", access.describe());
    let before = operation.description.take().map_or_else(String::new, |it| format!("{it}\n\n"));
    operation.description = Some(format!("{before}{words}"));
    operation.operation_id = Some(id_of(method, path));
    operation.security = Some(security(access));
    let honours = method.parse().is_ok_and(|it: Method| idempotency::honours(&it, replay));
    if honours && access != Access::Signed {
        let key = idempotency_key(access);
        operation.parameters.get_or_insert_default().push(RefOr::T(key.build()));
    }
    let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
    let response = ResponseBuilder::new()
        .description("What went wrong")
        .content("application/problem+json", problem)
        .build();
    operation.responses.responses.entry("default".to_owned()).or_insert(RefOr::T(response));
}

/// What is done and where, in words: `get_orders_by_id`. It is unique as the route is, and stays when a
/// handler is renamed.
fn id_of(method: &str, path: &str) -> String {
    let path = path.strip_prefix("/api/").unwrap_or(path);
    let path = path.strip_prefix("v1/").unwrap_or(path).replace('{', "by-");
    let words = path.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let words: Vec<_> = std::iter::once(method).chain(words).map(str::to_ascii_lowercase).collect();
    words.join("_")
}

/// Any one of these lets a caller in; an empty one is nobody's.
fn security(access: Access) -> Vec<SecurityRequirement> {
    let none: [&str; 0] = [];
    let cookie = SecurityRequirement::new("session", none);
    let key = SecurityRequirement::new("api_key", none);
    match access {
        Access::Signed => Vec::new(),
        Access::Public => vec![SecurityRequirement::default(), cookie, key],
        Access::Session => vec![cookie],
        Access::LoggedIn | Access::Needs(_) | Access::CustomerOwn(_) | Access::OwnOr(..) => {
            vec![cookie, key]
        }
    }
}

fn idempotency_key(access: Access) -> ParameterBuilder {
    let known = if access == Access::Public { " Only of callers who are logged in." } else { "" };
    let words = format!(
        "A name for this request, made up by the caller: asking again with the same one is asking \
         once.{known}"
    );
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(128))
        .pattern(Some("^[!-~]+$"));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(words))
        .schema(Some(text))
}
