//! Typed ULIDs.
//!
//! An id is minted from an instant and 80 bits that the caller hands in, so that a decision is a
//! function of its arguments. People and programs outside see `inv_01J…`; databases store the 26
//! characters behind the prefix.

use std::{fmt, marker::PhantomData, str::FromStr};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ulid::Ulid;

/// An identifier that cannot be mistaken for the identifier of another kind of thing.
pub struct Id<T> {
    raw: Ulid,
    of: PhantomData<fn() -> T>,
}

/// A kind of thing that has an [`Id`]; the prefix is what people see (`sub_01J…`).
pub trait Entity {
    /// Two to six lower-case letters, unique among entities.
    const PREFIX: &'static str;
}

/// Declares the entity markers and their id types.
#[macro_export]
macro_rules! entities {
    ($($(#[$doc:meta])* $entity:ident as $id:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $entity {}
        impl $crate::kernel::Entity for $entity { const PREFIX: &'static str = $prefix; }
        #[doc = concat!("Identifies one [`", stringify!($entity), "`]; shown as `", $prefix, "_…`.")]
        pub type $id = $crate::kernel::Id<$entity>;
    )+};
}

impl<T> Id<T> {
    /// Wraps a ULID that is known to name a `T`.
    pub const fn from_ulid(raw: Ulid) -> Self {
        Self { raw, of: PhantomData }
    }

    /// The 26 characters that are stored, without the prefix.
    pub fn stored(self) -> String {
        self.stored_in(&mut [0; ulid::ULID_LEN]).to_owned()
    }

    /// Writes the stored form into `buffer` without allocating.
    pub fn stored_in(self, buffer: &mut [u8; ulid::ULID_LEN]) -> &str {
        self.raw.array_to_str(buffer)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// When `text` is not a ULID.
    pub fn from_stored(text: &str) -> Result<Self, NotAnId> {
        Ulid::from_string(text)
            .map(Self::from_ulid)
            .map_err(|_| NotAnId { expected: "", text: shorten(text) })
    }

    /// The 80 random bits; used where something stable and short is derived from an id.
    pub fn random_bits(self) -> u128 {
        self.raw.random()
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}
impl<T> Eq for Id<T> {}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.raw.hash(state);
    }
}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.raw.cmp(&other.raw)
    }
}

impl<T: Entity> Id<T> {
    /// The form that people see, such as `inv_01J…`.
    pub fn text(self) -> String {
        [T::PREFIX, "_", self.stored_in(&mut [0; ulid::ULID_LEN])].concat()
    }
}

impl<T: Entity> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; ulid::ULID_LEN];
        f.write_str(T::PREFIX)?;
        f.write_str("_")?;
        f.write_str(self.raw.array_to_str(&mut buffer))
    }
}
impl<T: Entity> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: Entity> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, T: Entity> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The text was not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an identifier of the form `{expected}_` and 26 letters and digits")]
pub struct NotAnId {
    expected: &'static str,
    text: String,
}

fn shorten(text: &str) -> String {
    text.chars().take(64).collect()
}

impl<T: Entity> FromStr for Id<T> {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        text.strip_prefix(T::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(|ulid| Ulid::from_string(ulid).ok())
            .map(Self::from_ulid)
            .ok_or_else(|| NotAnId { expected: T::PREFIX, text: shorten(text) })
    }
}

/// Where random bits come from: the operating system, or a seeded sequence in a test.
///
/// The core has no dice of its own (law 11); the server implements this over the system's source.
///
/// ```
/// use hosting_core::{kernel::Entropy, testing::SeededEntropy};
///
/// // The same seed falls the same way, so that a test that failed can be told again.
/// let (one, same) = (SeededEntropy::new(7), SeededEntropy::new(7));
/// assert_eq!(one.next(), same.next());
/// assert_ne!(one.next(), SeededEntropy::new(8).next());
/// ```
pub trait Entropy: fmt::Debug + Send + Sync {
    /// 128 unpredictable bits.
    fn next(&self) -> u128;

    /// 32 unpredictable bytes, for tokens.
    fn bytes(&self) -> [u8; 32] {
        let mut out = [0; 32];
        let (low, high) = out.split_at_mut(16);
        low.copy_from_slice(&self.next().to_le_bytes());
        high.copy_from_slice(&self.next().to_le_bytes());
        out
    }
}

/// Mints ids at one instant: the "now" of a decision together with its dice.
#[derive(Debug, Clone, Copy)]
pub struct Mint<'e> {
    now: DateTime<Utc>,
    entropy: &'e dyn Entropy,
}

impl<'e> Mint<'e> {
    /// A mint for the instant `now`.
    pub fn at(now: DateTime<Utc>, entropy: &'e dyn Entropy) -> Self {
        Self { now, entropy }
    }

    /// The instant of the decision.
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// A new id; ids minted at later instants sort later.
    pub fn id<T>(&self) -> Id<T> {
        let ms = u64::try_from(self.now.timestamp_millis()).unwrap_or(0);
        Id::from_ulid(Ulid::from_parts(ms, self.entropy.next()))
    }

    /// 32 random bytes.
    pub fn bytes(&self) -> [u8; 32] {
        self.entropy.bytes()
    }
}
