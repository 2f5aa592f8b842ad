//! Every route, as everybody.

use axum::{Json, http::StatusCode};
use hosting_core::{
    change::{ChangeSet, NewTask},
    model::{Job, MailKind, Permission, Role, TaskId},
};
use hosting_server::{
    api,
    auth::{Principal, Reach},
    http::{self, Access, ApiRoutes, Problem},
};
use serde_json::json;
use utoipa_axum::routes;

use crate::shop::{Caller, Shop, app};

/// Says whose things the caller may see, for routes that only tests have.
fn reach(me: &Principal) -> Json<serde_json::Value> {
    let reach = match me.reach() {
        Reach::Everybody => "everybody".to_owned(),
        Reach::Own(id) => id.to_string(),
        Reach::Nobody => "nobody".to_owned(),
    };
    Json(json!({ "reach": reach }))
}

#[utoipa::path(get, path = "/api/v1/test/own", responses((status = 200)))]
async fn own(me: Principal) -> Json<serde_json::Value> {
    reach(&me)
}

#[utoipa::path(get, path = "/api/v1/test/own-or", responses((status = 200)))]
async fn own_or(me: Principal) -> Json<serde_json::Value> {
    reach(&me)
}

#[utoipa::path(get, path = "/api/v1/test/needs", responses((status = 200)))]
async fn needs(me: Principal) -> Json<serde_json::Value> {
    reach(&me)
}

fn with_examples(routes: ApiRoutes) -> ApiRoutes {
    let (mine, all) = (Permission::CustomerInvoicesView, Permission::InvoicesView);
    routes
        .route(Access::CustomerOwn(mine), routes!(own))
        .route(Access::OwnOr(mine, all), routes!(own_or))
        .route(Access::Needs(all), routes!(needs))
}

fn expected(access: Access, who: Option<Role>, by_session: bool) -> Option<StatusCode> {
    let Some(role) = who else {
        let open = matches!(access, Access::Public | Access::Signed);
        return (!open).then_some(StatusCode::UNAUTHORIZED);
    };
    let customer = role == Role::Customer;
    let admitted = match access {
        Access::Public | Access::Signed | Access::LoggedIn => true,
        Access::Session => by_session,
        Access::Needs(all) => role.holds(all),
        Access::CustomerOwn(mine) => customer && role.holds(mine),
        Access::OwnOr(mine, all) => role.holds(all) || (customer && role.holds(mine)),
    };
    (!admitted).then_some(StatusCode::FORBIDDEN)
}

async fn try_all(shop: &Shop, who: Option<Role>, caller: &Caller<'_>, by_session: bool) -> usize {
    let routes = with_examples(api::routes(&shop.app));
    let registered = routes.registered().to_vec();
    let stack = http::stack(&shop.app, routes);
    for route in &registered {
        // Logging the caller out would spoil the rest of the walk.
        if route.path.ends_with("/logout") && who.is_some() && by_session {
            continue;
        }
        let path = route.path.replace("{id}", "nothing");
        let body = (route.method != "GET").then(|| "{}".to_owned());
        let answer = caller.send_to(&stack, &route.method, &path, body).await;
        let name = format!("{} {} as {who:?}: {}", route.method, route.path, answer.body);
        match expected(route.access, who, by_session) {
            Some(refused) => assert_eq!(answer.status, refused, "{name}"),
            None => assert!(
                ![StatusCode::FORBIDDEN, StatusCode::INTERNAL_SERVER_ERROR]
                    .contains(&answer.status)
                    && (answer.status != StatusCode::UNAUTHORIZED
                        || route.path.ends_with("/login")),
                "{name}"
            ),
        }
    }
    registered.len()
}

#[tokio::test]
async fn every_route_admits_exactly_whom_it_declares() {
    let shop = Shop::open();
    assert!(try_all(&shop, None, &shop.guest(), false).await > 15);
    for role in [Role::Support, Role::Billing, Role::Admin] {
        let user = shop.staff(role).await;
        try_all(&shop, Some(role), &shop.browser(&user).await, true).await;
        let program = shop.program(&user, role.permissions()).await;
        try_all(&shop, Some(role), &program, false).await;
    }
    let rani = shop.customer("rani@example.com").await;
    try_all(&shop, Some(Role::Customer), &shop.browser(&rani).await, true).await;
    let program = shop.program(&rani, Role::Customer.permissions()).await;
    try_all(&shop, Some(Role::Customer), &program, false).await;
}

