//! Secrets at rest: sealed under a ring of master keys (law 12).
//!
//! An envelope is `e1.<key id>.<base64url(nonce ‖ ciphertext ‖ tag)>`: XChaCha20-Poly1305 with a
//! 24-byte nonce and a 16-byte tag, and the place as associated data, so that an envelope copied to
//! another row does not open. The first key of the ring seals; every key opens; rotation puts a new
//! key first and seals again whatever [`SecretBox::is_current`] says is old.
//!
//! [`SecretBox::is_current`]: hosting_core::port::SecretBox::is_current

mod ring;

pub use ring::{KeyRing, KeyRingError, PurposeKey};
