//! One conversation with a client.

use std::io;

use base64::{Engine, engine::general_purpose::STANDARD};
use hosting_core::kernel::Secret;
use subtle::ConstantTimeEq;
use tokio::net::TcpStream;

use super::{
    mailbox::SmtpSandbox,
    wire::{Body, Line, Wire},
};

const DOWN: &str = "421 4.3.2 The sandbox is switched off";
/// Receivers taken for one message.
const MAX_RECEIVERS: usize = 100;

/// Whether the conversation goes on.
enum Next {
    Listen,
    Close,
}

struct Session<'a> {
    wire: Wire,
    sandbox: &'a SmtpSandbox,
    greeted: bool,
    authenticated: bool,
    from: Option<String>,
    to: Vec<String>,
}

pub(super) async fn turn_away(stream: TcpStream) -> io::Result<()> {
    Wire::new(stream).reply("421 4.3.2 Too many connections").await
}

pub(super) async fn run(stream: TcpStream, sandbox: &SmtpSandbox) -> io::Result<()> {
    let mut wire = Wire::new(stream);
    if sandbox.switches().down {
        return wire.reply(DOWN).await;
    }
    wire.reply("220 sandbox.localhost ESMTP").await?;
    let authenticated = sandbox.config().login.is_none();
    let mut session =
        Session { wire, sandbox, greeted: false, authenticated, from: None, to: Vec::new() };
    loop {
        let line = match session.wire.command().await? {
            Line::End => return Ok(()),
            Line::TooLong => {
                session.wire.reply("500 5.5.2 Line too long").await?;
                continue;
            }
            Line::Text(line) => line,
        };
        if sandbox.switches().down {
            return session.wire.reply(DOWN).await;
        }
        if let Next::Close = session.obey(&line).await? {
            return Ok(());
        }
    }
}

