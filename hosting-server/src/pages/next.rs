//! Where to go after logging in: only ever to a page of this shop.

/// The longest path that is followed.
const LONGEST: usize = 512;

/// `wish` when it is the path of a page here; nothing else is followed, because a link to the log-in
/// page must not send people to somebody else's site.
pub(super) fn safe(wish: &str) -> Option<&str> {
    let fits = wish.len() <= LONGEST
        && wish.starts_with('/')
        && !wish.starts_with("//")
        && !wish.starts_with("/api/")
        // Browsers read a backslash as a slash and skip tabs and line ends.
        && wish.bytes().all(|it| it.is_ascii_graphic() && it != b'\\');
    fits.then_some(wish)
}

/// `text` as it stands in a query.
pub(super) fn escaped(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_shop_are_followed() {
        for good in ["/", "/checkout", "/customer/invoices/inv_1?ok=paid", "/plans/a%20b"] {
            assert_eq!(safe(good), Some(good));
        }
        for bad in [
            "",
            "checkout",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "\\\\evil.example",
            "https://evil.example/",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=1",
            "/api/v1/auth/logout",
            "/a b",
        ] {
            assert_eq!(safe(bad), None, "{bad:?}");
        }
        assert_eq!(safe(&format!("/{}", "a".repeat(600))), None);
    }

    #[test]
    fn what_is_escaped_is_one_value() {
        assert_eq!(escaped("/a?b=c&d=é"), "/a%3Fb%3Dc%26d%3D%C3%A9");
    }
}
