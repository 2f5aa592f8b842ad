//! Values with the version they were read at.

/// A value together with the version it was read at.
///
/// Writing one back is a promise that the store checks: *nobody changed it since*. A value that was
/// never stored has no version; the first stored version is 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value as it was read.
    pub value: T,
    /// The version it was read at; at least 1.
    pub version: i64,
}

impl<T> Versioned<T> {
    /// A value read at `version`.
    pub const fn new(value: T, version: i64) -> Self {
        Self { value, version }
    }

    /// The same promise about another value: "I turned what I read into this".
    #[must_use]
    pub fn with(&self, value: T) -> Self {
        Self { value, version: self.version }
    }
}

impl<T> std::ops::Deref for Versioned<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}