#[tokio::test]
async fn staff_see_everybodys_things_and_customers_their_own() {
    let shop = Shop::open();
    let router = http::stack(&shop.app, with_examples(ApiRoutes::new(&shop.app)));
    let rani = shop.customer("rani@example.com").await;
    let billing = shop.staff(Role::Billing).await;
    let (rani_browser, staff) = (shop.browser(&rani).await, shop.browser(&billing).await);
    let own = rani.customer_id.unwrap().to_string();
    for (caller, path, reach) in [
        (&rani_browser, "/api/v1/test/own", own.as_str()),
        (&rani_browser, "/api/v1/test/own-or", own.as_str()),
        (&staff, "/api/v1/test/own-or", "everybody"),
        (&staff, "/api/v1/test/needs", "everybody"),
    ] {
        let answer = caller.send_to(&router, "GET", path, None).await;
        assert_eq!(answer.json()["reach"], reach, "{path}");
    }
}

#[tokio::test]
async fn a_key_does_no_more_than_its_scopes() {
    let shop = Shop::open();
    let admin = shop.staff(Role::Admin).await;
    let narrow = shop.program(&admin, &[Permission::OrdersView]).await;
    assert_eq!(narrow.get("/api/v1/users").await.status, StatusCode::FORBIDDEN);
    let wide = shop.program(&admin, &[Permission::UsersView]).await;
    assert_eq!(wide.get("/api/v1/users").await.status, StatusCode::OK);
    let me = wide.get("/api/v1/auth/me").await.json();
    assert_eq!(me["permissions"], json!(["users-view"]));
}

#[tokio::test]
async fn a_handler_without_a_gate_fails_closed() {
    async fn forgotten(_: Principal) -> &'static str {
        "everything"
    }
    let (app, _) = app(&[], 0);
    let shop = Shop::open();
    let router =
        axum::Router::new().route("/forgotten", axum::routing::get(forgotten)).with_state(app);
    let answer = shop.guest().send_to(&router, "GET", "/forgotten", None).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!answer.body.contains("everything"));
}

