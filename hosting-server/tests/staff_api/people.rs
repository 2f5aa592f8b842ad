//! Customers and users, as staff make, change and shut them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::Request,
};
use hosting_core::{
    change::{ChangeSet, Receipt},
    decide::{Context, access},
    kernel::PageRequest,
    model::{Actor, DomainEvent, Job, MailKind, Permission, Role, User, access::PasswordHash},
    port::{Store, StoreError, store::TaskFilter},
    service::access as service,
    stand_before_commits,
};
use hosting_server::{auth::token, http};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use tower::ServiceExt;

use crate::office::Office;

const PASSWORD: &str = "correct horse battery";

/// Somebody's program.
struct Program {
    user: User,
    key: String,
}

/// A program of a new staff member, which may do what `scopes` say.
async fn program(office: &Office, role: Role, name: &str, scopes: &[Permission]) -> Program {
    let ports = office.app.ports();
    let wish = access::NewStaff {
        email: format!("{name}@example.com").parse().unwrap(),
        name: name.to_owned(),
        role,
        password_hash: PasswordHash::new("nobody's"),
        locale: "en".to_owned(),
    };
    let user = service::create_staff(ports, &Actor::System, &wish, None).await.unwrap();
    let fresh = token::fresh(&*ports.entropy);
    let wish = access::NewApiKey {
        id: Context::new(ports.mint(), &Actor::System).id(),
        name: name.to_owned(),
        secret_hash: fresh.hash.clone(),
        scopes: scopes.to_vec(),
        expires_at: None,
    };
    let key = service::create_api_key(ports, &Actor::System, user.id, &wish).await.unwrap();
    Program { user, key: format!("Bearer {}", token::key_text(key.id, &fresh)) }
}

async fn staff(office: &Office, role: Role, name: &str) -> Program {
    program(office, role, name, role.permissions()).await
}

