//! What tests and operators can ask about the statements and tables themselves.

use hosting_core::port::StoreError;

use crate::{
    dialect::Dialect,
    journal::{COUNTERS, EVENTS, SERIES, TASKS},
    reads,
    statement::{ColumnSpec, Statement, Table},
    store::{self, SqlStore},
    write,
};

/// One statement of the crate.
#[derive(Debug, Clone, Copy)]
pub struct StatementInfo(&'static Statement);

impl StatementInfo {
    /// What is sent to that database.
    pub fn text(&self, dialect: Dialect) -> &'static str {
        &self.0.text(dialect).sql
    }
}

/// One table of the schema.
#[derive(Debug, Clone, Copy)]
pub struct TableInfo(&'static Table);

impl TableInfo {
    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.0.name
    }

    /// The columns this crate writes, without `version`, which every table has.
    pub const fn columns(&self) -> &'static [ColumnSpec] {
        self.0.columns
    }
}

impl SqlStore {
    /// Every statement that can ever be sent.
    pub fn statements() -> Vec<StatementInfo> {
        let shared = reads::all().chain(write::all()).chain(store::ALL.iter().copied());
        write::rows::statements().into_iter().chain(shared).map(StatementInfo).collect()
    }

    /// Every table that is written in batches.
    pub fn tables() -> Vec<TableInfo> {
        let own = [&EVENTS, &TASKS, &COUNTERS, &SERIES];
        write::rows::tables().into_iter().chain(own).map(TableInfo).collect()
    }

    /// Asks the database to understand a statement, without running it.
    ///
    /// # Errors
    /// What the database says about it.
    pub async fn prepare(&self, statement: StatementInfo) -> Result<(), StoreError> {
        self.db().prepare(statement.0).await
    }
}
