//! The console for scripts.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Console, accounts, clock,
    failure::{Trouble, TroubleJson},
    faults::{self, Ordered},
    mails::{self, MailView},
    payments::{self, Action, PaymentView},
    webhooks::{self, Webhooks},
};
use crate::{
    cpanel::sandbox::{Lock, SandboxAccount},
    sandbox::{SmtpSwitches, fault::FaultRule},
};

type Reply<T> = Result<Json<T>, TroubleJson>;

pub(super) fn router() -> Router<Console> {
    Router::new()
        .route("/payments", get(list_payments))
        .route("/payments/{order_id}/{action}", post(act))
        .route("/webhooks", get(read_webhooks).post(set_webhooks))
        .route("/faults", get(list_faults).post(order_fault).delete(clear_faults))
        .route("/accounts", get(list_accounts))
        .route("/accounts/{username}/suspend", post(suspend))
        .route("/mail", get(list_mail).delete(clear_mail))
        .route("/mail/{id}", get(one_mail))
        .route("/smtp", get(smtp).post(set_smtp))
        .route("/clock", get(read_clock).post(move_clock))
        .fallback(async || TroubleJson(Trouble::Missing("there is no such call".to_owned())))
}

async fn list_payments(State(console): State<Console>) -> Json<Vec<PaymentView>> {
    Json(payments::list(&console))
}

async fn act(
    State(console): State<Console>,
    Path((order_id, action)): Path<(String, String)>,
) -> Reply<PaymentView> {
    let action = Action::parse(&action)?;
    payments::act(&console, &order_id, action)?;
    Ok(Json(payments::find(&console, &order_id)?))
}

async fn read_webhooks(State(console): State<Console>) -> Json<Webhooks> {
    Json(webhooks::read(&console))
}

async fn set_webhooks(
    State(console): State<Console>,
    Json(set): Json<Webhooks>,
) -> Reply<Webhooks> {
    webhooks::set(&console, set)?;
    Ok(Json(webhooks::read(&console)))
}

async fn list_faults(State(console): State<Console>) -> Json<Ordered> {
    Json(Ordered { faults: console.faults.pending() })
}

async fn order_fault(
    State(console): State<Console>,
    Json(rule): Json<FaultRule>,
) -> Result<(StatusCode, Json<Ordered>), TroubleJson> {
    faults::order(&console, rule)?;
    Ok((StatusCode::CREATED, Json(Ordered { faults: console.faults.pending() })))
}

async fn clear_faults(State(console): State<Console>) -> StatusCode {
    console.faults.clear();
    StatusCode::NO_CONTENT
}

async fn list_accounts(State(console): State<Console>) -> Json<Vec<SandboxAccount>> {
    Json(console.whm.accounts())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Suspend {
    reason: String,
    #[serde(default)]
    locked: bool,
}

async fn suspend(
    State(console): State<Console>,
    Path(username): Path<String>,
    Json(body): Json<Suspend>,
) -> Result<StatusCode, TroubleJson> {
    let lock = if body.locked { Lock::Locked } else { Lock::Open };
    accounts::suspend(&console, &username, &body.reason, lock)?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Deserialize)]
struct MailFilter {
    to: Option<String>,
}

async fn list_mail(
    State(console): State<Console>,
    Query(filter): Query<MailFilter>,
) -> Json<Vec<MailView>> {
    let mails = match filter.to {
        Some(address) => console.smtp.to(&address),
        None => console.smtp.inbox(),
    };
    Json(mails.iter().map(MailView::from).collect())
}

async fn one_mail(State(console): State<Console>, Path(id): Path<u64>) -> Reply<MailView> {
    Ok(Json(MailView::from(&mails::find(&console, id)?)))
}

async fn clear_mail(State(console): State<Console>) -> StatusCode {
    console.smtp.clear();
    StatusCode::NO_CONTENT
}

async fn smtp(State(console): State<Console>) -> Json<SmtpSwitches> {
    Json(console.smtp.switches())
}

async fn set_smtp(
    State(console): State<Console>,
    Json(switches): Json<SmtpSwitches>,
) -> Json<SmtpSwitches> {
    console.smtp.set_switches(switches);
    Json(console.smtp.switches())
}

#[derive(Debug, Serialize)]
struct ClockView {
    now: DateTime<Utc>,
    can_be_moved: bool,
}

async fn read_clock(State(console): State<Console>) -> Json<ClockView> {
    Json(ClockView { now: console.clock.now(), can_be_moved: console.advance.is_some() })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forward {
    seconds: i64,
}

async fn move_clock(
    State(console): State<Console>,
    Json(forward): Json<Forward>,
) -> Reply<ClockView> {
    let too_far = || Trouble::Invalid("so many seconds cannot be counted".to_owned());
    clock::advance(&console, TimeDelta::try_seconds(forward.seconds).ok_or_else(too_far)?)?;
    Ok(read_clock(State(console)).await)
}
