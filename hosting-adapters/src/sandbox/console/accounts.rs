//! Panel accounts.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use serde::Deserialize;

use super::{
    Answer, Console, Done,
    failure::Trouble,
    html::{self, Esc, Segment},
};
use crate::cpanel::sandbox::{Lock, SandboxAccount};

pub(super) async fn page(State(console): State<Console>) -> Answer {
    let rows: Vec<String> = console.whm.accounts().iter().map(row).collect();
    let heads = ["Account", "Domain", "Package", "State", "Made", "Suspend by hand"];
    let table = html::table(&heads, &rows, "No account has been made yet.");
    Ok(console.page("/accounts", "Panel accounts", format!("<section>{table}</section>")))
}

fn row(account: &SandboxAccount) -> String {
    let state = match &account.suspended {
        None => html::badge("good", "active"),
        Some(it) => {
            let locked = if it.locked { ", locked" } else { "" };
            let badge = html::badge("bad", "suspended");
            format!("{badge}<br><span class=\"soft\">{}{locked}</span>", Esc(&it.reason))
        }
    };
    let by_hand = format!(
        "<form method=\"post\" action=\"/accounts/{}/suspend\">\
         <label>Reason <input name=\"reason\" value=\"Spam\" maxlength=\"200\" required></label>{}\
         <button>Suspend</button></form>",
        Segment(&account.username),
        html::checkbox("locked", "locked", true)
    );
    format!(
        "<tr><td><code>{}</code><br><span class=\"soft\">of {}</span></td><td>{}</td><td>{}</td>\
         <td>{state}</td><td>{}</td><td>{by_hand}</td></tr>",
        Esc(&account.username),
        Esc(&account.owner),
        Esc(&account.domain),
        Esc(&account.package),
        html::instant(account.started_at)
    )
}

/// What an abuse desk fills in. Forms send `locked=on`.
#[derive(Debug, Deserialize)]
pub(super) struct Suspension {
    reason: String,
    locked: Option<String>,
}

pub(super) async fn submit(
    State(console): State<Console>,
    Path(username): Path<String>,
    Form(form): Form<Suspension>,
) -> Done {
    let lock = if form.locked.is_some() { Lock::Locked } else { Lock::Open };
    suspend(&console, &username, &form.reason, lock)?;
    Ok(Redirect::to("/accounts"))
}

/// Suspends an account as an abuse desk would.
pub(super) fn suspend(
    console: &Console,
    username: &str,
    reason: &str,
    lock: Lock,
) -> Result<(), Trouble> {
    let reason: String = reason.trim().chars().filter(|it| !it.is_control()).take(200).collect();
    if reason.is_empty() {
        return Err(Trouble::Invalid("A suspension has a reason.".to_owned()));
    }
    if console.whm.suspend_by_hand(username, &reason, lock) {
        Ok(())
    } else {
        Err(Trouble::Missing(format!("There is no account {username}.")))
    }
}
