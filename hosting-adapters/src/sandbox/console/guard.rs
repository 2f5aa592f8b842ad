//! Who may talk to the console, and what a browser may do with its pages.
//!
//! The console listens on this machine only, but every page in the operator's browser can reach it.
//! So a request must be addressed to this machine by name (no rebound DNS name), and one that changes
//! something must come from the console's own pages, or from a program, which sends no such headers.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Nothing from elsewhere, no scripts, no inline styles; mail is framed from here.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The middleware around every page and every call.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match refuse(&request) {
        Some(reason) => (StatusCode::FORBIDDEN, reason).into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    // The framed mail brings a stricter policy of its own.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn refuse(request: &Request) -> Option<&'static str> {
    let headers = request.headers();
    let host = text(headers, "host").unwrap_or("");
    if !is_this_machine(host) {
        return Some("The sandbox console answers on this machine's own names only.");
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    (!reads && is_cross_site(headers, host)).then_some("Another site may not change the sandbox.")
}

fn is_cross_site(headers: &HeaderMap, host: &str) -> bool {
    if let Some(site) = text(headers, "sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match headers.get(header::ORIGIN) {
        None => false,
        Some(origin) => {
            origin.to_str().ok().and_then(|it| it.strip_prefix("http://")) != Some(host)
        }
    }
}

fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn refused(method: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::builder().method(method).uri("/faults");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        refuse(&request.body(Body::empty()).expect("a request")).is_some()
    }

    #[test]
    fn programs_and_own_pages_may_change_things_and_other_sites_may_not() {
        let host = ("host", "127.0.0.1:4100");
        assert!(!refused("POST", &[host]));
        assert!(!refused("POST", &[host, ("origin", "http://127.0.0.1:4100")]));
        assert!(!refused("POST", &[host, ("sec-fetch-site", "same-origin")]));
        assert!(!refused("POST", &[host, ("sec-fetch-site", "none")]));
        assert!(!refused("GET", &[host, ("sec-fetch-site", "cross-site")]));

        assert!(refused("POST", &[host, ("sec-fetch-site", "cross-site")]));
        assert!(refused("DELETE", &[host, ("sec-fetch-site", "same-site")]));
        assert!(refused("POST", &[host, ("origin", "https://evil.example")]));
        assert!(refused("POST", &[host, ("origin", "http://127.0.0.1:9999")]));
        assert!(refused("POST", &[host, ("origin", "null")]));
    }

    #[test]
    fn only_this_machines_names_are_answered() {
        for good in ["localhost", "localhost:80", "127.0.0.1:4100", "[::1]:4100", "127.3.2.1"] {
            assert!(!refused("GET", &[("host", good)]), "{good}");
        }
        for bad in ["evil.example", "127.0.0.1.evil.example", "192.168.1.2:80", "", "[::2]"] {
            assert!(refused("GET", &[("host", bad)]), "{bad}");
        }
        assert!(refused("GET", &[]));
    }
}
