//! The message itself, the same for every way of sending.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::Email,
    port::{Failure, mailer::Mail},
};
use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::sender::{Sender, one_line};

pub(super) const ACTION: &str = "mail";

/// Keys longer than this would not fit a file name or a header line.
const MAX_KEY: usize = 64;

/// A message and its envelope.
pub(super) struct Composed {
    #[cfg_attr(not(feature = "smtp"), expect(dead_code, reason = "a file has no envelope"))]
    pub(super) from: Address,
    #[cfg_attr(not(feature = "smtp"), expect(dead_code, reason = "a file has no envelope"))]
    pub(super) to: Address,
    /// ASCII with CRLF line ends, not yet dot-stuffed.
    pub(super) bytes: Vec<u8>,
}

pub(super) fn compose(
    mail: &Mail,
    sender: &Sender,
    now: DateTime<Utc>,
) -> Result<Composed, Failure> {
    let name = durable_name(mail)?;
    let from = mailbox(sender.name(), sender.address())?;
    let to = mailbox(&mail.to_name, &mail.to)?;
    let (from_address, to_address) = (from.email.clone(), to.email.clone());
    // No vacation notice comes back for a message marked like this (RFC 3834).
    let automatic = HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    );
    let builder = Message::builder()
        .from(from)
        .to(to)
        .subject(one_line(&mail.subject))
        .date(now.into())
        .message_id(Some(format!("<{name}@{}>", sender.domain())))
        .raw_header(automatic);
    let text = part(ContentType::TEXT_PLAIN, &mail.text);
    let message = match &mail.html {
        None => builder.singlepart(text),
        // Quoted-printable writes every `=` of a content as `=3D`, so `=_` cannot occur in a part
        // and the boundary needs no dice.
        Some(html) => builder.multipart(
            MultiPart::alternative()
                .boundary("=_alternative")
                .singlepart(text)
                .singlepart(part(ContentType::TEXT_HTML, html)),
        ),
    };
    let message = message.map_err(|error| {
        Failure::refused(ACTION, "the message could not be put together").because(error)
    })?;
    Ok(Composed { from: from_address, to: to_address, bytes: message.formatted() })
}

/// A name made from the mail's key alone: the same for every repeat, safe in a header and in a path.
pub(super) fn durable_name(mail: &Mail) -> Result<String, Failure> {
    let key = mail.key.as_str();
    if key.is_empty() || key.len() > MAX_KEY {
        return Err(Failure::refused(ACTION, format!("a mail's key is 1 to {MAX_KEY} characters")));
    }
    let mut name = String::with_capacity(key.len());
    for byte in key.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            name.push(char::from(byte));
        } else {
            // `+` and two digits, so that two keys never share a name.
            name.push('+');
            write!(name, "{byte:02x}").expect("a String takes any text");
        }
    }
    Ok(name)
}

fn part(content_type: ContentType, body: &str) -> SinglePart {
    // Always quoted-printable: lines of any length and bytes of any value pass any relay.
    SinglePart::builder()
        .header(content_type)
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(body.to_owned())
}

fn mailbox(name: &str, address: &Email) -> Result<Mailbox, Failure> {
    let address: Address =
        address.as_str().parse().map_err(|error: lettre::address::AddressError| {
            Failure::refused(ACTION, "the address cannot be written in an envelope").because(error)
        })?;
    let name = one_line(name);
    Ok(Mailbox::new((!name.is_empty()).then_some(name), address))
}
