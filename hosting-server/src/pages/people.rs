//! What happens to every answer that a person reads: problems become pages, and the language and look
//! that were asked for are remembered.

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{
    frame::{Frame, in_query, language, look},
    go,
    next::{escaped, safe},
    texts::Texts,
};
use crate::{http::Problem, state::AppState, view::Language};

/// How long the language and the look are remembered: a year.
const REMEMBERED: &str = "Max-Age=31536000; Path=/; SameSite=Lax";

/// A problem as a page.
#[derive(Debug, Template)]
#[template(path = "error.html")]
struct ErrorPage {
    f: Frame,
    status: u16,
    title: &'static str,
    words: String,
}

/// The layer outside of `/api`. Callers that do not read HTML get problems as they are.
pub(crate) async fn for_people(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let accepts = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok());
    let reads_html = accepts.is_some_and(|it| it.contains("text/html"));
    let program = request.uri().path().starts_with("/api/");
    if program {
        return next.run(request).await;
    }
    let asked = Asked {
        headers: request.headers().clone(),
        method: request.method().clone(),
        target: request.uri().path_and_query().map_or("/", |it| it.as_str()).to_owned(),
    };
    let mut response = next.run(request).await;
    if let Some(problem) = response.extensions().get::<Problem>().cloned()
        && reads_html
    {
        response = asked.page(&app, &problem, response).await;
    }
    asked.remember(&app, &mut response);
    response
}

struct Asked {
    headers: HeaderMap,
    method: Method,
    target: String,
}

impl Asked {
    fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    async fn page(&self, app: &AppState, problem: &Problem, response: Response) -> Response {
        if problem.status() == StatusCode::UNAUTHORIZED {
            let back = Some(self.target.as_str()).filter(|_| self.method == Method::GET);
            let back = back.and_then(safe).map(|it| format!("?next={}", escaped(it)));
            return go(&format!("/login{}", back.unwrap_or_default()));
        }
        let lang = language(self.query(), &self.headers, None);
        // The page must come whatever is wrong, the database included.
        let shop = app.ports().store.shop().await.unwrap_or_default();
        let f =
            Frame::for_problem(lang, shop, app.ports().now(), look(self.query(), &self.headers));
        let status = problem.status();
        let page = ErrorPage {
            title: title(status, f.t),
            words: words(problem, lang),
            status: status.as_u16(),
            f,
        };
        let Ok(html) = page.render() else { return response };
        let (mut parts, _) = response.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        let kind = HeaderValue::from_static("text/html; charset=utf-8");
        parts.headers.insert(header::CONTENT_TYPE, kind);
        Response::from_parts(parts, Body::from(html)).into_response()
    }

    /// Pages hold what is somebody's own, and depend on cookies: nobody keeps them.
    fn remember(&self, app: &AppState, response: &mut Response) {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
        if !kind.is_some_and(|it| it.starts_with("text/html")) {
            return;
        }
        let no_store = HeaderValue::from_static("no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, no_store);
        for (name, known) in [("lang", ["id", "en"]), ("theme", ["light", "dark"])] {
            let asked = in_query(self.query(), name);
            let Some(value) = known.iter().find(|it| asked.as_deref() == Some(**it)) else {
                continue;
            };
            let secure = if app.config().is_https() { "; Secure" } else { "" };
            if let Ok(cookie) =
                HeaderValue::from_str(&format!("{name}={value}; {REMEMBERED}{secure}"))
            {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
    }
}

fn title(status: StatusCode, t: &'static Texts) -> &'static str {
    match status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => t.error.not_found,
        StatusCode::FORBIDDEN => t.error.forbidden,
        StatusCode::TOO_MANY_REQUESTS => t.error.too_many,
        StatusCode::CONFLICT => t.error.refused,
        StatusCode::SERVICE_UNAVAILABLE => t.error.unavailable,
        it if it.is_client_error() => t.error.malformed,
        _ => t.error.internal,
    }
}

/// What a problem says to a person. The rules' own words are English; where there are none in the
/// reader's language, the kind of problem is said.
pub(super) fn words(problem: &Problem, lang: Language) -> String {
    let t = Texts::of(lang);
    let status = problem.status();
    if status == StatusCode::CONFLICT {
        let said = problem.words().unwrap_or_default();
        return match lang {
            Language::English => said.to_owned(),
            Language::Indonesian => in_indonesian(said).unwrap_or(t.error.refused_words).to_owned(),
        };
    }
    let words = match status {
        StatusCode::UNAUTHORIZED => t.form.not_let_in,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => t.error.not_found_words,
        StatusCode::FORBIDDEN => t.error.forbidden_words,
        StatusCode::TOO_MANY_REQUESTS => t.error.too_many_words,
        StatusCode::SERVICE_UNAVAILABLE => t.error.unavailable_words,
        it if it.is_client_error() => t.error.malformed_words,
        _ => t.error.internal_words,
    };
    words.to_owned()
}

/// The refusals that customers meet.
fn in_indonesian(said: &str) -> Option<&'static str> {
    let known = [
        ("None are left.", "Sudah habis."),
        ("It is already there.", "Sudah ada."),
        ("The cart is empty.", "Keranjang masih kosong."),
        ("This cart has been ordered already.", "Keranjang ini sudah dipesan."),
        ("This account is closed.", "Akun ini sudah ditutup."),
        ("This invoice is not open for payment.", "Tagihan ini tidak sedang menunggu pembayaran."),
        (
            "There are too many open payments for this invoice; use or cancel one of them.",
            "Terlalu banyak pembayaran terbuka untuk tagihan ini; gunakan atau batalkan salah satunya.",
        ),
        (
            "The provider did not take this payment; please choose another way to pay.",
            "Penyedia pembayaran menolak; silakan pilih cara bayar lain.",
        ),
        ("This service has ended already.", "Layanan ini sudah berakhir."),
        ("This service is already set to end.", "Layanan ini sudah dijadwalkan berakhir."),
        ("This service is not set to end.", "Layanan ini tidak dijadwalkan berakhir."),
        (
            "This service has no account that is switched on.",
            "Layanan ini belum mempunyai akun yang aktif.",
        ),
        (
            "This panel cannot log anybody in without a password.",
            "Panel ini tidak dapat dimasuki tanpa kata sandi.",
        ),
        (
            "The panel does not let you in; staff must look.",
            "Panel menolak masuk; staf kami perlu memeriksanya.",
        ),
        (
            "The panel did not take a new password; staff must look.",
            "Panel menolak kata sandi baru; staf kami perlu memeriksanya.",
        ),
        (
            "Somebody else changed this at the same time; please look again.",
            "Data ini baru saja berubah; silakan lihat lagi.",
        ),
    ];
    known.into_iter().find(|(english, _)| *english == said).map(|(_, words)| words)
}
