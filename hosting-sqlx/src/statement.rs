//! Tables and statements, as data.
//!
//! Statements are `static`s, so that a test can prepare every one of them on every database. Where
//! the databases want other words, [`dialect`](crate::dialect) finds them.

use std::sync::OnceLock;

use crate::dialect::Dialect;

/// What a column holds. Each dialect has its native type for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 26 characters that order by time.
    Id,
    /// A 64-bit integer; money in minor units.
    Int,
    /// Yes or no.
    Flag,
    /// A point in time, in UTC, to the millisecond.
    Instant,
    /// A calendar day.
    Date,
    /// Text, compared byte by byte.
    Text,
    /// A JSON document.
    Json,
}

/// One column of a table.
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be empty.
    pub nullable: bool,
    /// Whether it is read back; some are there for operators only.
    pub read: bool,
}

/// A table's name and columns but for `version`: what batched writes are generated from.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns without `version`, in the order in which they are read.
    pub columns: &'static [ColumnSpec],
}

/// A statement, in the wording of each dialect.
#[derive(Debug)]
pub(crate) struct Statement {
    words: Words,
    rendered: [OnceLock<Rendered>; 3],
}

/// A statement's text, and which argument each placeholder stands for.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// What is sent.
    pub sql: String,
    /// For each bound value in order, the index of the argument.
    pub binds: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Words {
    Same(&'static str),
    Each {
        sqlite: &'static str,
        postgres: &'static str,
        mysql: &'static str,
    },
    Select {
        table: &'static Table,
        extra: &'static str,
        tail: &'static str,
    },
    Named(&'static Table),
    Insert(&'static Table),
    InsertNew {
        table: &'static Table,
        key: &'static str,
    },
    #[cfg(feature = "postgres")]
    InsertBoth {
        first: &'static Table,
        second: &'static Table,
    },
    Update(&'static Table),
    UpdateOnly {
        table: &'static Table,
        set: &'static str,
        on: &'static str,
    },
    Hold {
        table: &'static Table,
        lock: Lock,
    },
}

/// Against whom rows are locked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Lock {
    /// Against everybody: they are about to be changed.
    Change,
    /// Against whoever would change them.
    Share,
}

impl Statement {
    const fn new(words: Words) -> Self {
        Self { words, rendered: [const { OnceLock::new() }; 3] }
    }

    /// The same text everywhere.
    pub(crate) const fn same(sql: &'static str) -> Self {
        Self::new(Words::Same(sql))
    }

    /// Where one wording does not fit all.
    pub(crate) const fn each(
        sqlite: &'static str,
        postgres: &'static str,
        mysql: &'static str,
    ) -> Self {
        Self::new(Words::Each { sqlite, postgres, mysql })
    }

    /// Version and all readable columns of `table`, called `t`; `tail` is what follows. `{skip}` in
    /// it locks the rows and passes over those that somebody else has locked.
    pub(crate) const fn select(table: &'static Table, tail: &'static str) -> Self {
        Self::select_with(table, "", tail)
    }

    /// Like [`select`](Self::select), with one more expression at the end of each row.
    pub(crate) const fn select_with(
        table: &'static Table,
        extra: &'static str,
        tail: &'static str,
    ) -> Self {
        Self::new(Words::Select { table, extra, tail })
    }

    /// The rows named in the JSON array in `$1`, in any order.
    pub(crate) const fn select_named(table: &'static Table) -> Self {
        Self::new(Words::Named(table))
    }

    /// Inserts all rows of the JSON array in `$1`, at version 1.
    pub(crate) const fn insert(table: &'static Table) -> Self {
        Self::new(Words::Insert(table))
    }

    /// Inserts those rows of the JSON array in `$1` whose unique `key` is not there yet.
    pub(crate) const fn insert_new(table: &'static Table, key: &'static str) -> Self {
        Self::new(Words::InsertNew { table, key })
    }

    /// Inserts all rows of the JSON arrays in `$1` and `$2` into two tables, at version 1, in one
    /// statement that is its own transaction. `PostgreSQL` alone can; the others are not asked.
    #[cfg(feature = "postgres")]
    pub(crate) const fn insert_both(first: &'static Table, second: &'static Table) -> Self {
        Self::new(Words::InsertBoth { first, second })
    }

    /// Updates all rows of the JSON array in `$1` that still are at their version.
    pub(crate) const fn update(table: &'static Table) -> Self {
        Self::new(Words::Update(table))
    }

    /// Updates what `set` says in the rows `t` that match the JSON rows `v` by `on`. `table` declares
    /// the columns of the JSON rows; in `set`, `{t}` stands before every column that is set, and
    /// `{now}` is the database's clock, for columns that only operators read. Documents become what
    /// the database keeps them as.
    pub(crate) const fn update_only(
        table: &'static Table,
        set: &'static str,
        on: &'static str,
    ) -> Self {
        Self::new(Words::UpdateOnly { table, set, on })
    }

    /// Locks, in id order, those rows named in the JSON array in `$1` that still are at their
    /// version, to change them.
    pub(crate) const fn hold(table: &'static Table) -> Self {
        Self::new(Words::Hold { table, lock: Lock::Change })
    }

    /// Locks them against change, while others may do the same.
    pub(crate) const fn share(table: &'static Table) -> Self {
        Self::new(Words::Hold { table, lock: Lock::Share })
    }

    /// The text for `dialect`; generated once per process.
    pub(crate) fn text(&'static self, dialect: Dialect) -> &'static Rendered {
        self.rendered[dialect as usize]
            .get_or_init(|| dialect.placeholders(&dialect.word(&self.words)))
    }
}
