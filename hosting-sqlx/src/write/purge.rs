//! The one deletion: what has expired and is no record of business.

use chrono::{DateTime, Days, Utc};
use hosting_core::port::{DoneBefore, StoreError, store::GUEST_CART_DAYS};
use ulid::Ulid;

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

/// Carts that belong to nobody and were not ordered; nothing refers to them.
macro_rules! guest_carts {
    (@which) => {
        " WHERE customer_id IS NULL AND status = 'open' AND updated_at < $1 \
         ORDER BY updated_at LIMIT $2"
    };
    ($lock:literal) => {
        concat!("DELETE FROM carts WHERE id IN (SELECT id FROM carts", guest_carts!(@which), $lock,
            ")")
    };
}

/// The oldest rows of work that is done.
macro_rules! done {
    ($table:literal, $which:literal) => {
        Statement::each(
            done!(@sub $table, $which, ""),
            done!(@sub $table, $which, " FOR UPDATE SKIP LOCKED"),
            concat!("DELETE FROM ", $table, " WHERE ", $which, " ORDER BY id LIMIT $3"),
        )
    };
    (@sub $table:literal, $which:literal, $lock:literal) => {
        concat!("DELETE FROM ", $table, " WHERE id IN (SELECT id FROM ", $table, " WHERE ", $which,
            " ORDER BY id LIMIT $3", $lock, ")")
    };
}

statements! {
    COUNTERS = expired!("counters", "name");
    KEPT_ANSWERS = expired!("kept_answers", "id");
    SESSIONS = expired!("sessions", "id");
    ONE_TIME_TOKENS = expired!("one_time_tokens", "id");
    // Ids grow with time: the range ends where nothing can be old enough.
    TASKS = done!("provision_tasks", "status = 'succeeded' AND id < $1 AND updated_at < $2");
    WEBHOOKS = done!(
        "webhook_events",
        "id < $1 AND processed_at < $2 AND status IN ('processed', 'ignored')"
    );
    GUEST_CARTS = Statement::each(
        guest_carts!(""),
        guest_carts!(" FOR UPDATE SKIP LOCKED"),
        concat!("DELETE FROM carts", guest_carts!(@which)),
    );
}

/// Throws away what expired more than a day before `now` and guests' carts that nobody touched for
/// [`GUEST_CART_DAYS`], at most `limit` of each kind.
pub(crate) async fn purge(tx: &mut Tx, now: DateTime<Utc>, limit: u32) -> Result<u64, StoreError> {
    let days_ago =
        |days: u64| now.checked_sub_days(Days::new(days)).unwrap_or(DateTime::<Utc>::MIN_UTC);
    let before = days_ago(1);
    let mut gone = 0;
    for statement in [&COUNTERS, &KEPT_ANSWERS, &SESSIONS, &ONE_TIME_TOKENS] {
        gone += tx.execute(statement, &[before.into(), limit.into()]).await?;
    }
    gone += tx.execute(&GUEST_CARTS, &[days_ago(GUEST_CART_DAYS).into(), limit.into()]).await?;
    Ok(gone)
}

/// Throws away work that is done, at most `limit` rows of each kind.
pub(crate) async fn purge_done(
    tx: &mut Tx,
    done: &DoneBefore,
    limit: u32,
) -> Result<u64, StoreError> {
    let mut gone = 0;
    for (statement, before) in [(&TASKS, done.tasks), (&WEBHOOKS, done.webhooks)] {
        let millis = u64::try_from(before.timestamp_millis()).unwrap_or(0);
        let first = Ulid::from_parts(millis, 0).to_string();
        gone += tx.execute(statement, &[(&first).into(), before.into(), limit.into()]).await?;
    }
    Ok(gone)
}
