//! What does not fit is named.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::shop::{Shop, registration};
use hosting_core::{kernel::PageRequest, model::Role, port::store::UserFilter};

fn changed(pointer: &str, value: Value) -> Value {
    let mut body = registration("rani@example.com");
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let at = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value == json!("(absent)") {
        at.remove(name)
    } else {
        at.insert(name.to_owned(), value)
    };
    body
}

#[tokio::test]
async fn every_field_of_a_registration_is_checked_and_named() {
    let long = "x".repeat(300);
    let cases: Vec<(&str, Vec<Value>)> = vec![
        (
            "/email",
            vec![
                json!("(absent)"),
                json!(1),
                json!(""),
                json!("rani"),
                json!(format!("{long}@example.com")),
            ],
        ),
        (
            "/password",
            vec![
                json!("(absent)"),
                json!(null),
                json!("short"),
                json!(long),
                json!("aaaaaaaaaaaa"),
            ],
        ),
        (
            "/name",
            vec![json!("(absent)"), json!([]), json!(""), json!("  "), json!(long), json!("a\nb")],
        ),
        ("/kind", vec![json!("robot"), json!(1)]),
        ("/company", vec![json!(long), json!(1)]),
        ("/phone", vec![json!("call me"), json!("+1"), json!(1)]),
        ("/tax_id", vec![json!(long), json!(1)]),
        ("/currency", vec![json!("XXX"), json!("idr?"), json!(1)]),
        ("/locale", vec![json!("fr"), json!(1)]),
        ("/address", vec![json!("(absent)"), json!("Bandung")]),
        ("/address/line1", vec![json!("(absent)"), json!(""), json!(long)]),
        ("/address/line2", vec![json!(long)]),
        ("/address/city", vec![json!("(absent)"), json!(""), json!(long)]),
        ("/address/region", vec![json!(long)]),
        ("/address/postcode", vec![json!(long)]),
        ("/address/country", vec![json!("(absent)"), json!("Indonesia"), json!("ZZ")]),
        ("/unknown", vec![json!(1)]),
        ("/address/unknown", vec![json!(1)]),
    ];
    let shop = Shop::open();
    let mut address = 0_u32;
    for (pointer, values) in cases {
        for value in values {
            // Each from another address: this is not about limits.
            address += 1;
            let guest = shop.guest().from(Box::leak(format!("10.0.0.{address}").into_boxed_str()));
            let answer = guest.post("/api/v1/auth/register", changed(pointer, value.clone())).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{pointer} {value}");
            assert_eq!(answer.pointers(), [pointer], "{value} {}", answer.body);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
        }
    }
    let nothing =
        shop.store().users(&UserFilter::default(), &PageRequest::default()).await.unwrap();
    assert!(nothing.items.is_empty(), "nothing was made");
}

#[tokio::test]
async fn several_faults_are_named_at_once() {
    let shop = Shop::open();
    let mut body = changed("/email", json!("rani"));
    body["phone"] = json!("call me");
    body["address"]["country"] = json!("ZZ");
    let answer = shop.guest().post("/api/v1/auth/register", body).await;
    assert_eq!(answer.pointers(), ["/email", "/phone", "/address/country"]);
}

#[tokio::test]
async fn other_commands_name_their_fields_too() {
    let shop = Shop::open();
    let admin = shop.staff(Role::Admin).await;
    let browser = shop.browser(&admin).await;
    let post = [
        ("/api/v1/auth/login", json!({ "email": "rani", "password": "x" }), "/email"),
        ("/api/v1/auth/login", json!({ "email": "a@example.com" }), "/password"),
        ("/api/v1/auth/verify-email", json!({ "token": "x" }), "/token"),
        ("/api/v1/auth/password-reset", json!({ "email": 1 }), "/email"),
        (
            "/api/v1/auth/password-reset/confirm",
            json!({ "token": "x", "password": "short" }),
            "/password",
        ),
        (
            "/api/v1/auth/password",
            json!({ "current_password": "x", "new_password": "short" }),
            "/new_password",
        ),
        (
            "/api/v1/auth/api-keys",
            json!({ "name": "x", "scopes": ["users-view", "fly"] }),
            "/scopes/1",
        ),
        ("/api/v1/auth/api-keys", json!({ "name": "x", "scopes": [] }), "/scopes"),
        ("/api/v1/auth/api-keys", json!({ "name": "", "scopes": ["users-view"] }), "/name"),
        (
            "/api/v1/auth/api-keys",
            json!({ "name": "x", "scopes": ["users-view"], "expires_at": "soon" }),
            "/expires_at",
        ),
        (
            "/api/v1/auth/api-keys",
            json!({ "name": "x", "scopes": ["users-view"], "expires_at": "2020-01-01T00:00:00Z" }),
            "/expires_at",
        ),
        (
            "/api/v1/users",
            json!({ "email": "a@example.com", "name": "A", "role": "king" }),
            "/role",
        ),
        (
            "/api/v1/users",
            json!({ "email": "a@example.com", "name": "A", "role": "customer" }),
            "/role",
        ),
        (
            "/api/v1/users",
            json!({ "email": "a@example.com", "name": "A", "role": "support", "locale": "fr" }),
            "/locale",
        ),
    ];
    for (path, body, pointer) in post {
        let answer = browser.post(path, body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {}", answer.body);
        assert_eq!(answer.pointers(), [pointer], "{path} {}", answer.body);
    }
    for (query, pointer) in [
        ("limit=0", "?limit"),
        ("limit=201", "?limit"),
        ("limit=x", "?limit"),
        ("role=king", "?role"),
        ("after=1", "?after"),
        ("page=2", "?page"),
    ] {
        let answer = browser.get(&format!("/api/v1/users?{query}")).await;
        assert_eq!(answer.pointers(), [pointer], "{query} {}", answer.body);
    }
}

#[tokio::test]
async fn bodies_that_are_too_large_or_no_json_are_refused() {
    let shop = Shop::open();
    let large = json!({ "email": "x".repeat(300 << 10), "password": "x" }).to_string();
    let path = "/api/v1/auth/login";
    let guest = shop.guest();
    let answer = guest.send("POST", path, Some(large.clone())).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    let said =
        guest.clone().with("content-length", "999999").send("POST", path, Some("{}".into())).await;
    assert_eq!(said.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(guest.send("POST", path, Some("{".into())).await.status, StatusCode::BAD_REQUEST);
    let form = guest.clone().with("content-type", "application/x-www-form-urlencoded");
    let answer = form.send("POST", path, Some("email=x".into())).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(guest.get(path).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(guest.get("/api/v1/nothing").await.status, StatusCode::NOT_FOUND);
}
