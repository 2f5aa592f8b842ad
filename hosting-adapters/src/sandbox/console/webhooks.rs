//! How the shop is told about payments.

use std::time::Duration;

use axum::{Form, extract::State, response::Redirect};
use serde::{Deserialize, Serialize};

use super::{
    Console, Done,
    failure::Trouble,
    html::{self, Esc},
};
use crate::midtrans::sandbox::{Body, Delivery, Order, WebhookSwitches};

/// Deliveries listed on the page, newest first.
const DELIVERIES: usize = 20;
/// Limits of the switches.
const MAX_DELAY: u64 = 3_600;
const MAX_COPIES: u32 = 20;

/// The switches and the latest deliveries, below the payments.
pub(super) fn sections(console: &Console) -> String {
    let deliveries = console.midtrans.deliveries();
    let rows: Vec<String> = deliveries.iter().rev().take(DELIVERIES).map(row).collect();
    let heads = ["Order", "State told", "The shop's answer"];
    format!(
        "<section><h2>Notifications</h2>{}</section><section><h2>Latest notifications</h2>{}</section>",
        form(&read(console)),
        html::table(&heads, &rows, "Nothing was sent yet.")
    )
}

fn row(delivery: &Delivery) -> String {
    let answer = match delivery.http_status {
        Some(status @ 200..=299) => html::badge("good", &status.to_string()),
        Some(status) => html::badge("bad", &status.to_string()),
        None => html::badge("bad", "no answer"),
    };
    let (order, told) = (Esc(&delivery.order_id), Esc(&delivery.transaction_status));
    format!("<tr><td><code>{order}</code></td><td>{told}</td><td>{answer}</td></tr>")
}

/// The webhook switches, as forms and JSON know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Webhooks {
    /// Whether notifications are sent at all.
    on: bool,
    /// How long each one waits first, seconds.
    delay_seconds: u64,
    /// How often each one is sent.
    copies: u32,
    /// `as_it_happened` or `pending_last`.
    order: Order,
    /// `genuine`, `tampered`, `status_edited` or `forged`.
    body: Body,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self::from(WebhookSwitches::default())
    }
}

impl From<WebhookSwitches> for Webhooks {
    fn from(set: WebhookSwitches) -> Self {
        let WebhookSwitches { on, delay, copies, order, body } = set;
        Self { on, delay_seconds: delay.as_secs(), copies, order, body }
    }
}

/// How the shop is told at present.
pub(super) fn read(console: &Console) -> Webhooks {
    console.midtrans.webhooks().into()
}

/// Sets how the shop is told.
pub(super) fn set(console: &Console, set: Webhooks) -> Result<(), Trouble> {
    if set.delay_seconds > MAX_DELAY || !(1..=MAX_COPIES).contains(&set.copies) {
        let rule =
            format!("A delay is at most {MAX_DELAY} seconds, and copies are 1 to {MAX_COPIES}.");
        return Err(Trouble::Invalid(rule));
    }
    console.midtrans.set_webhooks(WebhookSwitches {
        on: set.on,
        delay: Duration::from_secs(set.delay_seconds),
        copies: set.copies,
        order: set.order,
        body: set.body,
    });
    Ok(())
}

fn form(set: &Webhooks) -> String {
    let order = match set.order {
        Order::AsItHappened => "as_it_happened",
        Order::PendingLast => "pending_last",
    };
    let body = match set.body {
        Body::Genuine => "genuine",
        Body::Tampered => "tampered",
        Body::StatusEdited => "status_edited",
        Body::Forged => "forged",
    };
    let orders = [("as_it_happened", "as it happened"), ("pending_last", "“pending” comes last")];
    let bodies = [
        ("genuine", "genuine"),
        ("tampered", "amount changed after signing"),
        ("status_edited", "unsigned state changed to paid"),
        ("forged", "signed with another key"),
    ];
    format!(
        "<form method=\"post\" action=\"/webhooks\">{}\
         <label>Delay, seconds <input type=\"number\" name=\"delay_seconds\" min=\"0\" max=\"{MAX_DELAY}\" \
         value=\"{}\" required></label>\
         <label>Copies <input type=\"number\" name=\"copies\" min=\"1\" max=\"{MAX_COPIES}\" value=\"{}\" \
         required></label>{}{}<button>Switch</button></form>",
        html::checkbox("on", "sent", set.on),
        set.delay_seconds,
        set.copies,
        html::select("order", "Order", orders.into_iter(), order),
        html::select("body", "Content", bodies.into_iter(), body)
    )
}

/// Forms send `on=on` or nothing.
#[derive(Debug, Deserialize)]
pub(super) struct WebhookForm {
    on: Option<String>,
    delay_seconds: u64,
    copies: u32,
    order: Order,
    body: Body,
}

pub(super) async fn submit(State(console): State<Console>, Form(form): Form<WebhookForm>) -> Done {
    let WebhookForm { on, delay_seconds, copies, order, body } = form;
    set(&console, Webhooks { on: on.is_some(), delay_seconds, copies, order, body })?;
    Ok(Redirect::to("/"))
}
