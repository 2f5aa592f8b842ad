//! Where the relay is, as one line of configuration.

use std::{fmt, net::IpAddr};

use hosting_core::kernel::Secret;

/// How the connection to the relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// TLS from the first byte (`smtps://`, port 465).
    Wrapped,
    /// STARTTLS, and nothing is sent without it.
    Required,
    /// STARTTLS when the relay offers it. Somebody on the line can make it not offer it.
    Opportunistic,
    /// Never encrypted.
    None,
}

/// A relay's address: `smtp://user:password@host:port/ehlo-name?tls=required`.
///
/// * `smtps://` is TLS from the first byte (port 465 unless said); `smtp://` is port 587 with TLS or a
///   user, else 25.
/// * `?tls=` is `required`, `opportunistic` or `none`. Unsaid it is `none` towards this machine,
///   `required` with a user and password, else `opportunistic`.
/// * Special characters in user and password are percent-encoded.
#[derive(Clone)]
pub struct SmtpUrl {
    pub(super) tls: TlsMode,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) ehlo: Option<String>,
    pub(super) login: Option<(String, Secret)>,
}

/// Why a relay's address was not understood. Never repeats the address: it holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmtpUrlError {
    /// It starts with something else.
    #[error("a relay's address starts with smtp:// or smtps://")]
    Scheme,
    /// No host.
    #[error("a relay's address names a host: smtp://host:port")]
    Host,
    /// The port is no port.
    #[error("the port of a relay's address is a number from 1 to 65535")]
    Port,
    /// A user without a password, or text that is not percent-encoded properly.
    #[error(
        "a relay's user and password are written user:password@, with %xx for special characters"
    )]
    Login,
    /// Something after the host that is not known.
    #[error(
        "after a relay's host may stand /ehlo-name and ?tls=required, ?tls=opportunistic or ?tls=none"
    )]
    Tail,
    /// `smtps` and a `tls` setting that contradicts it.
    #[error("smtps:// always uses TLS; remove ?tls= or write smtp://")]
    Contradiction,
    /// TLS could not be set up on this machine.
    #[error("TLS cannot be set up for the relay: {0}")]
    Tls(String),
}

impl SmtpUrl {
    /// Understands a relay's address.
    ///
    /// # Errors
    /// [`SmtpUrlError`], which says what would be right.
    pub fn parse(text: &str) -> Result<Self, SmtpUrlError> {
        let text = text.trim();
        let (wrapped, rest) = match text.split_once("://") {
            Some(("smtp", rest)) => (false, rest),
            Some(("smtps", rest)) => (true, rest),
            _ => return Err(SmtpUrlError::Scheme),
        };
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, place) = match authority.rsplit_once('@') {
            Some((login, place)) => (Some(parse_login(login)?), place),
            None => (None, authority),
        };
        let (host, port) = parse_place(place)?;
        let tls = parse_tls(wrapped, query, &host, login.is_some())?;
        let usual_port = match tls {
            TlsMode::Wrapped => 465,
            TlsMode::Required => 587,
            TlsMode::Opportunistic | TlsMode::None if login.is_some() => 587,
            TlsMode::Opportunistic | TlsMode::None => 25,
        };
        let ehlo = parse_ehlo(path)?;
        Ok(Self { tls, host, port: port.unwrap_or(usual_port), ehlo, login })
    }

    /// How the connection is protected.
    pub const fn tls(&self) -> TlsMode {
        self.tls
    }

    /// Host and port.
    pub fn place(&self) -> (&str, u16) {
        (&self.host, self.port)
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpUrl")
            .field("tls", &self.tls)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("login", &self.login.as_ref().map(|_| "(hidden)"))
            .finish_non_exhaustive()
    }
}

fn parse_tls(wrapped: bool, query: &str, host: &str, login: bool) -> Result<TlsMode, SmtpUrlError> {
    let said = match query {
        "" => None,
        "tls=required" => Some(TlsMode::Required),
        "tls=opportunistic" => Some(TlsMode::Opportunistic),
        "tls=none" => Some(TlsMode::None),
        _ => return Err(SmtpUrlError::Tail),
    };
    match (wrapped, said) {
        (true, None | Some(TlsMode::Required)) => Ok(TlsMode::Wrapped),
        (true, Some(_)) => Err(SmtpUrlError::Contradiction),
        (false, Some(said)) => Ok(said),
        (false, None) if is_this_machine(host) => Ok(TlsMode::None),
        (false, None) if login => Ok(TlsMode::Required),
        (false, None) => Ok(TlsMode::Opportunistic),
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

fn parse_login(text: &str) -> Result<(String, Secret), SmtpUrlError> {
    let (user, password) = text.split_once(':').ok_or(SmtpUrlError::Login)?;
    let user = percent_decode(user).filter(|it| !it.is_empty()).ok_or(SmtpUrlError::Login)?;
    let password = Secret::new(percent_decode(password).ok_or(SmtpUrlError::Login)?);
    Ok((user, password))
}

fn parse_place(text: &str) -> Result<(String, Option<u16>), SmtpUrlError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(bracketed) => {
            let (host, after) = bracketed.split_once(']').ok_or(SmtpUrlError::Host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| SmtpUrlError::Host)?;
            (host, after.strip_prefix(':').or((!after.is_empty()).then_some(after)))
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(SmtpUrlError::Host);
    }
    let port = match port {
        None => None,
        Some(text) => {
            let port = text.parse::<u16>().ok().filter(|it| *it > 0).ok_or(SmtpUrlError::Port)?;
            Some(port)
        }
    };
    Ok((host.to_ascii_lowercase(), port))
}

fn parse_ehlo(path: &str) -> Result<Option<String>, SmtpUrlError> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'[' | b']' | b':');
    match path {
        "" => Ok(None),
        name if name.bytes().all(plain) => Ok(Some(name.to_owned())),
        _ => Err(SmtpUrlError::Tail),
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let high = char::from(rest.next()?).to_digit(16)?;
            let low = char::from(rest.next()?).to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
