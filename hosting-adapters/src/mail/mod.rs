//! Mail: handed to a relay over SMTP, or written into a folder.
//!
//! Both make the same message: quoted-printable text with an optional HTML alternative, a
//! `Message-ID` made from the task's key so that receivers recognise a repeat, and headers that no
//! customer's name or subject can break out of. Deliberately absent: DKIM signing, attachments and
//! retrying, which belong to the relay, to links and to the queue.

mod compose;
#[cfg(feature = "file")]
pub mod file;
pub mod sender;
#[cfg(feature = "smtp")]
pub mod smtp;
#[cfg(feature = "smtp")]
pub mod smtp_url;

#[cfg(feature = "file")]
pub use file::FileMailer;
pub use sender::{InvalidSender, Sender};
#[cfg(feature = "smtp")]
pub use smtp::SmtpMailer;
#[cfg(feature = "smtp")]
pub use smtp_url::{SmtpUrl, SmtpUrlError, TlsMode};
