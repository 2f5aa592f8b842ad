//! Styles, icons, the font and the small script, embedded into the program.
//!
//! Their addresses carry a hash of what is in them, so browsers may keep them for ever; an address with
//! another hash (from a page of an earlier version) is answered too, and not kept.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::{Path, RawQuery},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use sha2::{Digest, Sha256};

use crate::{auth::token::hex, http::Problem, state::AppState};

struct Asset {
    name: &'static str,
    kind: &'static str,
    body: Vec<u8>,
    version: String,
}

impl Asset {
    fn new(name: &'static str, kind: &'static str, body: Vec<u8>) -> Self {
        let version = hex(&Sha256::digest(&body)[..8]);
        Self { name, kind, body, version }
    }

    fn url(&self) -> String {
        format!("/assets/{}?v={}", self.name, self.version)
    }
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let font = Asset::new(
        "inter.woff2",
        "font/woff2",
        include_bytes!("../../assets/inter.woff2").to_vec(),
    );
    // The style sheet names the font by its hashed address.
    let style = include_str!("../../assets/app.css").replace("/assets/inter.woff2", &font.url());
    vec![
        Asset::new("app.css", "text/css; charset=utf-8", style.into_bytes()),
        Asset::new(
            "app.js",
            "text/javascript; charset=utf-8",
            include_bytes!("../../assets/app.js").to_vec(),
        ),
        Asset::new("icons.svg", "image/svg+xml", include_bytes!("../../assets/icons.svg").to_vec()),
        Asset::new("logo.svg", "image/svg+xml", include_bytes!("../../assets/logo.svg").to_vec()),
        font,
    ]
});

/// Where `name` is found, with its hash.
pub(super) fn url(name: &str) -> String {
    ASSETS.iter().find(|it| it.name == name).map(Asset::url).unwrap_or_default()
}

/// The files' routes. They are public and the same for everybody, so no gate stands in front.
pub fn routes() -> Router<AppState> {
    Router::new().route("/assets/{name}", get(show)).route("/favicon.ico", get(favicon))
}

async fn favicon() -> Response {
    super::go("/assets/logo.svg")
}

async fn show(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|it| it.name == name) else {
        return Problem::not_found().into_response();
    };
    let tag = format!("W/\"{}\"", asset.version);
    let current = query.as_deref() == Some(&format!("v={}", asset.version));
    let keep = if current { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|it| it.to_str().ok());
    let known = known.is_some_and(|it| it.split(',').any(|one| one.trim() == tag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, asset.kind)], asset.body.clone()).into_response()
    };
    let all = response.headers_mut();
    all.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        all.insert(header::ETAG, tag);
    }
    response
}
