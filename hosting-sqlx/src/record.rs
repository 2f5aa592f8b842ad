//! How a noun becomes a row and comes back: one line a field, everything else generated.

use hosting_core::{model::Noun, port::StoreError};

use crate::{
    batch::Batch,
    column::Column,
    conn::Cells,
    statement::{ColumnSpec, Kind, Statement, Table},
};

/// A noun that is stored as one row.
pub(crate) trait Record: Noun + Sized + Send + Sync + 'static {
    /// Its table.
    const COLUMNS: &'static Table;
    /// The statements every noun has.
    fn verbs() -> &'static Verbs;
    /// Writes its fields into a batch's row.
    fn write(&self, row: &mut Batch);
    /// Reads it from the cells that follow.
    fn read(cells: &mut CellReader<'_>) -> Result<Self, StoreError>;
}

/// The statements every noun has.
#[derive(Debug)]
pub(crate) struct Verbs {
    pub(crate) insert: Statement,
    pub(crate) update: Statement,
    pub(crate) hold: Statement,
    pub(crate) share: Statement,
    pub(crate) by_id: Statement,
}

impl Verbs {
    pub(crate) const fn of(table: &'static Table) -> Self {
        Self {
            insert: Statement::insert(table),
            update: Statement::update(table),
            hold: Statement::hold(table),
            share: Statement::share(table),
            by_id: Statement::select(table, "WHERE t.id = $1"),
        }
    }

    pub(crate) const fn all(&'static self) -> [&'static Statement; 5] {
        [&self.insert, &self.update, &self.hold, &self.share, &self.by_id]
    }
}

/// Reads a row's cells one after the other.
pub(crate) struct CellReader<'r> {
    table: &'static str,
    cells: &'r dyn Cells,
    at: usize,
}

impl<'r> CellReader<'r> {
    pub(crate) fn new(table: &'static str, cells: &'r dyn Cells) -> Self {
        Self { table, cells, at: 0 }
    }

    /// The next cell, which is `column`.
    pub(crate) fn next<T: Column>(&mut self, column: &'static str) -> Result<T, StoreError> {
        let at = self.at;
        self.at += 1;
        let corrupt = |text: String| StoreError::Corrupt { table: self.table, column, text };
        match T::read(self.cells, at) {
            Ok(Some(value)) => Ok(value),
            Ok(None) => T::null().ok_or_else(|| corrupt("it is empty".to_owned())),
            Err(error) => Err(corrupt(error.to_string())),
        }
    }
}

/// The stored id of a row of a table whose first column it is, whatever else cannot be read.
pub(crate) fn stored_id(cells: &dyn Cells) -> String {
    // The first cell is the version.
    cells.text(1).ok().flatten().unwrap_or_default().to_owned()
}

impl Table {
    /// Where the cell of a column is in a row that was selected whole.
    pub(crate) fn cell(&self, column: &str) -> Option<usize> {
        let at = self.columns.iter().filter(|it| it.read).position(|it| it.name == column);
        at.map(|at| at + 1)
    }
}

/// The column for a field, by the field's type.
pub(crate) const fn column_of<R, T: Column>(name: &'static str, _: fn(&R) -> &T) -> ColumnSpec {
    ColumnSpec { name, kind: T::KIND, nullable: T::NULLABLE, read: true }
}

/// The column for an amount.
pub(crate) const fn minor_column(name: &'static str) -> ColumnSpec {
    ColumnSpec { name, kind: Kind::Int, nullable: false, read: true }
}

/// A column that is written for operators and not read back.
pub(crate) const fn unread(column: ColumnSpec) -> ColumnSpec {
    ColumnSpec { read: false, ..column }
}

/// Says how a noun is stored: `field`, `field as "column"`, `amount in currency` (the column is
/// `amount_minor`), and after a `|` columns that repeat a field and are not read back.
macro_rules! record {
    ($noun:ident in $table:literal { $($fields:tt)+ }) => {
        $crate::record::record!(@split $noun $table [] [] $($fields)+);
    };
    // Each field becomes (field, column name, currency or nothing).
    (@split $noun:ident $table:literal [$($done:tt)*] [] $field:ident as $column:literal $(, $($rest:tt)*)?) => {
        $crate::record::record!(@split $noun $table [$($done)* ($field, $column,)] [] $($($rest)*)?);
    };
    (@split $noun:ident $table:literal [$($done:tt)*] [] $field:ident in $currency:ident $(, $($rest:tt)*)?) => {
        $crate::record::record!(@split $noun $table
            [$($done)* ($field, concat!(stringify!($field), "_minor"), $currency)] [] $($($rest)*)?);
    };
    (@split $noun:ident $table:literal [$($done:tt)*] [] $field:ident $(, $($rest:tt)*)?) => {
        $crate::record::record!(@split $noun $table [$($done)* ($field, stringify!($field),)] [] $($($rest)*)?);
    };
    (@split $noun:ident $table:literal [$($done:tt)*] [] | $($again:ident as $copy:literal),+ $(,)?) => {
        $crate::record::record!(@make $noun $table [$($done)*] [$(($again, $copy))+]);
    };
    (@split $noun:ident $table:literal [$($done:tt)*] []) => {
        $crate::record::record!(@make $noun $table [$($done)*] []);
    };
    (@make $noun:ident $table:literal
        [$(($field:ident, $column:expr, $($currency:ident)?))+] [$(($again:ident, $copy:literal))*]) => {
        const _: () = {
            static TABLE: $crate::statement::Table = $crate::statement::Table {
                name: $table,
                columns: &[
                    $($crate::record::record!(@spec $noun $field, $column, $($currency)?),)+
                    $($crate::record::unread($crate::record::column_of($copy, |it: &$noun| &it.$again)),)*
                ],
            };
            static VERBS: $crate::record::Verbs = $crate::record::Verbs::of(&TABLE);
            impl $crate::record::Record for $noun {
                const COLUMNS: &'static $crate::statement::Table = &TABLE;
                fn verbs() -> &'static $crate::record::Verbs {
                    &VERBS
                }
                fn write(&self, row: &mut $crate::batch::Batch) {
                    $($crate::record::record!(@write self row $field, $column, $($currency)?);)+
                    $($crate::column::Column::write(&self.$again, $copy, row);)*
                }
                fn read(
                    cells: &mut $crate::record::CellReader<'_>,
                ) -> Result<Self, hosting_core::port::StoreError> {
                    $(let $field = $crate::record::record!(@read cells, $column, $($currency)?);)+
                    Ok(Self { $($field,)+ })
                }
            }
        };
    };
    (@spec $noun:ident $field:ident, $column:expr, $currency:ident) => {
        $crate::record::minor_column($column)
    };
    (@spec $noun:ident $field:ident, $column:expr,) => {
        $crate::record::column_of($column, |it: &$noun| &it.$field)
    };
    (@write $this:ident $row:ident $field:ident, $column:expr, $currency:ident) => {
        $row.money($column, $this.$field, $this.$currency)
    };
    (@write $this:ident $row:ident $field:ident, $column:expr,) => {
        $crate::column::Column::write(&$this.$field, $column, $row)
    };
    (@read $cells:ident, $column:expr, $currency:ident) => {
        hosting_core::kernel::Money::from_minor($cells.next($column)?, $currency)
    };
    (@read $cells:ident, $column:expr,) => {
        $cells.next($column)?
    };
}
pub(crate) use record;
