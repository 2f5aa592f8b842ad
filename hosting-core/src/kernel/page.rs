//! Keyset pages: "the next `n` after this one".

use std::fmt;

/// The place after which a page continues: the stored form of the last row's sort key.
///
/// Opaque to callers; made by [`Page::next`] and handed back unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// Wraps the last row's sort key.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The sort key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which page is wanted. Lists are ordered by id, newest first, unless they say otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Continue after this place; `None` starts at the beginning.
    pub after: Option<Cursor>,
    limit: u32,
}

impl PageRequest {
    /// The largest page anybody can ask for, in rows.
    pub const MAX: u32 = 200;

    /// The first page of at most `limit` rows (1 to [`Self::MAX`]; others are brought into range).
    pub fn first(limit: u32) -> Self {
        Self { after: None, limit: limit.clamp(1, Self::MAX) }
    }

    /// The page of at most `limit` rows after `cursor`.
    pub fn after(cursor: Option<Cursor>, limit: u32) -> Self {
        Self { after: cursor, ..Self::first(limit) }
    }

    /// Rows wanted, 1 to [`Self::MAX`].
    pub const fn limit(&self) -> u32 {
        self.limit
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::first(50)
    }
}

/// Some rows, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows, in order.
    pub items: Vec<T>,
    /// Where the next page starts; `None` when this was the last.
    pub next: Option<Cursor>,
    /// How many rows belong here that this version of the program cannot read.
    pub unreadable: u32,
}

impl<T> Page<T> {
    /// Builds a page from up to `limit + 1` rows: the extra one says that there are more.
    pub fn from_overfetch(
        mut rows: Vec<T>,
        request: &PageRequest,
        key: impl Fn(&T) -> String,
    ) -> Self {
        let limit = usize::try_from(request.limit()).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|it| Cursor::new(key(it))) } else { None };
        Self { items: rows, next, unreadable: 0 }
    }

    /// Builds a page from up to `limit + 1` rows with their sort keys, some of which could not be
    /// read: those are counted, and the page goes on behind them.
    pub fn from_readable(rows: Vec<(String, Option<T>)>, request: &PageRequest) -> Self {
        let page = Page::from_overfetch(rows, request, |(key, _)| key.clone());
        let met = page.items.len();
        let items: Vec<T> = page.items.into_iter().filter_map(|(_, row)| row).collect();
        let unreadable = u32::try_from(met.saturating_sub(items.len())).unwrap_or(u32::MAX);
        Self { items, next: page.next, unreadable }
    }

    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            next: self.next,
            unreadable: self.unreadable,
        }
    }
}