#[tokio::test]
async fn what_is_missing_and_what_is_somebody_elses_look_alike() {
    let shop = Shop::open();
    let (rani, budi) =
        (shop.customer("rani@example.com").await, shop.customer("budi@example.com").await);
    let sessions = shop.browser(&budi).await.get("/api/v1/auth/sessions").await.json();
    let id = sessions["items"][0]["id"].as_str().unwrap().to_owned();
    let browser = shop.browser(&rani).await;
    let theirs = browser.delete(&format!("/api/v1/auth/sessions/{id}")).await;
    let nobodys = browser.delete("/api/v1/auth/sessions/ses_01ARZ3NDEKTSV4RRFFQ69G5FAV").await;
    assert_eq!((theirs.status, theirs.body), (nobodys.status, nobodys.body));
    assert_eq!(theirs.status, StatusCode::NOT_FOUND);
    assert_eq!(Problem::not_found().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_document_names_the_access_of_every_operation() {
    let shop = Shop::open();
    let document = shop.guest().get("/api/openapi.json").await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut operations = 0;
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values().filter(|it| it.is_object()) {
            assert!(operation["x-access"].is_string(), "{operation}");
            assert!(operation["security"].is_array(), "{operation}");
            operations += 1;
        }
    }
    assert_eq!(operations, api::routes(&shop.app).registered().len());
    assert!(document["components"]["securitySchemes"]["api_key"].is_object());
}

#[tokio::test]
async fn to_see_is_not_to_change() {
    let shop = Shop::open();
    let routes = api::routes(&shop.app).with(hosting_server::pages::routes);
    let sees = |it: Permission| it.as_str().ends_with("-view");
    let mut looked_at = 0;
    for route in routes.registered().iter().filter(|it| it.method != "GET") {
        let by_seeing = match route.access {
            Access::Needs(it) | Access::CustomerOwn(it) => sees(it),
            Access::OwnOr(own, all) => sees(own) || sees(all),
            Access::Public | Access::Signed | Access::LoggedIn | Access::Session => false,
        };
        assert!(!by_seeing, "{} {} is admitted by {:?}", route.method, route.path, route.access);
        looked_at += 1;
    }
    assert!(looked_at > 40, "{looked_at}");

    let rani = shop.customer("rani@example.com").await;
    let views: Vec<_> =
        Role::Customer.permissions().iter().copied().filter(|it| sees(*it)).collect();
    let program = shop.program(&rani, &views).await;
    for path in [
        "/api/v1/carts/nothing/checkout",
        "/api/v1/orders/nothing/cancel",
        "/api/v1/invoices/nothing/payments",
        "/api/v1/payments/nothing/cancel",
        "/api/v1/subscriptions/nothing/cancel",
        "/api/v1/subscriptions/nothing/keep",
        "/api/v1/subscriptions/nothing/login",
        "/api/v1/subscriptions/nothing/password-reset",
    ] {
        assert_eq!(program.post(path, json!({})).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(program.get("/api/v1/orders").await.status, StatusCode::OK);
}

async fn queued(shop: &Shop, job: Job) -> TaskId {
    let task = NewTask::new(&shop.app.mint(), format!("test/{}", job.action()), job);
    let mut changes = ChangeSet::default();
    let id = task.id;
    changes.task(task);
    shop.store().commit(changes).await.unwrap();
    id
}

#[tokio::test]
async fn who_touches_a_task_may_do_what_the_task_does() {
    let shop = Shop::open();
    let mint = shop.app.mint();
    let payment = Job::AskPayment { payment_id: mint.id() };
    let panel = Job::SyncAccount { subscription_id: mint.id() };
    let mail = Job::MailUser { kind: MailKind::PasswordChanged, user_id: mint.id(), token: None };
    let (support, billing) = (shop.staff(Role::Support).await, shop.staff(Role::Billing).await);
    let (support, billing) = (shop.browser(&support).await, shop.browser(&billing).await);
    for (job, by_support, by_billing) in [
        (payment, StatusCode::FORBIDDEN, StatusCode::OK),
        (panel, StatusCode::OK, StatusCode::FORBIDDEN),
        (mail, StatusCode::OK, StatusCode::OK),
    ] {
        for (caller, expected) in [(&support, by_support), (&billing, by_billing)] {
            let id = queued(&shop, job.clone()).await;
            let path = format!("/api/v1/admin/tasks/{id}");
            let reason = json!({ "reason": "not needed" });
            let withdrawn = caller.post(&format!("{path}/withdraw"), reason.clone()).await;
            assert_eq!(withdrawn.status, expected, "{job:?}: {}", withdrawn.body);
            if expected == StatusCode::FORBIDDEN {
                assert!(withdrawn.json()["detail"].as_str().unwrap().contains("-manage"));
                let admin = shop.staff(Role::Admin).await;
                let admin = shop.browser(&admin).await;
                admin.post(&format!("{path}/withdraw"), reason).await;
            }
            let retried = caller.post(&format!("{path}/retry"), json!({})).await;
            assert_eq!(retried.status, expected, "{job:?}: {}", retried.body);
            let admin = shop.staff(Role::Admin).await;
            let admin = shop.browser(&admin).await;
            admin.post(&format!("{path}/withdraw"), json!({ "reason": "over" })).await;
        }
    }
    for (run, by_support, by_billing) in [
        ("renewals", StatusCode::FORBIDDEN, StatusCode::ACCEPTED),
        ("dunning", StatusCode::FORBIDDEN, StatusCode::ACCEPTED),
        ("housekeeping", StatusCode::FORBIDDEN, StatusCode::ACCEPTED),
        ("endings", StatusCode::ACCEPTED, StatusCode::FORBIDDEN),
    ] {
        for (caller, expected) in [(&support, by_support), (&billing, by_billing)] {
            let path = format!("/api/v1/admin/runs/{run}");
            assert_eq!(caller.post(&path, json!({})).await.status, expected, "{run}");
        }
    }
}
