//! What somebody typed into a form, and what of it does not fit.

use std::{borrow::Borrow, fmt};

use askama::Template;
use axum::{
    extract::{Form, FromRequest, Request},
    http::StatusCode,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{frame::Frame, texts::Texts};
use crate::http::Problem;

/// A form as it was sent.
#[derive(Clone, Default)]
pub(super) struct Typed {
    values: Vec<(String, String)>,
    misfits: Vec<(String, &'static str)>,
    /// What is wrong with all of it.
    pub(super) refusal: Option<String>,
}

/// Forms hold passwords: only the names of their fields are written anywhere.
impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.values.iter().map(|(name, _)| name)).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for Typed {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let form = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(values) = form.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
            _ => Problem::malformed("The form could not be read."),
        })?;
        Ok(Self { values, ..Self::default() })
    }
}

impl Typed {
    /// An empty form, or one filled from what is known.
    pub(super) fn of(values: &[(&str, &str)]) -> Self {
        let values = values.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Self { values: values.collect(), ..Self::default() }
    }

    /// What was typed into `name`; empty when nothing was.
    pub(super) fn get(&self, name: &str) -> &str {
        self.values.iter().find(|(it, _)| it == name).map_or("", |(_, text)| text)
    }

    /// What was typed into `name`, if anything was.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|it| !it.is_empty())
    }

    /// Sets `name`, whatever was typed.
    pub(super) fn set(&mut self, name: &str, text: &str) {
        self.values.retain(|(it, _)| it != name);
        self.values.push((name.to_owned(), text.to_owned()));
    }

    /// Why `name` does not fit; empty when it does.
    pub(super) fn misfit(&self, name: &str) -> &'static str {
        self.misfits.iter().find(|(it, _)| it == name).map_or("", |(_, words)| words)
    }

    /// Whether anything does not fit.
    pub(super) fn has_misfits(&self) -> bool {
        !self.misfits.is_empty()
    }

    /// Notes that `name` does not fit.
    pub(super) fn note(&mut self, name: &str, words: &'static str) {
        self.misfits.push((name.to_owned(), words));
    }

    /// The API's body with these fields: `(name in the form, name in the body)`. What is empty is left
    /// out of it.
    pub(super) fn body<T: DeserializeOwned>(&self, fields: &[(&str, &str)]) -> Result<T, Problem> {
        let mut body = Map::new();
        for (name, pointer) in fields {
            if self.get(name).is_empty() {
                continue;
            }
            let text = Value::String(self.get(name).to_owned());
            match pointer.split_once('/') {
                Some((outer, inner)) => {
                    let outer = body.entry(outer).or_insert_with(|| Value::Object(Map::new()));
                    if let Value::Object(outer) = outer {
                        outer.insert(inner.to_owned(), text);
                    }
                }
                None => {
                    body.insert((*pointer).to_owned(), text);
                }
            }
        }
        serde_json::from_value(Value::Object(body))
            .map_err(|_| Problem::malformed("The form is not complete."))
    }

    /// Takes in what the API says: misfits go to their fields, the rest to the top of the form.
    ///
    /// # Errors
    /// The problem itself when it is no matter of the form.
    pub(super) fn learn(
        &mut self,
        problem: &Problem,
        frame: &Frame,
        fields: &[(&str, &str)],
    ) -> Result<(), Problem> {
        match problem.status() {
            StatusCode::UNPROCESSABLE_ENTITY => {}
            StatusCode::CONFLICT | StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS => {
                self.refusal = Some(super::people::words(problem, frame.lang));
                return Ok(());
            }
            _ => return Err(problem.clone()),
        }
        for error in problem.errors() {
            let pointer = error.pointer.trim_start_matches('/');
            match fields.iter().find(|(_, it)| *it == pointer) {
                Some((name, _)) => self.note(name, expected(frame.t, pointer)),
                None => self.refusal = Some(frame.t.form.misfit.to_owned()),
            }
        }
        Ok(())
    }

    /// One line of text.
    pub(super) fn text(
        &self,
        name: &'static str,
        label: impl Borrow<&'static str>,
        help: Help,
    ) -> Field {
        Field {
            name,
            label: label.borrow(),
            kind: help.kind,
            complete: help.complete,
            hint: help.hint,
            required: help.required,
            value: if help.kind == "password" { String::new() } else { self.get(name).to_owned() },
            misfit: self.misfit(name),
        }
    }
}

/// What would be right, by the name of the field in the API.
fn expected(t: &Texts, pointer: &str) -> &'static str {
    match pointer {
        "email" | "new_email" => t.form.email,
        "password" | "new_password" => t.form.password,
        "current_password" => t.form.wrong_password,
        "phone" => t.form.phone,
        "company" => t.form.company,
        "address/country" => t.form.country,
        "domain" => t.form.domain,
        "token" => t.form.token,
        "reason" => t.form.reason,
        "name" | "address/line1" | "address/city" => t.form.needed,
        _ => t.form.misfit,
    }
}

/// What kind of line it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Help {
    kind: &'static str,
    complete: &'static str,
    hint: &'static str,
    required: bool,
}

impl Help {
    /// A line that must be filled, of an HTML kind, with what browsers may fill in.
    pub(super) const fn must(kind: &'static str, complete: &'static str) -> Self {
        Self { kind, complete, hint: "", required: true }
    }

    /// A line that may stay empty.
    pub(super) const fn may(complete: &'static str) -> Self {
        Self { kind: "text", complete, hint: "", required: false }
    }

    /// With a hint below.
    pub(super) fn hint(mut self, hint: impl Borrow<&'static str>) -> Self {
        self.hint = *hint.borrow();
        self
    }
}

/// A field with its label and what is wrong with it.
#[derive(Debug, Template)]
#[template(path = "part/field.html")]
pub(super) struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    complete: &'static str,
    hint: &'static str,
    required: bool,
    value: String,
    misfit: &'static str,
}

/// Its own template has escaped what was typed.
impl askama::filters::HtmlSafe for Field {}
