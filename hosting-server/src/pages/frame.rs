//! What every page shows around its own content: who is there, language, look, the cart's count; and
//! how amounts, days and times are written.

use std::fmt;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use axum_extra::extract::cookie::CookieJar;
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use hosting_core::{
    kernel::{BillingCycle, Money},
    model::{CartId, CartStatus, ShopSettings},
};

use super::{assets, next::escaped, texts::Texts};
use crate::{
    auth::{Guest, Principal},
    http::Problem,
    state::AppState,
    view::{Language, amount, letters::dates},
};

/// A small value or a reference to one: templates hand over the one or the other, by how they name it.
pub(super) trait Plain<T> {
    /// The value.
    fn plain(self) -> T;
}

impl<T: Copy> Plain<T> for T {
    fn plain(self) -> T {
        self
    }
}

impl<T: Copy> Plain<T> for &T {
    fn plain(self) -> T {
        *self
    }
}

impl<T: Copy> Plain<T> for &&T {
    fn plain(self) -> T {
        **self
    }
}

impl<T: Copy> Plain<T> for &&&T {
    fn plain(self) -> T {
        ***self
    }
}

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
    let asked = in_query(query, "lang");
    let chosen = asked.or_else(|| jar.get("lang").map(|it| it.value().to_owned()));
    if let Some(tag) = chosen.filter(|it| matches!(it.as_str(), "id" | "en")) {
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
    let asked = in_query(query, "theme");
    let chosen = asked.or_else(|| jar.get("theme").map(|it| it.value().to_owned()));
    match chosen.as_deref() {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "",
    }
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
pub(super) fn cart_cookie(https: bool) -> &'static str {
    if https { "__Host-cart" } else { "cart" }
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
        let id = jar.get(cart_cookie(app.config().is_https()));
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
            path: parts.uri.path().to_owned(),
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

    /// An amount.
    pub(super) fn money(&self, money: impl Plain<Money>) -> String {
        amount(money.plain(), self.lang).replace(' ', "\u{a0}")
    }

    /// A day.
    pub(super) fn day(&self, instant: impl Plain<DateTime<Utc>>) -> String {
        dates::day(self.shop.zone.date_of(instant.plain()), self.lang)
    }

    /// A day, if there is one.
    pub(super) fn day_if(&self, instant: &Option<DateTime<Utc>>) -> String {
        instant.map_or_else(|| "–".to_owned(), |it| self.day(it))
    }

    /// A calendar day.
    pub(super) fn date(&self, date: impl Plain<NaiveDate>) -> String {
        dates::day(date.plain(), self.lang)
    }

    /// A day and the time of day with the zone's name.
    pub(super) fn time(&self, instant: impl Plain<DateTime<Utc>>) -> String {
        let instant = instant.plain();
        let zone = self.shop.zone.name().parse::<chrono_tz::Tz>().unwrap_or(chrono_tz::Tz::UTC);
        let local = instant.with_timezone(&zone);
        let name = local.format("%Z");
        format!("{}, {:02}:{:02} {name}", self.day(instant), local.hour(), local.minute())
    }

    /// How long until `instant`, in the largest unit that fits, rounded down.
    pub(super) fn left(&self, instant: impl Plain<DateTime<Utc>>) -> String {
        let minutes = instant.plain().signed_duration_since(self.now).num_minutes().max(0);
        let t = &self.t.time;
        let (number, unit) = match minutes {
            0..120 => (minutes, t.minutes),
            120..2880 => (minutes / 60, t.hours),
            _ => (minutes / 1440, t.days),
        };
        format!("{number} {unit}")
    }

    /// How often something is billed.
    pub(super) fn cycle(&self, cycle: impl Plain<BillingCycle>) -> String {
        self.t.time.cycle(cycle.plain())
    }

    /// `text` with `{name}` replaced.
    #[expect(clippy::unused_self, reason = "templates reach everything through the frame")]
    pub(super) fn with(
        &self,
        text: impl AsRef<str>,
        name: &str,
        value: impl fmt::Display,
    ) -> String {
        text.as_ref().replace(&format!("{{{name}}}"), &value.to_string())
    }
}
