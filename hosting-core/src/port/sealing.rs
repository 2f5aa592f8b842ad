//! Secrets at rest (law 12).

use crate::kernel::Secret;

pub use crate::kernel::Sealed;

/// Why an envelope could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The envelope names a key that is not in the ring.
    #[error("the secret was sealed with key `{0}`, which is not in the key ring")]
    UnknownKey(String),
    /// The envelope was changed, or belongs to another row.
    #[error("the sealed secret does not belong here or was changed")]
    Tampered,
    /// The text is not an envelope.
    #[error("the text is not a sealed secret")]
    Malformed,
}

/// Seals and opens secrets under a key ring.
pub trait SecretBox: std::fmt::Debug + Send + Sync {
    /// Seals `secret` for one place, e.g. `servers/secret/01J…`; it opens nowhere else.
    /// `nonce` is 24 bytes of entropy, handed in.
    fn seal(&self, secret: &Secret, place: &str, nonce: [u8; 24]) -> Sealed;

    /// Opens what was sealed for `place`.
    ///
    /// # Errors
    /// A [`SealError`].
    fn open(&self, sealed: &Sealed, place: &str) -> Result<Secret, SealError>;

    /// Whether `sealed` was sealed with the ring's first key; if not, rotation seals it again.
    fn is_current(&self, sealed: &Sealed) -> bool;
}
