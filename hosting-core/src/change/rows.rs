//! New and changed rows of one noun.

use crate::{kernel::Versioned, model::Noun};

/// New and changed rows of one noun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Writes<T> {
    /// Rows that must not exist yet; stored with version 1.
    pub new: Vec<T>,
    /// Rows that must still be at their version; stored with the next one.
    pub changed: Vec<Versioned<T>>,
}

impl<T> Default for Writes<T> {
    fn default() -> Self {
        Self { new: Vec::new(), changed: Vec::new() }
    }
}

impl<T: Noun> Writes<T> {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.new.is_empty() && self.changed.is_empty()
    }

    /// Adds a row that must not exist yet.
    pub fn add(&mut self, row: T) {
        self.new.push(row);
    }

    /// Adds a row that must still be at its version.
    pub fn change(&mut self, row: Versioned<T>) {
        self.changed.push(row);
    }

    pub(super) fn and(&mut self, other: Self) {
        self.new.extend(other.new);
        self.changed.extend(other.changed);
    }
}
