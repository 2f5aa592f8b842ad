//! Rows, and those among them that this version of the program cannot read.

use chrono::{DateTime, Utc};

use crate::{
    kernel::{Entity, Id},
    model::Subject,
};

/// What a question for many rows is answered with: one row that cannot be read keeps nobody from
/// the others (`docs/ARCHITECTURE.md`, "Work outside"), and whoever asked records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows<T, P = ()> {
    /// The rows that could be read, in order.
    pub rows: Vec<T>,
    /// Those that could not.
    pub unreadable: Vec<Unreadable>,
    /// The place of the last row that was met, readable or not: where to go on. `None` when there
    /// was no row, which is the end.
    pub last: Option<P>,
}

impl<T, P> Rows<T, P> {
    /// Rows that could all be read, the last of which is at `last`.
    pub const fn all(rows: Vec<T>, last: Option<P>) -> Self {
        Self { rows, unreadable: Vec::new(), last }
    }
}

impl<T, P> Default for Rows<T, P> {
    fn default() -> Self {
        Self::all(Vec::new(), None)
    }
}

/// A row that is stored and makes no sense to this version of the program: written by a newer one,
/// or by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its table.
    pub table: &'static str,
    /// Its id as stored.
    pub id: String,
    /// When it fell due, if it was asked for because it did and if that much can be read.
    pub due_at: Option<DateTime<Utc>>,
    /// Its position in the journal, if it is a fact.
    pub position: Option<i64>,
    /// What could not be read and why; never the content of a secret column.
    pub why: String,
}

impl Unreadable {
    /// What a fact about it is about, when it is a row of `K`.
    pub fn subject<K: Entity>(&self) -> Subject {
        Id::<K>::from_stored(&self.id).map_or_else(
            |_| Subject::from_stored(format!("{}/{}", self.table, self.id)),
            Subject::from,
        )
    }
}
