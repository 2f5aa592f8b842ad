//! Reading a message back: just enough MIME to show what our mailers make.
//!
//! Text that cannot be decoded is shown as it stands, for this is a window and not a gate.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};

/// A message, understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Header names as written, with decoded values, in order.
    pub headers: Vec<(String, String)>,
    /// The plain text, with `\n` line ends.
    pub text: Option<String>,
    /// The HTML, with `\n` line ends.
    pub html: Option<String>,
}

/// Parts inside parts are followed this deep.
const DEPTH: usize = 5;

impl Message {
    /// Understands a raw message.
    pub fn parse(raw: &[u8]) -> Self {
        let text = String::from_utf8_lossy(raw).replace("\r\n", "\n");
        let (headers, body) = split(&text);
        let mut message = Self::default();
        message.collect(&headers, body, DEPTH);
        message.headers =
            headers.into_iter().map(|(name, value)| (name, decode_words(&value))).collect();
        message
    }

    /// The first header called `name`, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The subject; empty when there is none.
    pub fn subject(&self) -> &str {
        self.header("Subject").unwrap_or("")
    }

    fn collect(&mut self, headers: &[(String, String)], body: &str, depth: usize) {
        let content_type = value_of(headers, "Content-Type").unwrap_or("text/plain");
        let kind = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if kind.starts_with("multipart/") {
            let Some(boundary) = parameter(content_type, "boundary").filter(|_| depth > 0) else {
                return;
            };
            for part in parts(body, &boundary) {
                let (headers, body) = split(part);
                self.collect(&headers, body, depth - 1);
            }
            return;
        }
        let encoding = value_of(headers, "Content-Transfer-Encoding").unwrap_or("").trim();
        let text = decode_body(body, encoding);
        match kind.as_str() {
            "text/html" if self.html.is_none() => self.html = Some(text),
            "text/plain" if self.text.is_none() => self.text = Some(text),
            _ => {}
        }
    }
}

/// Unfolded headers and the body.
fn split(text: &str) -> (Vec<(String, String)>, &str) {
    let (head, body) = match text.strip_prefix('\n') {
        Some(body) => ("", body),
        None => text.split_once("\n\n").unwrap_or((text, "")),
    };
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    (headers, body)
}

fn value_of<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn parameter(value: &str, name: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|it| {
        let (key, text) = it.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| text.trim().trim_matches('"').to_owned())
    })
}

fn parts<'a>(body: &'a str, boundary: &str) -> Vec<&'a str> {
    let (open, close) = (format!("--{boundary}"), format!("--{boundary}--"));
    let mut found = Vec::new();
    let (mut begin, mut at) = (None, 0);
    for line in body.split_inclusive('\n') {
        let mark = line.trim_end();
        if mark == open || mark == close {
            if let Some(begin) = begin.take() {
                // The line end before a boundary belongs to the boundary.
                let part: &str = &body[begin..at];
                found.push(part.strip_suffix('\n').unwrap_or(part));
            }
            if mark == close {
                break;
            }
            begin = Some(at + line.len());
        }
        at += line.len();
    }
    found
}

fn decode_body(body: &str, encoding: &str) -> String {
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "quoted-printable" => Cow::Owned(unquote(body, b'_')),
        "base64" => {
            let packed: String = body.split_whitespace().collect();
            STANDARD.decode(packed).map_or(Cow::Borrowed(body.as_bytes()), Cow::Owned)
        }
        _ => Cow::Borrowed(body.as_bytes()),
    };
    String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
}

/// Undoes quoted-printable; `_` becomes `underscore`, which is a space in headers (RFC 2047).
fn unquote(text: &str, underscore: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'=' => {
                if let [b'\n', tail @ ..] = after {
                    rest = tail;
                } else if let Some(value) = after.get(..2).and_then(hex) {
                    out.push(value);
                    rest = &after[2..];
                } else {
                    out.push(b'=');
                }
            }
            b'_' => out.push(underscore),
            _ => out.push(byte),
        }
    }
    out
}

fn hex(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Decodes `=?utf-8?B?…?=` words; white space between two of them is dropped (RFC 2047).
fn decode_words(value: &str) -> String {
    let mut out = String::new();
    let mut rest = value;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, word) = rest.split_at(at);
        let Some((decoded, length)) = decode_word(word) else {
            out.push_str(before);
            out.push_str("=?");
            rest = &word[2..];
            after_word = false;
            continue;
        };
        if !(after_word && before.trim().is_empty()) {
            out.push_str(before);
        }
        out.push_str(&decoded);
        rest = &word[length..];
        after_word = true;
    }
    out.push_str(rest);
    out
}

fn decode_word(word: &str) -> Option<(String, usize)> {
    let mut fields = word[2..].splitn(4, '?');
    let (charset, encoding, text) = (fields.next()?, fields.next()?, fields.next()?);
    fields.next()?.strip_prefix('=')?;
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(text).ok()?,
        "Q" | "q" => unquote(text, b' '),
        _ => return None,
    };
    let length = 2 + charset.len() + 1 + encoding.len() + 1 + text.len() + 2;
    Some((String::from_utf8_lossy(&bytes).into_owned(), length))
}
