//! The customer's own data, password and browsers.

use askama::Template;
use axum::{extract::State, response::Response};
use hosting_core::model::{Customer, Permission, Session, SessionId};
use serde_json::json;

use super::{
    cart::customer_id,
    form::{Help, Typed},
    frame::Frame,
    go, page, page_again,
};
use crate::{
    api::{email, password, profile, sessions},
    auth::{Principal, principal::Proof},
    http::{Access, ApiJson, ApiPath, ApiRoutes, Problem},
    state::AppState,
};

pub(super) fn routes(routes: ApiRoutes) -> ApiRoutes {
    routes
        .page(Access::Session, "/profile", show)
        .form(Access::CustomerOwn(Permission::CustomerProfile), "/profile", change)
        .form(Access::Session, "/profile/email", change_email)
        .form(Access::Session, "/profile/password", change_password)
        .form(Access::Session, "/profile/sessions/{id}", end_session)
}

const FIELDS: [(&str, &str); 11] = [
    ("name", "name"),
    ("kind", "kind"),
    ("company", "company"),
    ("phone", "phone"),
    ("tax_id", "tax_id"),
    ("locale", "locale"),
    ("line1", "address/line1"),
    ("city", "address/city"),
    ("country", "address/country"),
    ("region", "address/region"),
    ("postcode", "address/postcode"),
];
const PASSWORD: [(&str, &str); 2] =
    [("current_password", "current_password"), ("new_password", "new_password")];
/// The password has a name of its own: the page asks for it twice.
const EMAIL: [(&str, &str); 2] =
    [("new_email", "new_email"), ("email_password", "current_password")];

#[derive(Debug, Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    f: Frame,
    email: String,
    form: Typed,
    move_to: Typed,
    secret: Typed,
    sessions: Vec<Session>,
}

impl ProfilePage {
    async fn load(app: &AppState, f: Frame, form: Option<Typed>) -> Result<Self, Problem> {
        let store = &app.ports().store;
        let customer = match customer_id(&f) {
            Some(id) => store.customer(id).await?.map(|it| it.value),
            None => None,
        };
        let me = f.me.as_ref().ok_or_else(Problem::unauthorized)?;
        let mut sessions: Vec<Session> = store
            .live_sessions(me.user_id(), app.ports().now())
            .await?
            .into_iter()
            .map(|it| it.value)
            .collect();
        sessions.sort_by_key(|it| std::cmp::Reverse(it.id));
        let email = me.user().email.to_string();
        let form = form.or_else(|| customer.as_ref().map(known)).unwrap_or_default();
        let (move_to, secret) = (Typed::default(), Typed::default());
        Ok(Self { f, email, form, move_to, secret, sessions })
    }

    fn is_this(&self, session: &Session) -> bool {
        self.f.me.as_ref().is_some_and(|it| it.proof() == Proof::Session(session.id))
    }

    fn speaks(&self, tag: &str) -> bool {
        self.form.get("locale") == tag
    }
}

fn known(it: &Customer) -> Typed {
    let text = |it: &Option<String>| it.clone().unwrap_or_default();
    let phone = it.phone.as_ref().map(ToString::to_string).unwrap_or_default();
    Typed::of(&[
        ("name", &it.name),
        ("company", &text(&it.company)),
        ("phone", &phone),
        ("tax_id", &text(&it.tax_id)),
        ("locale", &it.locale),
        ("line1", &it.address.line1),
        ("city", &it.address.city),
        ("region", &text(&it.address.region)),
        ("postcode", &text(&it.address.postcode)),
        ("country", &it.address.country.to_string()),
    ])
}

async fn show(State(app): State<AppState>, f: Frame) -> Result<Response, Problem> {
    page(&ProfilePage::load(&app, f, None).await?)
}

/// The form shows all of the data, so all of it is sent; an empty line takes away what need not be.
async fn change(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    for name in ["name", "line1", "city", "country"] {
        if form.filled(name).is_none() {
            form.note(name, f.t.form.needed);
        }
    }
    let before =
        app.ports().store.customer(customer_id(&f).ok_or_else(Problem::not_found)?).await?;
    let before = before.ok_or_else(Problem::not_found)?.value;
    let optional = |name: &str| form.filled(name).map(str::to_owned);
    let kind = if optional("company").is_some() { "company" } else { "individual" };
    let body = json!({
        "name": form.get("name"),
        "kind": kind,
        "company": optional("company"),
        "phone": optional("phone"),
        "tax_id": optional("tax_id"),
        "locale": form.get("locale"),
        "address": {
            "line1": form.get("line1"),
            // The form has no line for it; it stays.
            "line2": before.address.line2,
            "city": form.get("city"),
            "region": optional("region"),
            "postcode": optional("postcode"),
            "country": form.get("country").trim().to_uppercase(),
        },
    });
    let body = serde_json::from_value(body)
        .map_err(|_| Problem::malformed("The form is not complete."))?;
    let problem = if form.has_misfits() {
        Problem::invalid(Vec::new())
    } else {
        match profile::change(State(app.clone()), me, ApiJson(body)).await {
            Ok(_) => return Ok(go("/profile?ok=saved")),
            Err(problem) => problem,
        }
    };
    form.learn(&problem, &f, &FIELDS)?;
    page_again(&problem, &ProfilePage::load(&app, f, Some(form)).await?)
}

async fn change_email(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    for (name, _) in EMAIL {
        if form.filled(name).is_none() {
            form.note(name, f.t.form.needed);
        }
    }
    let problem = if form.has_misfits() {
        Problem::invalid(Vec::new())
    } else {
        match email::change(State(app.clone()), me, ApiJson(form.body(&EMAIL)?)).await {
            Ok(_) => return Ok(go("/profile?ok=email")),
            Err(problem) => problem,
        }
    };
    form.learn(&problem, &f, &EMAIL)?;
    let mut shown = ProfilePage::load(&app, f, None).await?;
    shown.move_to = form;
    page_again(&problem, &shown)
}

async fn change_password(
    State(app): State<AppState>,
    me: Principal,
    f: Frame,
    mut form: Typed,
) -> Result<Response, Problem> {
    for (name, _) in PASSWORD {
        if form.filled(name).is_none() {
            form.note(name, f.t.form.needed);
        }
    }
    let problem = if form.has_misfits() {
        Problem::invalid(Vec::new())
    } else {
        match password::change(State(app.clone()), me, ApiJson(form.body(&PASSWORD)?)).await {
            Ok(_) => return Ok(go("/profile?ok=password")),
            Err(problem) => problem,
        }
    };
    form.learn(&problem, &f, &PASSWORD)?;
    let mut shown = ProfilePage::load(&app, f, None).await?;
    shown.secret = form;
    page_again(&problem, &shown)
}

async fn end_session(
    State(app): State<AppState>,
    me: Principal,
    ApiPath(id): ApiPath<SessionId>,
) -> Result<Response, Problem> {
    sessions::revoke(State(app), me, ApiPath(id)).await?;
    Ok(go("/profile?ok=ended"))
}
