//! The key ring.

use std::fmt;

use base64::{
    Engine, alphabet,
    engine::{
        DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::URL_SAFE_NO_PAD,
    },
};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hosting_core::{
    kernel::Secret,
    port::sealing::{SealError, Sealed, SecretBox},
};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

const VERSION: &str = "e1";
const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// What the sealing key is derived for; another purpose is another key.
const SEALING: &str = "hosting/sealing/e1";

/// Master keys are written by people and programs; padding may be there or not.
const KEY_TEXT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const KEY_TEXT_URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Master keys: the first seals, all open.
///
/// Key material is wiped from memory when the ring is dropped and never shown by `Debug`.
pub struct KeyRing {
    /// Never empty.
    keys: Vec<RingKey>,
}

struct RingKey {
    id: String,
    master: Zeroizing<[u8; KEY_BYTES]>,
    sealing: Zeroizing<[u8; KEY_BYTES]>,
}

/// A key for one purpose other than sealing, derived from the ring's first master key.
pub type PurposeKey = Zeroizing<[u8; KEY_BYTES]>;

/// Why a text is not a key ring. Never repeats key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    /// No key at all.
    #[error("the key ring is empty; write `id:base64` of 32 random bytes")]
    Empty,
    /// An entry without a colon.
    #[error("key {position} of the ring is not written `id:base64`")]
    NotAPair {
        /// Counted from 1.
        position: usize,
    },
    /// The id has characters that an envelope cannot carry.
    #[error("the id of key {position} of the ring is not 1 to 32 of A-Z, a-z, 0-9, `-` and `_`")]
    Id {
        /// Counted from 1.
        position: usize,
    },
    /// Not base64.
    #[error("key `{id}` of the ring is not base64")]
    NotBase64 {
        /// The key's id.
        id: String,
    },
    /// Not 32 bytes.
    #[error("key `{id}` of the ring has {found} bytes, not 32")]
    Length {
        /// The key's id.
        id: String,
        /// How many bytes it has.
        found: usize,
    },
    /// Two keys with one id: an envelope would not say which.
    #[error("the key ring has two keys with the id `{id}`")]
    Twice {
        /// The id.
        id: String,
    },
}

impl KeyRing {
    /// Reads a ring: `id:base64(32 bytes)`, comma separated, the sealing key first.
    ///
    /// # Errors
    /// A [`KeyRingError`] that says which entry is wrong and what would be right.
    pub fn parse(text: &Secret) -> Result<Self, KeyRingError> {
        let mut keys: Vec<RingKey> = Vec::new();
        let entries = text.expose().split([',', '\n']).map(str::trim).filter(|it| !it.is_empty());
        for (index, entry) in entries.enumerate() {
            let key = RingKey::parse(entry, index + 1)?;
            if keys.iter().any(|it| it.id == key.id) {
                return Err(KeyRingError::Twice { id: key.id.clone() });
            }
            keys.push(key);
        }
        if keys.is_empty() { Err(KeyRingError::Empty) } else { Ok(Self { keys }) }
    }

    /// The ids, the sealing key's first.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|it| it.id.as_str())
    }

    /// A key for `purpose` (signing cookies, say) from the first master key. It changes when another
    /// key is put first.
    pub fn derive(&self, purpose: &str) -> PurposeKey {
        derive(&self.keys[0].master, purpose)
    }
}

impl RingKey {
    fn parse(entry: &str, position: usize) -> Result<Self, KeyRingError> {
        let (id, text) = entry.split_once(':').ok_or(KeyRingError::NotAPair { position })?;
        let (id, text) = (id.trim(), text.trim());
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        if !(1..=32).contains(&id.len()) || !id.bytes().all(plain) {
            return Err(KeyRingError::Id { position });
        }
        let id = id.to_owned();
        let bytes = KEY_TEXT.decode(text).or_else(|_| KEY_TEXT_URL.decode(text));
        let mut bytes =
            Zeroizing::new(bytes.map_err(|_| KeyRingError::NotBase64 { id: id.clone() })?);
        let mut master = Zeroizing::new([0_u8; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return Err(KeyRingError::Length { id, found: bytes.len() });
        }
        master.copy_from_slice(&bytes);
        bytes.zeroize();
        let sealing = derive(&master, SEALING);
        Ok(Self { id, master, sealing })
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.sealing).into())
    }
}

fn derive(master: &[u8; KEY_BYTES], purpose: &str) -> PurposeKey {
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    Hkdf::<Sha256>::new(None, master)
        .expand(purpose.as_bytes(), &mut *key)
        .expect("32 bytes are within what HKDF can give");
    key
}

/// The key's id and the bytes of an envelope.
fn take_apart(sealed: &Sealed) -> Result<(&str, Vec<u8>), SealError> {
    let mut parts = sealed.as_str().split('.');
    let (Some(VERSION), Some(id), Some(text), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(SealError::Malformed);
    };
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Malformed)?;
    if id.is_empty() || bytes.len() < NONCE_BYTES + TAG_BYTES {
        return Err(SealError::Malformed);
    }
    Ok((id, bytes))
}

impl SecretBox for KeyRing {
    fn seal(&self, secret: &Secret, place: &str, nonce: [u8; NONCE_BYTES]) -> Sealed {
        let key = &self.keys[0];
        let payload = Payload { msg: secret.expose().as_bytes(), aad: place.as_bytes() };
        let ciphertext = key
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .expect("the cipher takes texts up to 256 GiB");
        let bytes = [&nonce[..], &ciphertext].concat();
        Sealed::from_stored(format!("{VERSION}.{}.{}", key.id, URL_SAFE_NO_PAD.encode(bytes)))
    }

    fn open(&self, sealed: &Sealed, place: &str) -> Result<Secret, SealError> {
        let (id, bytes) = take_apart(sealed)?;
        let key = self
            .keys
            .iter()
            .find(|it| it.id == id)
            .ok_or_else(|| SealError::UnknownKey(id.chars().take(32).collect()))?;
        let (nonce, ciphertext) =
            bytes.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Malformed)?;
        let plain = key
            .cipher()
            .decrypt(&XNonce::from(*nonce), Payload { msg: ciphertext, aad: place.as_bytes() })
            .map_err(|_| SealError::Tampered)?;
        match String::from_utf8(plain) {
            Ok(text) => Ok(Secret::new(text)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(SealError::Malformed)
            }
        }
    }

    fn is_current(&self, sealed: &Sealed) -> bool {
        take_apart(sealed).is_ok_and(|(id, _)| id == self.keys[0].id)
    }

    fn key_of<'a>(&self, sealed: &'a Sealed) -> Option<&'a str> {
        take_apart(sealed).ok().map(|(id, _)| id)
    }

    fn key_ids(&self) -> Vec<String> {
        self.ids().map(str::to_owned).collect()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.ids().collect();
        f.debug_struct("KeyRing").field("ids", &ids).finish_non_exhaustive()
    }
}
