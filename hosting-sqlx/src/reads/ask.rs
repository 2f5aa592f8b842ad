//! How a question is asked and its rows are read.

use super::{
    access, audit, billing, catalog, customers, inbox, orders, promo, provisioning, settings,
    subscriptions, tasks, tax,
};
use crate::{
    conn::{Arg, Cells},
    record::{CellReader, Record, stored_id},
    statement::Statement,
    store::SqlStore,
};
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Id, Page, PageRequest, Versioned},
    model::TaskId,
    port::{
        Rows, StoreError, Unreadable,
        store::read::{Answer, Due},
    },
};

/// Declares statements and the list of them all.
macro_rules! statements {
    ($($name:ident = $value:expr;)+ $(+ $list:ident: $count:literal = $many:expr;)*) => {
        $(static $name: $crate::statement::Statement = $value;)+
        $(static $list: [$crate::statement::Statement; $count] = $many;)*
        pub(crate) static ALL: &[&[$crate::statement::Statement]] =
            &[$(std::slice::from_ref(&$name),)+ $(&$list,)*];
    };
}
pub(crate) use statements;

/// A page by id, newest first: `$1` is the cursor, `$2` how many, `$3` and `$4` the filters given.
macro_rules! by_id {
    ($noun:ident, $always:literal) => {
        $crate::statement::Statement::select(
            <$noun as $crate::record::Record>::COLUMNS,
            concat!("WHERE t.id < $1", $always, " ORDER BY t.id DESC LIMIT $2"),
        )
    };
    ($noun:ident, $always:literal, $first:literal) => {
        [
            $crate::reads::by_id!($noun, $always),
            $crate::statement::Statement::select(
                <$noun as $crate::record::Record>::COLUMNS,
                concat!("WHERE t.id < $1 AND t.", $first, " = $3", $always, " ORDER BY t.id DESC LIMIT $2"),
            ),
        ]
    };
    ($noun:ident, $always:literal, $first:literal, $second:literal) => {
        [
            $crate::reads::by_id!($noun, $always),
            $crate::statement::Statement::select(
                <$noun as $crate::record::Record>::COLUMNS,
                concat!("WHERE t.id < $1 AND t.", $first, " = $3", $always, " ORDER BY t.id DESC LIMIT $2"),
            ),
            $crate::statement::Statement::select(
                <$noun as $crate::record::Record>::COLUMNS,
                concat!("WHERE t.id < $1 AND t.", $second, " = $3", $always, " ORDER BY t.id DESC LIMIT $2"),
            ),
            $crate::statement::Statement::select(
                <$noun as $crate::record::Record>::COLUMNS,
                // The ids are hidden from the planner, so that the index over both filters is the best
                // there is: without statistics `SQLite` would rather go through all rows of a status in
                // the order of ids than sort one customer's.
                concat!("WHERE coalesce(t.id, '') < $1 AND t.", $first, " = $3 AND t.", $second, " = $4",
                    $always, " ORDER BY coalesce(t.id, '') DESC LIMIT $2"),
            ),
        ]
    };
}
pub(crate) use by_id;

/// Every statement of every repository.
pub(crate) fn all() -> impl Iterator<Item = &'static Statement> {
    [
        access::ALL,
        audit::ALL,
        billing::ALL,
        catalog::ALL,
        customers::ALL,
        inbox::ALL,
        orders::ALL,
        promo::ALL,
        provisioning::ALL,
        settings::ALL,
        subscriptions::ALL,
        tasks::ALL,
        tax::ALL,
        crate::migrate::ALL,
    ]
    .into_iter()
    .flatten()
    .flat_map(|it| it.iter())
}

/// Reads a whole row: its version and its columns.
pub(crate) fn versioned<T: Record>(cells: &dyn Cells) -> Result<Versioned<T>, StoreError> {
    let mut cells = CellReader::new(T::COLUMNS.name, cells);
    let version = cells.next("version")?;
    Ok(Versioned { value: T::read(&mut cells)?, version })
}

/// Reads a whole row and the number that the statement adds to it.
pub(crate) fn versioned_and<T: Record>(
    cells: &dyn Cells,
    column: &'static str,
) -> Result<(Versioned<T>, i64), StoreError> {
    let mut cells = CellReader::new(T::COLUMNS.name, cells);
    let version = cells.next("version")?;
    let row = Versioned { value: T::read(&mut cells)?, version };
    Ok((row, cells.next(column)?))
}

/// A row that a question found, whether or not it can be read.
pub(crate) struct Met<T> {
    pub(crate) id: String,
    pub(crate) due_at: Option<DateTime<Utc>>,
    pub(crate) row: Result<Versioned<T>, StoreError>,
}

