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
///
/// ```
/// use hosting_core::{kernel::Secret, port::{SealError, SecretBox}, testing::ClearBox};
///
/// // For tests only: it seals nothing and remembers the place.
/// let (secrets, token) = (ClearBox, Secret::new("api token"));
/// let sealed = secrets.seal(&token, "servers/secret/one", [0; 24]);
/// assert_eq!(secrets.open(&sealed, "servers/secret/one")?, token);
/// assert_eq!(secrets.open(&sealed, "servers/secret/two"), Err(SealError::Tampered));
/// # Ok::<(), SealError>(())
/// ```
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

    /// The id of the key that `sealed` was sealed with, whether or not the ring has it; `None` when it is
    /// no envelope.
    fn key_of<'a>(&self, sealed: &'a Sealed) -> Option<&'a str>;

    /// The ids of the ring's keys, the one that seals first. Never empty.
    fn key_ids(&self) -> Vec<String>;
}
