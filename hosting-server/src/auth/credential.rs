//! Finding the user behind a cookie or a key.

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use hosting_core::{
    kernel::Versioned,
    model::{Actor, User, UserStatus},
    port::StoreError,
    service,
};

use super::{
    principal::{Principal, Proof},
    token,
};
use crate::{config::Scheme, http::problem::Problem, state::AppState};

/// What a request brought to prove who it is.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing, or a cookie that is not good any more.
    Nobody,
    /// A good cookie.
    ByCookie(Principal),
    /// A good key.
    ByKey(Principal),
}

/// The session cookie's name. Over TLS the prefix makes browsers refuse it from anywhere but this
/// very host.
pub const fn cookie_name(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Https => "__Host-session",
        Scheme::Http => "session",
    }
}

/// The cookie that logs a browser in until `seconds` from now.
pub fn cookie(scheme: Scheme, token: &str, seconds: i64) -> HeaderValue {
    let text = Cookie::build((cookie_name(scheme), token.to_owned()))
        .path("/")
        .http_only(true)
        .secure(scheme == Scheme::Https)
        .same_site(SameSite::Lax)
        .build()
        .to_string();
    header_value(&format!("{text}; Max-Age={seconds}"))
}

fn header_value(text: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(text)
        .unwrap_or_else(|_| HeaderValue::from_static("session=; Max-Age=0"));
    value.set_sensitive(true);
    value
}

/// The token in the request's cookie.
pub fn cookie_token(headers: &HeaderMap, scheme: Scheme) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    jar.get(cookie_name(scheme)).map(|it| it.value().to_owned()).filter(|it| !it.is_empty())
}

fn may_act(user: &User) -> bool {
    user.status == UserStatus::Active && user.deleted_at.is_none()
}

/// Who sent the request.
///
/// # Errors
/// 401 for a key that is not good (a cookie that is not good is nobody's: browsers cannot help what
/// they send); 503 when the database cannot be asked.
pub(crate) async fn find(app: &AppState, headers: &HeaderMap) -> Result<Found, Problem> {
    if headers.contains_key(header::AUTHORIZATION) {
        let principal = match token::bearer(headers) {
            Some(text) => by_key(app, text).await?,
            None => None,
        };
        return principal.map(Found::ByKey).ok_or_else(Problem::unauthorized);
    }
    let Some(text) = cookie_token(headers, app.config().scheme()) else {
        return Ok(Found::Nobody);
    };
    Ok(by_cookie(app, &text).await?.map_or(Found::Nobody, Found::ByCookie))
}

async fn by_cookie(app: &AppState, text: &str) -> Result<Option<Principal>, StoreError> {
    let Some(hash) = token::hash_of(text) else { return Ok(None) };
    let (store, now) = (&app.ports().store, app.ports().now());
    let session = store.session_by_token(&hash).await?;
    let live = session.filter(|it| it.revoked_at.is_none() && it.expires_at > now);
    let Some(session) = live else { return Ok(None) };
    let user = store.user(session.user_id).await?.filter(|it| may_act(it));
    Ok(user.map(|it| Principal::new(it, Proof::Session(session.id), None)))
}

async fn by_key(app: &AppState, text: &str) -> Result<Option<Principal>, StoreError> {
    let Some((id, hash)) = token::parse_key(text) else { return Ok(None) };
    let (store, now) = (&app.ports().store, app.ports().now());
    let Some(key) = store.api_key(id).await? else { return Ok(None) };
    let live = key.revoked_at.is_none() && key.expires_at.is_none_or(|it| it > now);
    if !token::same(key.secret_hash.as_str(), hash.as_str()) || !live {
        return Ok(None);
    }
    let user: Option<Versioned<User>> = store.user(key.user_id).await?.filter(|it| may_act(it));
    if user.is_some() {
        service::access::note_key_use(app.ports(), &Actor::System, &key).await?;
    }
    Ok(user.map(|it| Principal::new(it, Proof::ApiKey(id), Some(&key.scopes))))
}
