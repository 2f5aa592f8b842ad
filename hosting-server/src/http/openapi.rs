//! The `OpenAPI` 3.1 document's frame: title, problem, security schemes.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::problem::{FieldError, Problem};

#[derive(OpenApi)]
#[openapi(
    info(title = "Hosting API", description = "Everything a page of the shop can do."),
    components(schemas(Problem, FieldError)),
    modifiers(&Schemes)
)]
struct Frame;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        let cookie = ApiKeyValue::with_description("session", "`__Host-session` over TLS");
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("session", cookie);
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("hbk_<id>_<secret>")
            .build();
        components.add_security_scheme("api_key", SecurityScheme::Http(bearer));
    }
}

/// A document without paths.
pub(super) fn skeleton() -> Document {
    Frame::openapi()
}