/// Tells the unreadable rows from the others. The place to go on is the last that there is a name
/// for.
pub(crate) fn parted<T: Record, P>(
    met: Vec<Met<T>>,
    place: impl Fn(Id<T::Kind>, Option<DateTime<Utc>>) -> Option<P>,
) -> Rows<Versioned<T>, P> {
    let mut answer = Rows::default();
    for Met { id, due_at, row } in met {
        answer.last = Id::from_stored(&id).ok().and_then(|id| place(id, due_at)).or(answer.last);
        match row {
            Ok(row) => answer.rows.push(row),
            Err(error) => {
                let (table, why) = (T::COLUMNS.name, error.to_string());
                answer.unreadable.push(Unreadable { table, id, due_at, position: None, why });
            }
        }
    }
    answer
}

/// A place before the oldest id that could be.
const NEWEST: &str = "~";

/// The id that a page continues after.
pub(crate) fn cursor(page: &PageRequest) -> Result<&str, StoreError> {
    let Some(cursor) = &page.after else { return Ok(NEWEST) };
    let id: Result<TaskId, _> = Id::from_stored(cursor.as_str());
    id.map(|_| cursor.as_str()).map_err(|error| StoreError::Refused(Box::new(error)))
}

/// One row more than the page has says that there are more.
pub(crate) fn overfetch(page: &PageRequest) -> Arg<'static> {
    Arg::Int(i64::from(page.limit()) + 1)
}

impl SqlStore {
    /// The row with that id.
    pub(crate) async fn by_id<T: Record>(&self, id: Id<T::Kind>) -> Answer<Option<Versioned<T>>> {
        self.one(&T::verbs().by_id, &[Arg::Text(&id.stored())]).await
    }

    /// The first row of a question.
    pub(crate) async fn one<T: Record>(
        &self,
        statement: &'static Statement,
        args: &[Arg<'_>],
    ) -> Answer<Option<Versioned<T>>> {
        Ok(self.many(statement, args).await?.into_iter().next())
    }

    /// All rows of a question.
    pub(crate) async fn many<T: Record>(
        &self,
        statement: &'static Statement,
        args: &[Arg<'_>],
    ) -> Answer<Vec<Versioned<T>>> {
        self.db().fetch(statement, args, versioned::<T>).await
    }

    /// Rows of a question that fell due by `column`, the unreadable ones told apart.
    pub(crate) async fn due<T: Record>(
        &self,
        statement: &'static Statement,
        args: &[Arg<'_>],
        column: &'static str,
    ) -> Answer<Due<T, Id<T::Kind>>> {
        let at = T::COLUMNS.cell(column);
        let due_at = |row: &dyn Cells| at.and_then(|at| row.instant(at).ok().flatten());
        let met = self.met::<T>(statement, args, due_at).await?;
        Ok(parted(met, |id, due_at| due_at.map(|at| (at, id))))
    }

    /// Rows of a question, each with its stored id, and when it fell due as `due_at` finds it.
    pub(crate) async fn met<T: Record>(
        &self,
        statement: &'static Statement,
        args: &[Arg<'_>],
        due_at: impl Fn(&dyn Cells) -> Option<DateTime<Utc>>,
    ) -> Answer<Vec<Met<T>>> {
        let read = |row: &dyn Cells| {
            Ok(Met { id: stored_id(row), due_at: due_at(row), row: versioned::<T>(row) })
        };
        self.db().fetch(statement, args, read).await
    }

    /// A page, newest first; `filters` are the ones given, in the order of the statement.
    pub(crate) async fn page<T: Record>(
        &self,
        statement: &'static Statement,
        page: &PageRequest,
        filters: &[Option<&str>],
    ) -> Answer<Page<Versioned<T>>> {
        let mut args = vec![Arg::Text(cursor(page)?), overfetch(page)];
        args.extend(filters.iter().flatten().map(|it| Arg::Text(it)));
        let met = self.met::<T>(statement, &args, |_| None).await?;
        Ok(Page::from_readable(met.into_iter().map(|it| (it.id, it.row.ok())).collect(), page))
    }

    /// Whether there is any row.
    pub(crate) async fn any(
        &self,
        statement: &'static Statement,
        args: &[Arg<'_>],
    ) -> Answer<bool> {
        Ok(!self.db().fetch(statement, args, |_| Ok(())).await?.is_empty())
    }
}

/// Which of a list's statements serves the filters given.
pub(crate) fn variant(filters: &[Option<&str>]) -> usize {
    filters.iter().enumerate().map(|(at, it)| usize::from(it.is_some()) << at).sum()
}
