//! Who is asking: passwords, tokens, cookies, keys, and the limits on trying.
//!
//! * [`password`]: Argon2id on a blocking thread, few at a time.
//! * [`token`]: random tokens, their text and their hash.
//! * [`credential`]: finding the user behind a cookie or a bearer key.
//! * [`principal`]: who asks, what they may do, whose things they may see.
//! * [`limits`]: attempts counted in the database, shared by all replicas.
//! * [`throttle`]: requests counted in this process.

pub mod credential;
pub mod limits;
pub mod password;
pub mod principal;
pub mod throttle;
pub mod token;

pub use principal::{Guest, Principal, Reach};
