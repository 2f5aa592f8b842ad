//! `Idempotency-Key`: asking twice is asking once.
//!
//! A row is written before the request is worked on, and is changed by the very commit that makes the
//! request's effect true (`store::keyed`). So a repeat knows where the first stands:
//!
//! | the row | a repeat with the same key and the same request |
//! |---|---|
//! | answered | is told the same status and body, with `Idempotency-Replayed: true` |
//! | being worked on | is told 409 and to come back |
//! | nothing became true: our own failure (5xx), a limit (429), or a worker that died two minutes ago | is worked on |
//! | something became true, and its answer was lost | is never worked on: 409, look at the object |
//!
//! The same key with another request is told 422. Rows are kept for a day at least. Deliberately absent:
//! guests' requests, whose key belongs to nobody, and requests with a password in them, of which not even a
//! hash is kept.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    change::ChangeSet,
    kernel::Versioned,
    model::{KeptAnswer, KeptAnswerStatus, idempotency::KeptAnswerTrigger},
    port::StoreError,
};
use sha2::{Digest, Sha256};

use super::{problem::Problem, routes::Replay};
use crate::{
    auth::{principal::Principal, token::hex},
    state::AppState,
    store::keyed,
};

/// The request's header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The answer's header when it is a repeat.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How long an answer is kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// After how long without an answer the worker counts as dead.
const DEAD_AFTER: TimeDelta = TimeDelta::minutes(2);
/// Larger answers are not kept: nobody repeats them by need.
const LARGEST_ANSWER: usize = 1 << 20;

/// Whether a request of this method is done once for its key: those that change something, except
/// where nothing of a request is kept.
pub(super) fn honours(method: &Method, replay: Replay) -> bool {
    let changes = matches!(*method, Method::POST | Method::PUT | Method::PATCH | Method::DELETE);
    changes && replay != Replay::TakesPassword
}

/// Works on the request once for its key, if it has one.
pub(super) async fn once(
    app: &AppState,
    principal: &Principal,
    replay: Replay,
    request: Request,
    next: Next,
) -> Response {
    let honoured = honours(request.method(), replay);
    let Some(key) = request.headers().get(KEY).filter(|_| honoured).cloned() else {
        return next.run(request).await;
    };
    match begin(app, principal, &key, request).await {
        Ok(Begun::Answered(response)) => response,
        Ok(Begun::Mine(row, request)) => {
            let (response, row) = keyed::working_on(*row, next.run(request)).await;
            finish(app, replay, row, response).await
        }
        Err(problem) => problem.into_response(),
    }
}

enum Begun {
    /// The row that says "being worked on", and the request put together again.
    Mine(Box<Versioned<KeptAnswer>>, Request),
    /// Somebody worked on it before.
    Answered(Response),
}

