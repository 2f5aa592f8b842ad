//! The test clock: staff of a test shop move time forward, day by day.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    model::Permission as P,
    port::StoreError,
    service::{ServiceError, heartbeat},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;

use crate::{
    advance::advance,
    auth::Principal,
    clock::{ClockError, ShiftedClock, Stopwatch},
    http::{Access, ApiJson, ApiRoutes, Problem, problem::sentence},
    reality::first_real,
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .route(Access::Needs(P::SettingsManage), routes!(show_clock))
        .route(Access::Needs(P::SettingsManage), routes!(advance_clock))
}

/// How far one call may go.
const FARTHEST: TimeDelta = TimeDelta::days(400);
/// One step, after which what became due is done.
const STEP: TimeDelta = TimeDelta::days(1);

/// What time it is for the shop.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffClock {
    /// The shop's present instant.
    now: DateTime<Utc>,
    /// How far that is ahead of the machine's clock, seconds.
    ahead_seconds: i64,
    /// Whether it can be moved.
    movable: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The test clock, when it may be moved; why not otherwise.
async fn movable(app: &AppState) -> Result<Result<&Arc<ShiftedClock>, String>, StoreError> {
    let Some(clock) = app.test_clock() else {
        return Ok(Err(
            "The test clock is off; it is switched on with TEST_CLOCK=true where a shop is tested."
                .to_owned(),
        ));
    };
    Ok(match first_real(app).await? {
        Some(real) => Err(sentence(&format!("{real}; time is real then"))),
        None => Ok(clock),
    })
}

async fn view(app: &AppState) -> Result<StaffClock, StoreError> {
    let ahead = app.test_clock().map_or(0, |it| it.offset().num_seconds());
    let reason = movable(app).await?.err();
    let now = app.ports().now();
    Ok(StaffClock { now, ahead_seconds: ahead, movable: reason.is_none(), reason })
}

/// What time it is for the shop, and whether it can be moved.
#[utoipa::path(get, path = "/api/v1/admin/clock", tag = "admin: settings",
    responses((status = 200, description = "The clock", body = StaffClock)))]
async fn show_clock(State(app): State<AppState>) -> Result<Json<StaffClock>, Problem> {
    Ok(Json(view(&app).await?))
}

/// How far the clock is to go: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvanceClock {
    /// So many seconds.
    #[schema(minimum = 1, maximum = 34_560_000)]
    seconds: Option<u32>,
    /// So many days.
    #[schema(minimum = 1, maximum = 400)]
    days: Option<u32>,
}

impl AdvanceClock {
    fn wish(&self) -> Result<TimeDelta, Problem> {
        let (pointer, wish) = match (self.seconds, self.days) {
            (Some(seconds), None) => ("/seconds", TimeDelta::seconds(i64::from(seconds))),
            (None, Some(days)) => ("/days", TimeDelta::days(i64::from(days))),
            (None, None) => return Err(Problem::field("/days", "is missing: say days or seconds")),
            (Some(_), Some(_)) => {
                return Err(Problem::field("/seconds", "should be absent when days are said"));
            }
        };
        if wish > TimeDelta::zero() && wish <= FARTHEST {
            Ok(wish)
        } else {
            Err(Problem::field(pointer, "should be above zero and at most 400 days"))
        }
    }
}

/// How far the clock went.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaffClockMoved {
    /// The clock.
    #[serde(flatten)]
    clock: StaffClock,
    /// How far it went, seconds.
    moved_seconds: i64,
    /// What is left because the request took its time; ask for it again.
    remaining_seconds: i64,
}

/// Move the test clock forward. Each day is lived through: its runs are scheduled, and what is due is
/// done before the next day begins. Never where a provider is real.
#[utoipa::path(post, path = "/api/v1/admin/clock/advance", tag = "admin: settings", request_body = AdvanceClock,
    responses((status = 200, description = "How far it went", body = StaffClockMoved)))]
async fn advance_clock(
    State(app): State<AppState>,
    me: Principal,
    ApiJson(body): ApiJson<AdvanceClock>,
) -> Result<Json<StaffClockMoved>, Problem> {
    let wish = body.wish()?;
    let clock = movable(&app).await?.map_err(|reason| {
        Problem::new(StatusCode::CONFLICT, "clock-is-real", "The clock cannot be moved")
            .detail(reason)
    })?;
    let (actor, watch) = (me.actor(), Stopwatch::start());
    // A sign of life before the first day, as each run gives one after: moved time is not an outage.
    alive(&app).await?;
    let mut left = wish;
    while left > TimeDelta::zero() && watch.elapsed() < app.config().request_timeout / 2 {
        let step = left.min(STEP);
        advance(&app, clock, &actor, step).await.map_err(refused)?;
        left -= step;
    }
    Ok(Json(StaffClockMoved {
        clock: view(&app).await?,
        moved_seconds: (wish - left).num_seconds(),
        remaining_seconds: left.num_seconds(),
    }))
}

async fn alive(app: &AppState) -> Result<(), Problem> {
    match heartbeat::beat(app.ports()).await {
        // Somebody else's sign of life is as good.
        Ok(()) | Err(ServiceError::Store(StoreError::Conflict { .. })) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn refused(error: ClockError) -> Problem {
    match error {
        ClockError::Store(error) => error.into(),
        out @ (ClockError::OutOfRange | ClockError::Real(_)) => {
            Problem::refused(sentence(&out.to_string()))
        }
    }
}
