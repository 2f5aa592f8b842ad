//! Moving the clock forward.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, header},
    response::Redirect,
};
use chrono::TimeDelta;
use serde::Deserialize;

use super::{Console, Done, failure::Trouble, html};
use crate::sandbox::AdvanceClock;

/// The longest step forward.
const MAX: TimeDelta = TimeDelta::days(3_660);

#[derive(Debug, Deserialize)]
pub(super) struct Step {
    amount: u32,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Minutes,
    Hours,
    Days,
}

impl Step {
    fn length(&self) -> TimeDelta {
        let amount = i64::from(self.amount);
        match self.unit {
            Unit::Minutes => TimeDelta::minutes(amount),
            Unit::Hours => TimeDelta::hours(amount),
            Unit::Days => TimeDelta::days(amount),
        }
    }
}

/// The clock beside the title, with a form when it can be moved.
pub(super) fn form(console: &Console) -> String {
    let now = html::instant(console.clock.now());
    if console.advance.is_none() {
        return format!("<div>{now}</div>");
    }
    let units = [("minutes", "minutes"), ("hours", "hours"), ("days", "days")];
    format!(
        "<form method=\"post\" action=\"/clock\"><div>{now}</div><label>Forward \
         <input type=\"number\" name=\"amount\" min=\"1\" max=\"3660\" value=\"1\" required></label>\
         {}<button>Move the clock</button></form>",
        html::select("unit", "Unit", units.into_iter(), "days")
    )
}

pub(super) async fn submit(
    State(console): State<Console>,
    headers: HeaderMap,
    Form(step): Form<Step>,
) -> Done {
    advance(&console, step.length())?;
    Ok(Redirect::to(came_from(&headers)))
}

/// Moves the clock forward by `by`.
pub(super) fn advance(console: &Console, by: TimeDelta) -> Result<(), Trouble> {
    let clock: &Arc<dyn AdvanceClock> = console
        .advance
        .as_ref()
        .ok_or_else(|| Trouble::Conflict("This world's clock cannot be moved.".to_owned()))?;
    if by <= TimeDelta::zero() || by > MAX {
        let rule = "The clock moves forward only, by ten years at most.";
        return Err(Trouble::Invalid(rule.to_owned()));
    }
    clock.advance(by);
    Ok(())
}

/// The section the form was sent from. Only known addresses, never the header's own text.
fn came_from(headers: &HeaderMap) -> &'static str {
    let referer = headers.get(header::REFERER).and_then(|it| it.to_str().ok()).unwrap_or("");
    let path = referer.splitn(4, '/').nth(3).unwrap_or("");
    match path.split(['/', '?']).next() {
        Some("accounts") => "/accounts",
        Some("mail") => "/mail",
        Some("faults") => "/faults",
        _ => "/",
    }
}