async fn begin(
    app: &AppState,
    principal: &Principal,
    key: &HeaderValue,
    request: Request,
) -> Result<Begun, Problem> {
    let name = key.to_str().ok().filter(|it| (1..=128).contains(&it.len()));
    let Some(name) = name.filter(|it| it.bytes().all(|b| b.is_ascii_graphic())) else {
        let detail = "should be 1 to 128 letters, digits and signs without spaces";
        return Err(Problem::field("Idempotency-Key", detail));
    };
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, app.config().body_limit).await.map_err(|_| Problem::too_large())?;
    let target = parts.uri.path_and_query().map_or("/", |it| it.as_str());
    let fingerprint = fingerprint(&parts.method, target, &body);
    let request = Request::from_parts(parts, Body::from(body));

    let (store, caller) = (&app.ports().store, principal.caller());
    let mint = app.mint();
    let now = mint.now();
    for _ in 0..3 {
        let row = match store.kept_answer(&caller, name).await? {
            None => Versioned::new(
                KeptAnswer {
                    id: mint.id(),
                    principal: caller.clone(),
                    name: name.to_owned(),
                    fingerprint: fingerprint.clone(),
                    status: KeptAnswerStatus::InProgress,
                    http_status: None,
                    body: None,
                    expires_at: now + KEPT_FOR,
                    created_at: now,
                    updated_at: now,
                },
                0,
            ),
            Some(there) if there.fingerprint != fingerprint => {
                let detail = "was used for another request before";
                return Err(Problem::field("Idempotency-Key", detail));
            }
            Some(there) if there.status == KeptAnswerStatus::Answered => {
                return Ok(Begun::Answered(repeat(&there)));
            }
            Some(there) if is_worked_on(&there, now) => {
                let wait = DEAD_AFTER - (now - there.updated_at);
                let seconds = u64::try_from(wait.num_seconds()).unwrap_or(1).clamp(1, 5);
                return Err(still_worked_on(seconds));
            }
            Some(there) if there.status == KeptAnswerStatus::Committed => {
                return Ok(Begun::Answered(replayed(answer_lost().into_response())));
            }
            Some(there) => {
                let status = there.status.on(KeptAnswerTrigger::TakenOver).map_err(|error| {
                    tracing::error!(%error, "a kept answer in a state that is not understood");
                    Problem::internal()
                })?;
                let expires_at = now + KEPT_FOR;
                let value =
                    KeptAnswer { status, expires_at, updated_at: now, ..there.value.clone() };
                there.with(value)
            }
        };
        match store.commit(write(&row)).await {
            Ok(_) => {
                let held = Versioned::new(row.value, row.version + 1);
                return Ok(Begun::Mine(Box::new(held), request));
            }
            // Somebody else was quicker: look again what they did.
            Err(StoreError::Duplicate(_) | StoreError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(still_worked_on(1))
}

/// Whether somebody may still be working on it. A row that has expired while it was worked on was
/// given back by its worker, and a committed one with a status was answered with a failure.
fn is_worked_on(row: &KeptAnswer, now: DateTime<Utc>) -> bool {
    row.expires_at > now && row.http_status.is_none() && now - row.updated_at < DEAD_AFTER
}

fn still_worked_on(seconds: u64) -> Problem {
    Problem::refused("The first request with this key is still being worked on.")
        .retry_after(seconds)
}

fn done_already(detail: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "done-already", "This was done already").detail(detail)
}

fn answer_lost() -> Problem {
    done_already(
        "The first request with this key was carried out, but its answer was lost. Look at what it \
         was about; to do it once more, use a new key.",
    )
}

fn write(row: &Versioned<KeptAnswer>) -> ChangeSet {
    let mut changes = ChangeSet::default();
    if row.version == 0 {
        changes.kept_answers.add(row.value.clone());
    } else {
        changes.kept_answers.change(row.clone());
    }
    changes
}

/// SHA-256 over method, target and body, with their lengths between them.
fn fingerprint(method: &Method, target: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    for part in [method.as_str().as_bytes(), target.as_bytes(), body] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

fn repeat(row: &KeptAnswer) -> Response {
    let status = row.http_status.and_then(|it| u16::try_from(it).ok());
    let status = status.and_then(|it| StatusCode::from_u16(it).ok());
    let response = match (status, &row.body) {
        (Some(status), Some(body)) => {
            let mut response = (status, body.clone()).into_response();
            let kind =
                if status.is_success() { "application/json" } else { "application/problem+json" };
            if body.is_empty() {
                response.headers_mut().remove(header::CONTENT_TYPE);
            } else {
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            }
            response
        }
        _ => done_already("This was done already; its answer is not repeated.").into_response(),
    };
    replayed(response)
}

fn replayed(mut response: Response) -> Response {
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

async fn finish(
    app: &AppState,
    replay: Replay,
    row: Versioned<KeptAnswer>,
    response: Response,
) -> Response {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        keep(app, row, Outcome::Failed(status)).await;
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = match to_bytes(body, LARGEST_ANSWER).await {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "an answer is too large to be kept for repeats");
            keep(app, row, Outcome::Answered(status, None)).await;
            return Problem::internal().into_response();
        }
    };
    let secret = replay == Replay::HoldsSecret && status.is_success();
    let kept = (!secret).then(|| text_of(&body)).flatten();
    keep(app, row, Outcome::Answered(status, kept)).await;
    Response::from_parts(parts, Body::from(body))
}

fn text_of(body: &Bytes) -> Option<String> {
    String::from_utf8(body.to_vec()).ok()
}

/// How a request ended.
enum Outcome {
    /// With an answer, whose body is kept or not.
    Answered(StatusCode, Option<String>),
    /// With a failure of ours or a limit.
    Failed(StatusCode),
}

impl Outcome {
    /// The row after this. A failure gives the key back when nothing became true; else it is noted, so
    /// that a repeat need not wait to hear it.
    fn note(&self, row: &KeptAnswer, now: DateTime<Utc>) -> Option<KeptAnswer> {
        let number = |status: &StatusCode| Some(i64::from(status.as_u16()));
        let row = KeptAnswer { updated_at: now, ..row.clone() };
        match self {
            Self::Answered(status, body) => Some(KeptAnswer {
                status: row.status.on(KeptAnswerTrigger::Answered).ok()?,
                http_status: number(status),
                body: body.clone(),
                ..row
            }),
            Self::Failed(_) if row.status == KeptAnswerStatus::InProgress => {
                Some(KeptAnswer { expires_at: now, ..row })
            }
            Self::Failed(status) => Some(KeptAnswer { http_status: number(status), ..row }),
        }
    }
}

/// Writes down how the request ended. When that fails the row still says whether anything became true;
/// a repeat waits two minutes to hear it.
async fn keep(app: &AppState, mut row: Versioned<KeptAnswer>, outcome: Outcome) {
    let (store, now) = (&app.ports().store, app.ports().now());
    for _ in 0..2 {
        let Some(value) = outcome.note(&row, now) else { return };
        let Err(error) = store.commit(write(&row.with(value))).await else { return };
        tracing::warn!(%error, "an answer could not be kept for repeats");
        if !error.is_conflict() {
            return;
        }
        // A commit of ours whose answer we did not get may have taken the row one version further.
        // A repeat that took the request over would have left it in progress.
        match store.kept_answer(&row.principal, &row.name).await {
            Ok(Some(there))
                if there.id == row.id
                    && there.version == row.version + 1
                    && there.status == KeptAnswerStatus::Committed =>
            {
                row = there;
            }
            _ => return,
        }
    }
}
