//! The differences between the databases, and nothing else.
//!
//! Statements are written once with `$1 … $n`. Five things differ and are confined to this file:
//! placeholders, how a JSON array becomes rows, how a batch is inserted, updated or held, how an
//! insert passes over what is already there, and how a document column is selected.

use std::fmt::Write as _;

use crate::statement::{ColumnSpec, Kind, Lock, Rendered, Table, Words};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `SQLite`.
    Sqlite,
    /// `PostgreSQL`.
    Postgres,
    /// `MySQL` or `MariaDB`.
    MySql,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];
}

impl Dialect {
    pub(crate) fn word(self, words: &Words) -> String {
        match *words {
            Words::Same(sql) => sql.to_owned(),
            Words::Each { sqlite, postgres, mysql } => match self {
                Self::Sqlite => sqlite.to_owned(),
                Self::Postgres => postgres.to_owned(),
                Self::MySql => mysql.to_owned(),
            },
            Words::Select { table, extra, tail } => {
                // `SQLite` has one writer; there is nobody to pass.
                let skip = if self == Self::Sqlite { "" } else { "FOR UPDATE SKIP LOCKED" };
                let tail = tail.replace("{skip}", skip);
                self.select(table, extra, &format!("{} AS t {tail}", table.name))
            }
            Words::Named(table) => {
                let rows = self.rows(table.columns.iter().filter(|it| it.name == "id"));
                let (name, join) = (table.name, self.rows_first());
                self.select(table, "", &format!("{rows} {join} {name} AS t ON t.id = v.id"))
            }
            Words::Insert(table) => self.insert(table),
            Words::InsertNew { table, key } => self.insert_new(table, key),
            #[cfg(feature = "postgres")]
            Words::InsertBoth { first, second } if self == Self::Postgres => {
                let second = self.insert(second).replace("$1", "$2");
                format!("WITH first AS ({}) {second}", self.insert(first))
            }
            #[cfg(feature = "postgres")]
            Words::InsertBoth { .. } => "SELECT 1".to_owned(),
            Words::Update(table) => self.update(table),
            Words::UpdateOnly { table, set, on } => self.update_only(table, set, on),
            Words::Hold { table, lock } => self.hold(table, lock),
        }
    }

    /// `$1` is understood by `PostgreSQL` and `SQLite`, also twice and out of order; `MySQL` wants
    /// one `?` for each bound value.
    pub(crate) fn placeholders(self, sql: &str) -> Rendered {
        let mut out = String::with_capacity(sql.len());
        let mut binds = Vec::new();
        let mut rest = sql;
        while let Some(at) = rest.find('$') {
            let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
            out.push_str(&rest[..at]);
            match rest[at + 1..=at + digits].parse::<usize>() {
                Ok(number) if self == Self::MySql => {
                    out.push('?');
                    binds.push(number.saturating_sub(1));
                }
                Ok(number) => {
                    out.push_str(&rest[at..=at + digits]);
                    let wanted = binds.len().max(number);
                    binds = (0..wanted).collect();
                }
                // A JSON path such as '$.id'.
                Err(_) => out.push('$'),
            }
            rest = &rest[at + 1 + digits..];
        }
        out.push_str(rest);
        Rendered { sql: out, binds }
    }