impl Session<'_> {
    async fn obey(&mut self, line: &[u8]) -> io::Result<Next> {
        let Ok(line) = std::str::from_utf8(line) else {
            self.wire.reply("500 5.5.2 Not text").await?;
            return Ok(Next::Listen);
        };
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        match verb.to_ascii_uppercase().as_str() {
            "EHLO" => self.ehlo(rest).await?,
            "HELO" => self.helo(rest).await?,
            "AUTH" => self.auth(rest).await?,
            "MAIL" => self.mail(rest).await?,
            "RCPT" => self.rcpt(rest).await?,
            "DATA" => return self.data(rest).await,
            "RSET" => {
                self.forget();
                self.wire.reply("250 2.0.0 Forgotten").await?;
            }
            "NOOP" => self.wire.reply("250 2.0.0 Still here").await?,
            "VRFY" => self.wire.reply("252 2.1.5 Send it and see").await?,
            "QUIT" => {
                self.wire.reply("221 2.0.0 Bye").await?;
                return Ok(Next::Close);
            }
            _ => self.wire.reply("500 5.5.1 Unknown command").await?,
        }
        Ok(Next::Listen)
    }

    fn forget(&mut self) {
        self.from = None;
        self.to.clear();
    }

    async fn ehlo(&mut self, name: &str) -> io::Result<()> {
        if name.is_empty() {
            return self.wire.reply("501 5.5.4 EHLO needs a name").await;
        }
        self.greeted = true;
        self.forget();
        let config = self.sandbox.config();
        let mut lines =
            vec!["sandbox.localhost".to_owned(), format!("SIZE {}", config.max_message)];
        if config.login.is_some() {
            lines.push("AUTH PLAIN".to_owned());
        }
        let lines: Vec<String> = lines.iter().map(|it| format!("250-{it}")).collect();
        self.wire.reply(&format!("{}\r\n250 8BITMIME", lines.join("\r\n"))).await
    }

    async fn helo(&mut self, name: &str) -> io::Result<()> {
        if name.is_empty() {
            return self.wire.reply("501 5.5.4 HELO needs a name").await;
        }
        self.greeted = true;
        self.forget();
        self.wire.reply("250 sandbox.localhost").await
    }

    async fn auth(&mut self, rest: &str) -> io::Result<()> {
        let Some(login) = &self.sandbox.config().login else {
            return self.wire.reply("503 5.5.1 No login is asked for").await;
        };
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        if !mechanism.eq_ignore_ascii_case("PLAIN") {
            return self.wire.reply("504 5.5.4 Only AUTH PLAIN is known").await;
        }
        let answer = if initial.is_empty() {
            self.wire.reply("334 ").await?;
            match self.wire.command().await? {
                Line::Text(line) => Secret::new(String::from_utf8_lossy(&line)),
                Line::TooLong | Line::End => Secret::new(""),
            }
        } else {
            Secret::new(initial)
        };
        if matches_login(&answer, login) {
            self.authenticated = true;
            self.wire.reply("235 2.7.0 Welcome").await
        } else {
            self.wire.reply("535 5.7.8 Wrong user or password").await
        }
    }

    async fn mail(&mut self, rest: &str) -> io::Result<()> {
        if !self.greeted {
            return self.wire.reply("503 5.5.1 Say EHLO first").await;
        }
        if !self.authenticated {
            return self.wire.reply("530 5.7.0 Log in first").await;
        }
        if self.from.is_some() {
            return self.wire.reply("503 5.5.1 One message at a time").await;
        }
        let Some((address, parameters)) = path(rest, "FROM:") else {
            return self.wire.reply("501 5.5.4 MAIL FROM:<address>").await;
        };
        let size = parameters
            .split_whitespace()
            .find_map(|it| it.to_ascii_uppercase().strip_prefix("SIZE=")?.parse::<usize>().ok());
        if size.is_some_and(|it| it > self.sandbox.config().max_message) {
            return self.wire.reply("552 5.3.4 Too large").await;
        }
        self.from = Some(address.to_owned());
        self.wire.reply("250 2.1.0 Sender noted").await
    }

    async fn rcpt(&mut self, rest: &str) -> io::Result<()> {
        if self.from.is_none() {
            return self.wire.reply("503 5.5.1 MAIL comes first").await;
        }
        let Some((address, _)) = path(rest, "TO:").filter(|(it, _)| it.contains('@')) else {
            return self.wire.reply("501 5.5.4 RCPT TO:<address>").await;
        };
        let switches = self.sandbox.switches();
        if switches.reject {
            return self.wire.reply("550 5.1.1 No such mailbox").await;
        }
        if switches.defer {
            return self.wire.reply("451 4.7.1 Come back later").await;
        }
        if self.to.len() >= MAX_RECEIVERS {
            return self.wire.reply("452 4.5.3 Too many receivers").await;
        }
        self.to.push(address.to_owned());
        self.wire.reply("250 2.1.5 Receiver noted").await
    }

    async fn data(&mut self, rest: &str) -> io::Result<Next> {
        if !rest.is_empty() {
            self.wire.reply("501 5.5.4 DATA takes nothing").await?;
            return Ok(Next::Listen);
        }
        let Some(from) = self.from.clone().filter(|_| !self.to.is_empty()) else {
            self.wire.reply("503 5.5.1 MAIL and RCPT come first").await?;
            return Ok(Next::Listen);
        };
        self.wire.reply("354 Go on, end with a single dot").await?;
        match self.wire.message(self.sandbox.config().max_message).await? {
            Body::Cut => return Ok(Next::Close),
            Body::TooLarge => self.wire.reply("552 5.3.4 Too large").await?,
            Body::Whole(raw) => {
                let id = self.sandbox.keep(from, std::mem::take(&mut self.to), raw);
                if self.sandbox.switches().lose_answer {
                    self.wire.until_gone().await;
                    return Ok(Next::Close);
                }
                self.wire.reply(&format!("250 2.0.0 Kept as {id}")).await?;
            }
        }
        self.forget();
        Ok(Next::Listen)
    }
}

/// The address between `<` and `>` after `word`, and the parameters behind it.
fn path<'a>(rest: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let head = rest.get(..word.len())?;
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    let (address, parameters) =
        rest[word.len()..].trim_start().strip_prefix('<')?.split_once('>')?;
    let clean = !address.contains(|c: char| c.is_control() || c.is_whitespace() || c == '<');
    clean.then_some((address, parameters))
}

fn matches_login(answer: &Secret, (user, password): &(String, Secret)) -> bool {
    let Ok(decoded) = STANDARD.decode(answer.expose().trim()) else {
        return false;
    };
    // RFC 4616: identity to act as, identity, password, between NUL bytes.
    let mut parts = decoded.splitn(3, |it| *it == 0).skip(1);
    let (given_user, given) = (parts.next().unwrap_or(b""), parts.next().unwrap_or(b""));
    let same = given_user.ct_eq(user.as_bytes()) & given.ct_eq(password.expose().as_bytes());
    bool::from(same)
}
