//! Ordering faults.

use axum::{Form, extract::State, response::Redirect};
use serde::Serialize;

use super::{
    Answer, Console, Done,
    failure::Trouble,
    html::{self, Esc},
};
use crate::{
    cpanel::sandbox::WhmSandbox,
    sandbox::fault::{Fault, FaultRule},
};

/// The servers that faults can be ordered for.
pub(super) const PROVIDERS: [&str; 2] = ["midtrans", WhmSandbox::PROVIDER];
/// The most calls that one order can be for.
const MAX_TIMES: u32 = 10_000;
/// The most orders that can be open at once.
const MAX_RULES: usize = 1_000;

pub(super) async fn page(State(console): State<Console>) -> Answer {
    let rows: Vec<String> = console.faults.pending().iter().map(row).collect();
    let table = html::table(
        &["Server", "Call contains", "What goes wrong", "Calls left"],
        &rows,
        "Nothing is ordered: every call works.",
    );
    let clear = if rows.is_empty() {
        String::new()
    } else {
        html::post_button("/faults/clear", "Take everything back", &[])
    };
    let body = format!(
        "<section><h2>Order a fault</h2>{}</section><section><h2>Ordered</h2>{table}{clear}</section>",
        form()
    );
    Ok(console.page("/faults", "Faults", body))
}

fn row(rule: &FaultRule) -> String {
    let call = if rule.call.is_empty() { "any" } else { &rule.call };
    format!(
        "<tr><td>{}</td><td><code>{}</code></td><td>{}</td><td class=\"number\">{}</td></tr>",
        Esc(&rule.provider),
        Esc(call),
        Esc(meaning(rule.fault)),
        rule.times
    )
}

fn form() -> String {
    let providers = PROVIDERS.into_iter().map(|it| (it, it));
    let names: Vec<(String, &str)> = Fault::ALL.map(|it| (name(it), meaning(it))).into();
    let faults = names.iter().map(|(name, meaning)| (name.as_str(), *meaning));
    format!(
        "<form method=\"post\" action=\"/faults\">{}\
         <label>Call contains <input name=\"call\" maxlength=\"100\" \
         placeholder=\"any, or createacct, /v2/charge …\"></label>{}\
         <label>Calls <input type=\"number\" name=\"times\" min=\"1\" max=\"{MAX_TIMES}\" value=\"1\" \
         required></label><button>Order</button></form>",
        html::select("provider", "Server", providers, PROVIDERS[0]),
        html::select("fault", "What goes wrong", faults, &name(Fault::LoseAnswer))
    )
}

/// The fault's name in forms and JSON.
fn name(fault: Fault) -> String {
    match serde_json::to_value(fault) {
        Ok(serde_json::Value::String(name)) => name,
        // A fieldless enum is written as its name.
        other => unreachable!("a fault is written as a text, not {other:?}"),
    }
}

const fn meaning(fault: Fault) -> &'static str {
    match fault {
        Fault::LoseRequest => "request lost: no effect, no answer",
        Fault::LoseAnswer => "answer lost: effect, no answer",
        Fault::CutBefore => "connection cut before the effect",
        Fault::CutAfter => "connection cut after the effect",
        Fault::Error500 => "error 500, no effect",
        Fault::Error500After => "error 500 after the effect",
        Fault::Malformed => "effect, unreadable success",
        Fault::AuthLost => "credentials refused",
        Fault::Html => "a log-in page instead of an answer",
        Fault::RateLimited => "429, too many requests",
        Fault::Slow => "effect, answer two seconds late",
    }
}

pub(super) async fn submit(State(console): State<Console>, Form(rule): Form<FaultRule>) -> Done {
    order(&console, rule)?;
    Ok(Redirect::to("/faults"))
}

pub(super) async fn clear(State(console): State<Console>) -> Done {
    console.faults.clear();
    Ok(Redirect::to("/faults"))
}

/// Orders a fault.
pub(super) fn order(console: &Console, rule: FaultRule) -> Result<(), Trouble> {
    if !PROVIDERS.contains(&rule.provider.as_str()) {
        return Err(Trouble::Invalid(format!("The servers are {}.", PROVIDERS.join(" and "))));
    }
    if rule.times == 0 || rule.times > MAX_TIMES {
        return Err(Trouble::Invalid(format!("A fault is for 1 to {MAX_TIMES} calls.")));
    }
    if console.faults.pending().len() >= MAX_RULES {
        return Err(Trouble::Conflict("Too many faults are ordered; take some back.".to_owned()));
    }
    console.faults.order(rule);
    Ok(())
}

/// What is ordered, for JSON.
#[derive(Debug, Serialize)]
pub(super) struct Ordered {
    pub(super) faults: Vec<FaultRule>,
}
