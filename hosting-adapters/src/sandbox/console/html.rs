//! Pages as text, with everything that comes from outside escaped.

use std::fmt::{self, Display, Write};

use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};

/// Shows a value with the characters escaped that mean something in HTML. Every value of a page goes
/// through it.
pub(super) struct Esc<T>(pub(super) T);

impl<T: Display> Display for Esc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            let entity = match byte {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                b'\'' => "&#39;",
                _ => continue,
            };
            self.0.write_str(&text[from..at])?;
            self.0.write_str(entity)?;
            from = at + 1;
        }
        self.0.write_str(&text[from..])
    }
}

/// Text for one segment of an address: everything but unreserved characters percent-encoded.
pub(super) struct Segment<'a>(pub(super) &'a str);

impl Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                f.write_char(char::from(byte))?;
            } else {
                write!(f, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

/// An instant as people read it.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    let text = at.format("%Y-%m-%d %H:%M:%S UTC");
    format!("<time datetime=\"{}\">{text}</time>", at.to_rfc3339())
}

/// A coloured word. `tone` is one of `good`, `bad`, `wait`, `off`.
pub(super) fn badge(tone: &'static str, word: &str) -> String {
    format!("<span class=\"badge {tone}\">{}</span>", Esc(word))
}

/// A button that posts to `action` with hidden fields.
pub(super) fn post_button(action: &str, label: &str, fields: &[(&str, &str)]) -> String {
    let hidden: Vec<String> = fields
        .iter()
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", Esc(name), Esc(value))
        })
        .collect();
    format!(
        "<form method=\"post\" action=\"{}\">{}<button>{}</button></form>",
        Esc(action),
        hidden.concat(),
        Esc(label)
    )
}

/// A checkbox with its label.
pub(super) fn checkbox(name: &str, label: &str, checked: bool) -> String {
    let checked = if checked { " checked" } else { "" };
    format!(
        "<label class=\"check\"><input type=\"checkbox\" name=\"{}\" value=\"on\"{checked}> {}</label>",
        Esc(name),
        Esc(label)
    )
}

/// A drop-down; `options` are value and label.
pub(super) fn select<'a>(
    name: &str,
    label: &str,
    options: impl Iterator<Item = (&'a str, &'a str)>,
    chosen: &str,
) -> String {
    let mut out = format!("<label>{} <select name=\"{}\">", Esc(label), Esc(name));
    for (value, label) in options {
        let selected = if value == chosen { " selected" } else { "" };
        // A String takes any text.
        let _ = write!(out, "<option value=\"{}\"{selected}>{}</option>", Esc(value), Esc(label));
    }
    out.push_str("</select></label>");
    out
}

/// A table that can be scrolled sideways on a phone. `rows` are finished `<tr>`s.
pub(super) fn table(heads: &[&str], rows: &[String], empty: &str) -> String {
    if rows.is_empty() {
        return format!("<p class=\"empty\">{}</p>", Esc(empty));
    }
    let heads: Vec<String> =
        heads.iter().map(|it| format!("<th scope=\"col\">{}</th>", Esc(it))).collect();
    format!(
        "<div class=\"scroll\"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        heads.concat(),
        rows.concat()
    )
}

/// The sections of the console: address and name.
const SECTIONS: [(&str, &str); 4] =
    [("/", "Payments"), ("/accounts", "Accounts"), ("/mail", "Mail"), ("/faults", "Faults")];

/// A whole page.
pub(super) struct Page {
    /// The address of its section.
    pub(super) section: &'static str,
    /// Its title, not escaped yet.
    pub(super) title: String,
    /// What stands beside the title: the clock.
    pub(super) aside: String,
    /// Its content, finished HTML.
    pub(super) body: String,
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let sections: Vec<String> = SECTIONS
            .iter()
            .map(|(address, name)| {
                let here = if *address == self.section { " aria-current=\"page\"" } else { "" };
                format!("<a href=\"{address}\"{here}>{name}</a>")
            })
            .collect();
        let title = Esc(&self.title);
        axum::response::Html(format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <title>{title} · Sandbox</title><link rel=\"stylesheet\" href=\"/console.css\"></head>\
             <body><header><strong>Sandbox</strong><nav aria-label=\"Sections\">{}</nav>{}\
             </header><main><h1>{title}</h1>{}</main></body></html>",
            sections.concat(),
            self.aside,
            self.body
        ))
        .into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup() {
        assert_eq!(
            Esc("<a href=\"x\" title='y'>&</a>").to_string(),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;"
        );
        assert_eq!(Esc("plain — teks é").to_string(), "plain — teks é");
        assert_eq!(Esc(42).to_string(), "42");
        assert!(!post_button("/x\"><script>", "<b>", &[("a\"", "<i>")]).contains("<script>"));
    }

    #[test]
    fn an_order_id_is_one_segment_of_an_address() {
        assert_eq!(Segment("INV-1/../é?x").to_string(), "INV-1%2F..%2F%C3%A9%3Fx");
    }
}
