//! What every page shows around its own content: who is there, language, look, the cart's count.

use std::fmt;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::cookie::CookieJar;
use chrono::{DateTime, Datelike, Utc};
use hosting_core::model::{CartId, CartStatus, ShopSettings};

use super::{assets, next::escaped, texts::Texts};
use crate::{
    auth::{Guest, Principal},
    config::Scheme,
    http::Problem,
    state::AppState,
    view::Language,
};

/// A piece of HTML that is made here and holds nothing that anybody typed.
#[derive(Debug, Clone)]
pub(super) struct Raw(pub(super) String);

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Raw {}

/// The value of `name` in a query.
pub(super) fn in_query(query: &str, name: &str) -> Option<String> {
    let pairs = reqwest::Url::parse(&format!("http://query.invalid/?{query}")).ok()?;
    let found = pairs.query_pairs().find(|(it, _)| it == name);
    found.map(|(_, value)| value.into_owned())
}

/// The language that was asked for, or else remembered, or else preferred by the browser.
pub(super) fn language(query: &str, headers: &HeaderMap, own: Option<&str>) -> Language {
    let jar = CookieJar::from_headers(headers);
    let spoken = |it: &String| matches!(it.as_str(), "id" | "en");
    let remembered = jar.get("lang").map(|it| it.value().to_owned()).filter(spoken);
    if let Some(tag) = in_query(query, "lang").filter(spoken).or(remembered) {
        return Language::of(&tag);
    }
    if let Some(tag) = own {
        return Language::of(tag);
    }
    let accepts = headers.get(header::ACCEPT_LANGUAGE).and_then(|it| it.to_str().ok());
    accepts.map_or(Language::Indonesian, Language::accepted)
}

/// `light` or `dark` when one was asked for or remembered; empty leaves it to the system.
pub(super) fn look(query: &str, headers: &HeaderMap) -> &'static str {
    let jar = CookieJar::from_headers(headers);
    let known = |it: &String| matches!(it.as_str(), "light" | "dark");
    let remembered = jar.get("theme").map(|it| it.value().to_owned());
    match in_query(query, "theme").filter(known).or(remembered).as_deref() {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "",
    }
}

/// The page whose form was sent to `path`, so that links to "this page" lead to one that can be opened.
fn page_of(path: &str) -> String {
    let depth = match path.split('/').nth(1) {
        Some("customer") if path.starts_with("/customer/payments/") => {
            return "/customer/invoices".to_owned();
        }
        Some("customer") => 4,
        Some("cart" | "profile" | "verify-email") => 2,
        _ => return path.to_owned(),
    };
    path.split('/').take(depth).collect::<Vec<_>>().join("/")
}

/// What every page shows.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) lang: Language,
    pub(super) t: &'static Texts,
    pub(super) shop: ShopSettings,
    pub(super) me: Option<Principal>,
    pub(super) now: DateTime<Utc>,
    /// The cart's id when there is one that is still open.
    pub(super) cart: Option<CartId>,
    /// How many lines are in it.
    pub(super) cart_lines: usize,
    pub(super) theme: &'static str,
    query: String,
    path: String,
}

/// The name of the cookie with the cart's id. Over TLS the prefix makes browsers refuse it from anywhere
/// but this very host.
pub(super) const fn cart_cookie(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Https => "__Host-cart",
        Scheme::Http => "cart",
    }
}

impl FromRequestParts<AppState> for Frame {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Problem> {
        let Guest(me) = Guest::from_request_parts(parts, app).await?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let own = me.as_ref().map(|it| it.user().locale.clone());
        let lang = language(&query, &parts.headers, own.as_deref());
        let store = &app.ports().store;
        let jar = CookieJar::from_headers(&parts.headers);
        let id = jar.get(cart_cookie(app.config().scheme()));
        let id = id.and_then(|it| it.value().parse::<CartId>().ok());
        let cart = match id {
            Some(id) => store.cart(id).await?,
            None => None,
        };
        let customer_id = me.as_ref().and_then(Principal::customer_id);
        let cart = cart.filter(|it| {
            it.status == CartStatus::Open
                && (it.customer_id.is_none() || it.customer_id == customer_id)
        });
        Ok(Self {
            lang,
            t: Texts::of(lang),
            shop: store.shop().await?,
            now: app.ports().now(),
            cart: cart.as_ref().map(|it| it.id),
            cart_lines: cart.as_ref().map_or(0, |it| it.items.len()),
            theme: look(&query, &parts.headers),
            me,
            query,
            path: page_of(parts.uri.path()),
        })
    }
}