    /// The join that goes through the array first, so that rows are met in its order.
    const fn rows_first(self) -> &'static str {
        match self {
            Self::Sqlite => "CROSS JOIN",
            Self::Postgres => "JOIN",
            Self::MySql => "STRAIGHT_JOIN",
        }
    }

    fn select(self, table: &Table, extra: &str, from: &str) -> String {
        let mut out = String::from("SELECT t.version");
        for column in table.columns.iter().filter(|it| it.read) {
            let text =
                if self == Self::Postgres && column.kind == Kind::Json { "::text" } else { "" };
            let _ = write!(out, ", t.{}{text}", column.name);
        }
        if !extra.is_empty() {
            let _ = write!(out, ", {extra}");
        }
        let _ = write!(out, " FROM {from}");
        out
    }

    /// The rows of a JSON array bound as `$1`, called `v`, with an integer `version`.
    fn rows<'c>(self, columns: impl Iterator<Item = &'c ColumnSpec>) -> String {
        const VERSION: ColumnSpec =
            ColumnSpec { name: "version", kind: Kind::Int, nullable: false, read: true };
        let list: Vec<_> = std::iter::once(&VERSION)
            .chain(columns)
            .map(|column| self.json_column(*column))
            .collect();
        let list = list.join(", ");
        match self {
            // The binary form is parsed once; of the text every column would be looked for again.
            Self::Sqlite => format!("(SELECT {list} FROM jsonb_each($1)) AS v"),
            // Without the limit the planner takes any array for a hundred rows, and on a table it
            // has no statistics of may then scan all of it for one.
            Self::Postgres => format!(
                "(SELECT * FROM json_to_recordset($1::json) AS r({list}) \
                 LIMIT json_array_length($1::json)) AS v"
            ),
            Self::MySql => format!("JSON_TABLE($1, '$[*]' COLUMNS({list})) AS v"),
        }
    }

    /// How one column comes out of a JSON row. Documents travel as text.
    fn json_column(self, ColumnSpec { name, kind, .. }: ColumnSpec) -> String {
        match self {
            Self::Sqlite => format!("value ->> '{name}' AS {name}"),
            Self::Postgres => {
                let native = match kind {
                    Kind::Id | Kind::Text | Kind::Json => "text",
                    Kind::Int => "bigint",
                    Kind::Flag => "boolean",
                    Kind::Instant => "timestamptz",
                    Kind::Date => "date",
                };
                format!("{name} {native}")
            }
            Self::MySql => {
                let native = match kind {
                    Kind::Id => "CHAR(26) CHARACTER SET ascii COLLATE ascii_bin",
                    // In the connection's collation, which is the tables'.
                    Kind::Text | Kind::Json => "LONGTEXT",
                    Kind::Int => "BIGINT",
                    Kind::Flag => "TINYINT",
                    Kind::Instant => "DATETIME(3)",
                    Kind::Date => "DATE",
                };
                // By default what does not fit becomes NULL in silence.
                format!("{name} {native} PATH '$.{name}' ERROR ON ERROR")
            }
        }
    }

    /// A JSON row's column as the table wants it.
    fn value(self, column: &ColumnSpec) -> String {
        let cast = if self == Self::Postgres && column.kind == Kind::Json { "::jsonb" } else { "" };
        format!("v.{}{cast}", column.name)
    }

    fn insert(self, table: &Table) -> String {
        let names: Vec<_> = table.columns.iter().map(|it| it.name).collect();
        let values: Vec<_> = table.columns.iter().map(|it| self.value(it)).collect();
        format!(
            "INSERT INTO {} (version, {}) SELECT 1, {} FROM {}",
            table.name,
            names.join(", "),
            values.join(", "),
            self.rows(table.columns.iter())
        )
    }

    fn insert_new(self, table: &Table, key: &str) -> String {
        let insert = self.insert(table);
        match self {
            // Without a WHERE the parser takes ON for a join's.
            Self::Sqlite => format!("{insert} WHERE true ON CONFLICT ({key}) DO NOTHING"),
            Self::Postgres => format!("{insert} ON CONFLICT ({key}) DO NOTHING"),
            // Not INSERT IGNORE, which would also swallow what does not fit.
            Self::MySql => {
                let name = table.name;
                format!("{insert} ON DUPLICATE KEY UPDATE {name}.{key} = {name}.{key}")
            }
        }
    }

    fn update(self, table: &Table) -> String {
        let target = if self == Self::MySql { "t." } else { "" };
        let mut set = format!("{target}version = t.version + 1");
        for column in table.columns.iter().filter(|it| it.name != "id") {
            let _ = write!(set, ", {target}{} = {}", column.name, self.value(column));
        }
        self.update_from(table, &set, "t.id = v.id AND t.version = v.version")
    }

    fn update_only(self, table: &Table, set: &str, on: &str) -> String {
        // `MySQL` must be told whose columns are set, since both sides of its join have them;
        // `PostgreSQL` must not be.
        let target = if self == Self::MySql { "t." } else { "" };
        let now = match self {
            Self::Sqlite => "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
            Self::Postgres => "now()",
            Self::MySql => "CURRENT_TIMESTAMP(3)",
        };
        let mut set = set.replace("{t}", target).replace("{now}", now);
        for column in table.columns.iter().filter(|it| it.kind == Kind::Json) {
            set = set.replace(&format!("v.{}", column.name), &self.value(column));
        }
        self.update_from(table, &set, on)
    }

    fn update_from(self, table: &Table, set: &str, on: &str) -> String {
        let (name, rows) = (table.name, self.rows(table.columns.iter()));
        match self {
            // The join's order is the order in which rows are locked, and the array's.
            Self::MySql => format!("UPDATE {rows} STRAIGHT_JOIN {name} AS t ON {on} SET {set}"),
            _ => format!("UPDATE {name} AS t SET {set} FROM {rows} WHERE {on}"),
        }
    }

    fn hold(self, table: &Table, lock: Lock) -> String {
        let rows = self.rows(table.columns.iter().filter(|it| it.name == "id"));
        let (name, join) = (table.name, self.rows_first());
        let lock = match (self, lock) {
            // Whoever holds the one writer holds everything.
            (Self::Sqlite, _) => "",
            (Self::Postgres, Lock::Share) => " ORDER BY t.id FOR SHARE OF t",
            (Self::Postgres, Lock::Change) => " ORDER BY t.id FOR NO KEY UPDATE OF t",
            (Self::MySql, Lock::Share) => " LOCK IN SHARE MODE",
            (Self::MySql, Lock::Change) => " FOR UPDATE",
        };
        let on = "t.id = v.id AND t.version = v.version";
        format!("SELECT t.id FROM {rows} {join} {name} AS t ON {on}{lock}")
    }
}
