//! The one deletion: what has expired and is no record of business.

use chrono::{DateTime, Days, Utc};
use hosting_core::port::StoreError;

use crate::{conn::Tx, reads::statements, statement::Statement};

/// `MySQL` limits a deletion itself and refuses a limit in a subquery.
macro_rules! expired {
    ($table:literal, $key:literal) => {
        Statement::each(
            expired!(@sub $table, $key, ""),
            expired!(@sub $table, $key, " FOR UPDATE SKIP LOCKED"),
            concat!("DELETE FROM ", $table, " WHERE expires_at < $1 ORDER BY expires_at LIMIT $2"),
        )
    };
    (@sub $table:literal, $key:literal, $lock:literal) => {
        concat!("DELETE FROM ", $table, " WHERE ", $key, " IN (SELECT ", $key, " FROM ", $table,
            " WHERE expires_at < $1 ORDER BY expires_at LIMIT $2", $lock, ")")
    };
}

statements! {
    COUNTERS = expired!("counters", "name");
    KEPT_ANSWERS = expired!("kept_answers", "id");
    SESSIONS = expired!("sessions", "id");
    ONE_TIME_TOKENS = expired!("one_time_tokens", "id");
}

/// Throws away what expired more than a day before `now`, at most `limit` of each kind.
pub(crate) async fn purge(tx: &mut Tx, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
    let before = now.checked_sub_days(Days::new(1)).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let mut gone = 0;
    for statement in [&COUNTERS, &KEPT_ANSWERS, &SESSIONS, &ONE_TIME_TOKENS] {
        gone += tx.execute(statement, &[before.into(), limit.into()]).await?;
    }
    Ok(gone)
}