impl Frame {
    /// Around a page that says what went wrong: it knows nobody.
    pub(super) fn for_problem(
        lang: Language,
        shop: ShopSettings,
        now: DateTime<Utc>,
        theme: &'static str,
    ) -> Self {
        Self {
            lang,
            t: Texts::of(lang),
            shop,
            me: None,
            now,
            cart: None,
            cart_lines: 0,
            theme,
            query: String::new(),
            path: "/".to_owned(),
        }
    }

    /// The language's tag.
    pub(super) fn tag(&self) -> &'static str {
        self.lang.tag()
    }

    /// The seller's name.
    pub(super) fn shop_name(&self) -> &str {
        &self.shop.seller.name
    }

    /// The year, for the footer.
    pub(super) fn year(&self) -> i32 {
        self.shop.zone.date_of(self.now).year()
    }

    /// Whether somebody is logged in.
    pub(super) fn known(&self) -> bool {
        self.me.is_some()
    }

    /// Whether whoever is logged in buys here.
    pub(super) fn customer(&self) -> bool {
        self.me.as_ref().is_some_and(|it| it.customer_id().is_some())
    }

    /// The name of whoever is logged in.
    pub(super) fn my_name(&self) -> &str {
        self.me.as_ref().map_or("", |it| &it.user().name)
    }

    /// The log-in name of whoever is logged in.
    pub(super) fn my_email(&self) -> &str {
        self.me.as_ref().map_or("", |it| it.user().email.as_str())
    }

    /// One or two letters for whoever is logged in.
    pub(super) fn initials(&self) -> String {
        let words = self.my_name().split_whitespace();
        words.filter_map(|it| it.chars().next()).take(2).flat_map(char::to_uppercase).collect()
    }

    /// An icon of the sheet.
    #[expect(clippy::unused_self, reason = "templates reach everything through the frame")]
    pub(super) fn icon(&self, name: &str) -> Raw {
        let sheet = assets::url("icons.svg");
        Raw(format!("<svg class=\"i\" aria-hidden=\"true\"><use href=\"{sheet}#{name}\"/></svg>"))
    }

    /// Where a file is found.
    #[expect(clippy::unused_self, reason = "templates reach everything through the frame")]
    pub(super) fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// Marks the link to the page one is on, or below.
    pub(super) fn current(&self, path: &str) -> Raw {
        let below =
            self.path.strip_prefix(path).is_some_and(|it| it.is_empty() || it.starts_with('/'));
        Raw(if below { " aria-current=\"page\"".to_owned() } else { String::new() })
    }

    /// This page with `name` set to `value` in its query.
    pub(super) fn here_with(&self, name: &str, value: &str) -> String {
        let kept = self.query.split('&').filter(|it| {
            let key = it.split('=').next().unwrap_or_default();
            !key.is_empty() && !["lang", "theme", "ok", name].contains(&key)
        });
        let mut query: Vec<&str> = kept.collect();
        let new = format!("{name}={}", escaped(value));
        query.push(&new);
        format!("{}?{}", self.path, query.join("&"))
    }

    /// The other language.
    pub(super) fn other_language(&self) -> &'static str {
        match self.lang {
            Language::Indonesian => "en",
            Language::English => "id",
        }
    }

    /// What was just done, when the address says so.
    pub(super) fn done(&self) -> &'static str {
        let t = &self.t.done;
        match in_query(&self.query, "ok").as_deref() {
            Some("saved") => t.saved,
            Some("password") => t.password,
            Some("email") => t.email,
            Some("verified") => t.verified,
            Some("reset") => t.reset,
            Some("out") => t.logged_out,
            Some("added") => t.added,
            Some("asked") => t.asked,
            Some("cancelled") => t.cancelled,
            Some("kept") => t.kept,
            Some("ended") => t.session_ended,
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forms_answer_links_to_the_forms_page() {
        for (path, page) in [
            ("/", "/"),
            ("/cart/items/2", "/cart"),
            ("/profile/password", "/profile"),
            ("/verify-email/resend", "/verify-email"),
            ("/plans/hosting", "/plans/hosting"),
            ("/customer/invoices", "/customer/invoices"),
            ("/customer/invoices/inv_1", "/customer/invoices/inv_1"),
            ("/customer/invoices/inv_1/pay", "/customer/invoices/inv_1"),
            ("/customer/payments/pay_1/check", "/customer/invoices"),
        ] {
            assert_eq!(page_of(path), page);
        }
    }
}