/// What `router` answers: the status and the body.
async fn send(
    router: &Router,
    key: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
    if !key.is_empty() {
        request = request.header("authorization", key);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |it| Body::from(it.to_string()));
    let mut request = request.body(body).unwrap();
    let peer: std::net::SocketAddr = "192.0.2.9:4000".parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = to_bytes(body, 1 << 22).await.unwrap();
    (parts.status.as_u16(), serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

impl Program {
    async fn send(
        &self,
        office: &Office,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        send(&http::router(&office.app), &self.key, method, path, body).await
    }

    async fn get(&self, office: &Office, path: &str) -> (u16, Value) {
        self.send(office, "GET", path, None).await
    }

    async fn post(&self, office: &Office, path: &str, body: Value) -> (u16, Value) {
        self.send(office, "POST", path, Some(body)).await
    }
}

fn wish(email: &str) -> Value {
    json!({
        "email": email, "name": "Dewi", "phone": "+62 812 3456 7891", "tax_id": "0012345678901000",
        "address": { "line1": "Jl. Anggrek 2", "city": "Solo", "country": "ID" },
    })
}

/// The token in the newest invitation.
async fn invitation(office: &Office) -> String {
    let tasks = office.shop.store.tasks(&TaskFilter::default(), &PageRequest::first(200)).await;
    let ports = office.app.ports();
    let found = tasks.unwrap().items.into_iter().find_map(|it| match it.job {
        Job::MailUser { kind: MailKind::Invitation, user_id, token: Some(token) } => {
            Some(ports.secrets.open(&token, &service::token_place(user_id)).unwrap())
        }
        _ => None,
    });
    found.expect("an invitation").expose().to_owned()
}

async fn guest(office: &Office, path: &str, body: Value) -> u16 {
    send(&http::router(&office.app), "", "POST", path, Some(body)).await.0
}

async fn log_in(office: &Office, email: &str) -> u16 {
    guest(office, "/auth/login", json!({ "email": email, "password": PASSWORD })).await
}

#[tokio::test]
async fn a_customer_made_by_staff_chooses_the_password_with_the_mailed_link() {
    let office = Office::open().await;
    let clerk = staff(&office, Role::Billing, "clerk").await;
    let (status, made) = clerk.post(&office, "/admin/customers", wish("dewi@example.com")).await;
    assert_eq!((status, &made["email"]), (201, &json!("dewi@example.com")), "{made}");
    assert_eq!(made["users"][0]["has_password"], false);
    assert_eq!(log_in(&office, "dewi@example.com").await, 401);
    let events = office.journal().await;
    let fact = events.iter().find(|it| {
        matches!(it.body, DomainEvent::CustomerCreated { user_id: Some(_) })
            && it.subject.as_str() == made["id"].as_str().unwrap()
    });
    let by = clerk.user.id;
    assert!(matches!(&fact.unwrap().actor, Actor::ApiKey { user_id, .. } if *user_id == by));

    let chosen = json!({ "token": invitation(&office).await, "password": PASSWORD });
    let confirm = "/auth/password-reset/confirm";
    assert_eq!(guest(&office, confirm, chosen.clone()).await, 204);
    assert_eq!(log_in(&office, "dewi@example.com").await, 200);
    assert_eq!(guest(&office, confirm, chosen).await, 422, "it works once");

    let (status, taken) = clerk.post(&office, "/admin/customers", wish("dewi@example.com")).await;
    assert_eq!((status, &taken["errors"][0]["pointer"]), (422, &json!("/email")));
    let helper = staff(&office, Role::Support, "helper").await;
    let (status, _) = helper.post(&office, "/admin/customers", wish("tono@example.com")).await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn a_customers_data_changes_at_the_version_that_was_seen() {
    let office = Office::open().await;
    let made = office.post("/customers", wish("dewi@example.com")).await.expect(201);
    let path = format!("/customers/{}", made["id"].as_str().unwrap());
    let first = office.get(&path).await;
    assert_eq!(first.headers["etag"], "\"1\"");
    let body = json!({ "version": 1, "name": "Dewi Lestari", "phone": null, "locale": "en" });
    let changed = office.patch(&path, body.clone()).await.expect(200);
    assert_eq!((&changed["version"], &changed["phone"]), (&json!(2), &Value::Null), "{changed}");
    assert_eq!(changed["tax_id"], "0012345678901000", "what is not said stays");
    assert_eq!(changed["users"][0]["name"], "Dewi", "the user's name is theirs");
    assert_eq!(office.patch(&path, body).await.status, 409, "somebody saved meanwhile");
    let late = json!({ "name": "Nobody" });
    let stale = office.call("PATCH", &path, &[("if-match", "\"1\"")], Some(&late)).await;
    assert_eq!(stale.status, 412);
    assert_eq!(office.patch(&path, late).await.pointers(), ["/version"]);
    let wish = json!({ "version": 2, "name": "Dewi", "address": {
        "line1": "Jl. Anggrek 2", "city": "Solo", "country": "ID" } });
    let cases = [
        ("/name", json!("")),
        ("/kind", json!("company-like")),
        ("/address/country", json!("Indonesia")),
        ("/address/city", json!("two\nlines")),
        ("/locale", json!("fr")),
    ];
    let mut body = wish.clone();
    body["kind"] = json!("individual");
    body["locale"] = json!("id");
    office.refuses("PATCH", &path, &body, &cases).await;
    let company = json!({ "version": 2, "kind": "company" });
    assert_eq!(office.patch(&path, company).await.pointers(), ["/company"]);
    let fields = office.journal().await.into_iter().rev().find_map(|it| match it.body {
        DomainEvent::CustomerUpdated { fields } => Some(fields),
        _ => None,
    });
    assert_eq!(fields.unwrap(), ["name", "phone", "locale"]);
    let nobody = "/customers/cus_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    assert_eq!(office.patch(nobody, json!({ "version": 1 })).await.status, 404);
}

#[tokio::test]
async fn users_of_a_customer_are_added_and_found() {
    let office = Office::open().await;
    let made = office.post("/customers", wish("dewi@example.com")).await.expect(201);
    let id = made["id"].as_str().unwrap();
    let path = format!("/customers/{id}/users");
    let tono = json!({ "email": "tono@example.com", "name": "Tono" });
    let added = office.post(&path, tono.clone()).await.expect(201);
    assert_eq!(office.post(&path, tono).await.pointers(), ["/email"]);
    let listed = office.get(&path).await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(listed["items"][0]["id"], added["id"], "newest first");
    let nobodys = "/customers/cus_01ARZ3NDEKTSV4RRFFQ69G5FAV/users";
    assert_eq!(office.get(nobodys).await.status, 404);

    let boss = staff(&office, Role::Admin, "boss").await;
    for (query, expected) in [
        (format!("customer_id={id}"), 2),
        (format!("customer_id={id}&role=customer"), 2),
        (format!("customer_id={id}&role=admin"), 0),
        ("email=tono@example.com".to_owned(), 1),
        (format!("email=tono@example.com&customer_id={id}"), 1),
        ("email=tono@example.com&role=support".to_owned(), 0),
        ("email=nobody@example.com".to_owned(), 0),
        ("role=admin".to_owned(), 2),
    ] {
        let (status, page) = boss.get(&office, &format!("/users?{query}")).await;
        let found = page["items"].as_array().map(Vec::len);
        assert_eq!((status, found), (200, Some(expected)), "{query}: {page}");
    }
}

#[tokio::test]
async fn a_new_role_holds_at_once_and_support_manages_nobody() {
    let office = Office::open().await;
    let boss = staff(&office, Role::Admin, "boss").await;
    let sari = program(&office, Role::Support, "sari", Role::Support.permissions()).await;
    let role = format!("/users/{}/role", sari.user.id);
    let disable = format!("/users/{}/disable", boss.user.id);
    assert_eq!(sari.post(&office, &role, json!({ "role": "admin" })).await.0, 403);
    assert_eq!(sari.send(&office, "POST", &disable, None).await.0, 403);
    assert_eq!(sari.get(&office, "/users").await.0, 403);
    assert_eq!(sari.get(&office, "/admin/servers").await.0, 200);

    let (status, changed) = boss.post(&office, &role, json!({ "role": "billing" })).await;
    assert_eq!((status, &changed["role"]), (200, &json!("billing")), "{changed}");
    assert_eq!(sari.get(&office, "/admin/servers").await.0, 403, "the old role is gone at once");
    let events = office.journal().await;
    let told = DomainEvent::UserRoleChanged { from: Role::Support, to: Role::Billing };
    let fact = events.iter().find(|it| it.body == told).unwrap();
    let by = boss.user.id;
    assert!(matches!(&fact.actor, Actor::ApiKey { user_id, .. } if *user_id == by));

    for (wrong, status) in [("customer", 422), ("owner", 422)] {
        let refused = boss.post(&office, &role, json!({ "role": wrong })).await;
        assert_eq!(refused.0, status, "{wrong}: {}", refused.1);
        assert_eq!(refused.1["errors"][0]["pointer"], "/role");
    }
    let nobody = "/users/usr_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let raise = json!({ "role": "admin" });
    assert_eq!(boss.post(&office, &format!("{nobody}/role"), raise.clone()).await.0, 404);
    for path in ["sessions", "api-keys"] {
        assert_eq!(boss.get(&office, &format!("{nobody}/{path}")).await.0, 404, "{path}");
    }
    let narrow = program(&office, Role::Admin, "narrow", &[Permission::UsersManage]).await;
    let refused = narrow.post(&office, &role, raise).await;
    assert_eq!(refused.0, 403, "a key gives away no more than it holds: {}", refused.1);
}

#[tokio::test]
async fn sessions_are_ended_and_keys_revoked_by_an_admin() {
    let office = Office::open().await;
    let boss = staff(&office, Role::Admin, "boss").await;
    let sari = staff(&office, Role::Support, "sari").await;
    let wish = access::NewSession {
        token_hash: token::fresh(&*office.app.ports().entropy).hash,
        user_agent: "Browser".to_owned(),
        ip: "192.0.2.1".to_owned(),
    };
    let actor = Actor::User { user_id: sari.user.id };
    let proved = &sari.user.password_hash;
    service::log_in(office.app.ports(), &actor, sari.user.id, proved, None, &wish).await.unwrap();
    let of = |what: &str| format!("/users/{}/{what}", sari.user.id);
    let (_, sessions) = boss.get(&office, &of("sessions")).await;
    assert_eq!(sessions["items"][0]["user_agent"], "Browser");
    let ended = boss.send(&office, "POST", &of("sessions/end"), None).await;
    assert_eq!(ended, (200, json!({ "ended": 1 })));
    assert_eq!(boss.get(&office, &of("sessions")).await.1["items"], json!([]));

    let (_, keys) = boss.get(&office, &of("api-keys")).await;
    let key = &keys["items"][0]["id"];
    let mine = json!({ "api_key_id": "key_01ARZ3NDEKTSV4RRFFQ69G5FAV" });
    assert_eq!(boss.post(&office, &of("api-keys/revoke"), mine).await.0, 404);
    assert_eq!(sari.get(&office, "/auth/me").await.0, 200);
    let revoked = boss.post(&office, &of("api-keys/revoke"), json!({ "api_key_id": key })).await;
    assert_eq!(revoked, (200, json!({ "ended": 1 })));
    assert_eq!(sari.get(&office, "/auth/me").await.0, 401);
    let again = boss.post(&office, &of("api-keys/revoke"), json!({})).await;
    assert_eq!(again, (200, json!({ "ended": 0 })));
}

#[tokio::test]
async fn an_invitation_that_got_lost_is_sent_again() {
    let office = Office::open().await;
    let boss = staff(&office, Role::Admin, "boss").await;
    let wish = json!({ "email": "sari@example.com", "name": "Sari", "role": "support" });
    let (_, made) = boss.post(&office, "/users", wish).await;
    let path = format!("/users/{}/invite", made["id"].as_str().unwrap());
    let first = invitation(&office).await;
    office.shop.clock.advance(chrono::TimeDelta::days(8));
    assert_eq!(boss.send(&office, "POST", &path, None).await.0, 200);
    let chosen = |token: String| json!({ "token": token, "password": PASSWORD });
    let confirm = "/auth/password-reset/confirm";
    assert_eq!(guest(&office, confirm, chosen(first)).await, 422, "too old");
    assert_eq!(guest(&office, confirm, chosen(invitation(&office).await)).await, 204);
    assert_eq!(boss.send(&office, "POST", &path, None).await.0, 409, "they have a password");
}

#[tokio::test]
async fn a_mistyped_address_is_put_right_by_an_admin() {
    let office = Office::open().await;
    let boss = staff(&office, Role::Admin, "boss").await;
    let (_, made) = boss.post(&office, "/admin/customers", wish("rnai@example.com")).await;
    let user = &made["users"][0];
    let path = format!("/users/{}/email", user["id"].as_str().unwrap());
    let right = json!({ "email": "rani@example.com" });
    let clerk = staff(&office, Role::Billing, "clerk").await;
    assert_eq!(clerk.post(&office, &path, right.clone()).await.0, 403);
    let lost = invitation(&office).await;
    office.shop.clock.advance(chrono::TimeDelta::minutes(5));
    let (status, mended) = boss.post(&office, &path, right.clone()).await;
    assert_eq!((status, &mended["email"]), (200, &json!("rani@example.com")));
    assert_eq!(boss.post(&office, &path, right).await.0, 422, "it is that already");
    let taken = json!({ "email": "boss@example.com" });
    assert_eq!(boss.post(&office, &path, taken).await.0, 422, "somebody has it");
    let at = format!("/admin/customers/{}", made["id"].as_str().unwrap());
    let (_, seen) = boss.get(&office, &at).await;
    assert_eq!(seen["email"], "rani@example.com", "invoices go there, too");
    let chosen = |token: String| json!({ "token": token, "password": PASSWORD });
    let confirm = "/auth/password-reset/confirm";
    assert_eq!(guest(&office, confirm, chosen(lost)).await, 422, "it went to somebody else");
    assert_eq!(guest(&office, confirm, chosen(invitation(&office).await)).await, 204);
}

/// A store at which the first two who are about to change a user wait for each other.
#[derive(Debug)]
struct Meeting {
    inner: Arc<dyn Store>,
    both: Barrier,
    come: AtomicUsize,
}

stand_before_commits!(Meeting);

impl Meeting {
    async fn before_commit(&self, changes: ChangeSet) -> Result<Receipt, StoreError> {
        let decides = !changes.users.changed.is_empty();
        if decides && self.come.fetch_add(1, Ordering::SeqCst) < 2 {
            self.both.wait().await;
        }
        self.inner.commit(changes).await
    }
}

async fn role_of(office: &Office, program: &Program) -> Role {
    office.shop.store.user(program.user.id).await.unwrap().unwrap().role
}

#[tokio::test]
async fn of_two_admins_who_demote_each_other_at_once_one_is_left() {
    let office = Office::open().await;
    let (one, two) =
        (staff(&office, Role::Admin, "one").await, staff(&office, Role::Admin, "two").await);
    let first = office.shop.store.user_by_email(&"staff@example.com".parse().unwrap()).await;
    let path = format!("/users/{}/disable", first.unwrap().unwrap().id);
    assert_eq!(one.send(&office, "POST", &path, None).await.0, 200, "only the two are left");

    let meeting = Meeting {
        inner: Arc::clone(&office.shop.store),
        both: Barrier::new(2),
        come: AtomicUsize::new(0),
    };
    let router = office.again_over(Arc::new(meeting));
    let down = || Some(json!({ "role": "support" }));
    let (to_two, to_one) =
        (format!("/users/{}/role", two.user.id), format!("/users/{}/role", one.user.id));
    let (by_one, by_two) = tokio::join!(
        send(&router, &one.key, "POST", &to_two, down()),
        send(&router, &two.key, "POST", &to_one, down()),
    );
    let mut statuses = [by_one.0, by_two.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 403], "{by_one:?} {by_two:?}");
    let mut roles = [role_of(&office, &one).await, role_of(&office, &two).await];
    roles.sort_unstable_by_key(|it| it.as_str());
    assert_eq!(roles, [Role::Admin, Role::Support]);

    // Whoever is left can neither step down nor shut themselves.
    let left = if by_one.0 == 200 { &one } else { &two };
    let own = format!("/users/{}", left.user.id);
    let (status, why) = left.post(&office, &format!("{own}/role"), down().unwrap()).await;
    assert_eq!(status, 409, "{why}");
    assert!(why["detail"].as_str().unwrap().contains("last admin"), "{why}");
    assert_eq!(left.send(&office, "POST", &format!("{own}/disable"), None).await.0, 409);
}
