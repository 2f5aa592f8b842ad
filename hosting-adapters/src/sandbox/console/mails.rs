//! The inbox.

use axum::{
    Form,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Console, Done,
    failure::{Trouble, TroublePage},
    html::{self, Esc},
};
use crate::sandbox::{ReceivedMail, SmtpSwitches};

/// Mails listed on one page, newest first.
const LISTED: usize = 200;

pub(super) async fn page(State(console): State<Console>) -> Answer {
    let inbox = console.smtp.inbox();
    let rows: Vec<String> = inbox.iter().rev().take(LISTED).map(row).collect();
    let heads = ["Subject", "To", "From", "Taken"];
    let table = html::table(&heads, &rows, "No mail has come yet.");
    let clear = if rows.is_empty() {
        String::new()
    } else {
        html::post_button("/mail/clear", "Empty the inbox", &[])
    };
    let body = format!(
        "<section><h2>Inbox</h2>{table}{clear}</section><section><h2>What goes wrong</h2>{}</section>",
        switches(console.smtp.switches())
    );
    Ok(console.page("/mail", "Mail", body))
}

fn row(mail: &ReceivedMail) -> String {
    let message = mail.message();
    let subject = if message.subject().is_empty() { "(no subject)" } else { message.subject() };
    format!(
        "<tr><td><a href=\"/mail/{}\">{}</a></td><td>{}</td><td>{}</td><td>{}</td></tr>",
        mail.id,
        Esc(subject),
        Esc(mail.to.join(", ")),
        Esc(&mail.from),
        html::instant(mail.received_at)
    )
}

fn switches(set: SmtpSwitches) -> String {
    format!(
        "<form method=\"post\" action=\"/mail/switches\">{}{}{}{}<button>Switch</button></form>",
        html::checkbox("down", "switched off (421)", set.down),
        html::checkbox("reject", "every receiver refused (550)", set.reject),
        html::checkbox("defer", "every receiver put off (451)", set.defer),
        html::checkbox("lose_answer", "mail taken, answer lost", set.lose_answer)
    )
}

pub(super) async fn one(State(console): State<Console>, Path(id): Path<u64>) -> Answer {
    let mail = find(&console, id)?;
    let message = mail.message();
    let headers: Vec<String> = message
        .headers
        .iter()
        .map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", Esc(name), Esc(value)))
        .collect();
    let text = message.text.as_deref().map_or(String::new(), |it| {
        format!("<section><h2>Text</h2><pre>{}</pre></section>", Esc(it))
    });
    let html = message.html.as_ref().map_or(String::new(), |_| {
        format!(
            "<section><h2>HTML</h2><iframe sandbox=\"\" title=\"The mail as HTML\" \
             src=\"/mail/{id}/html\"></iframe></section>"
        )
    });
    let raw = String::from_utf8_lossy(&mail.raw);
    let body = format!(
        "<p><a href=\"/mail\">Inbox</a></p>{text}{html}<section><h2>Headers</h2><dl>{}</dl></section>\
         <section><details><summary>Source</summary><pre>{}</pre></details></section>",
        headers.concat(),
        Esc(raw)
    );
    Ok(console.page("/mail", message.subject(), body))
}

/// The mail's HTML for the frame: it can run nothing, load nothing and send nothing.
pub(super) async fn html(State(console): State<Console>, Path(id): Path<u64>) -> Response {
    let html = match find(&console, id).map(|it| it.message().html) {
        Ok(Some(html)) => html,
        Ok(None) => {
            return TroublePage(Trouble::Missing("The mail has no HTML.".to_owned()))
                .into_response();
        }
        Err(trouble) => return TroublePage(trouble).into_response(),
    };
    let policy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                  frame-ancestors 'self'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, html).into_response()
}

pub(super) async fn clear(State(console): State<Console>) -> Done {
    console.smtp.clear();
    Ok(Redirect::to("/mail"))
}

/// Forms send `on` for a switch that is set and nothing for one that is not.
#[derive(Debug, Deserialize)]
pub(super) struct SwitchForm {
    down: Option<String>,
    reject: Option<String>,
    defer: Option<String>,
    lose_answer: Option<String>,
}

pub(super) async fn switch(State(console): State<Console>, Form(form): Form<SwitchForm>) -> Done {
    console.smtp.set_switches(SmtpSwitches {
        down: form.down.is_some(),
        reject: form.reject.is_some(),
        defer: form.defer.is_some(),
        lose_answer: form.lose_answer.is_some(),
    });
    Ok(Redirect::to("/mail"))
}

/// The mail with that id.
pub(super) fn find(console: &Console, id: u64) -> Result<ReceivedMail, Trouble> {
    let missing = || Trouble::Missing(format!("There is no mail {id}, or no longer."));
    console.smtp.mail(id).ok_or_else(missing)
}

/// A mail as JSON.
#[derive(Debug, Serialize)]
pub(super) struct MailView {
    id: u64,
    received_at: chrono::DateTime<chrono::Utc>,
    from: String,
    to: Vec<String>,
    subject: String,
    headers: Vec<(String, String)>,
    text: Option<String>,
    html: Option<String>,
}

impl From<&ReceivedMail> for MailView {
    fn from(mail: &ReceivedMail) -> Self {
        let message = mail.message();
        Self {
            id: mail.id,
            received_at: mail.received_at,
            from: mail.from.clone(),
            to: mail.to.clone(),
            subject: message.subject().to_owned(),
            headers: message.headers,
            text: message.text,
            html: message.html,
        }
    }
}
