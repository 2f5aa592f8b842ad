//! A small SMTP server that keeps what it is given.
//!
//! It speaks enough of RFC 5321 for real mailers: EHLO, AUTH PLAIN, MAIL, RCPT, DATA, RSET, NOOP,
//! QUIT, with limits on line, message, receivers and connections. Deliberately absent: TLS and
//! passing mail on. Nothing ever leaves it.

mod mailbox;
mod session;
mod wire;

pub use mailbox::{ReceivedMail, SmtpSandbox, SmtpSandboxConfig, SmtpSwitches};
