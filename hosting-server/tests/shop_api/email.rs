//! A customer moves their account to another mail address.

use serde_json::{Value, json};

use crate::world::{Answer, Caller, PASSWORD, World};

const OLD: &str = "budi@example.com";
const NEW: &str = "budi@new.example.com";

async fn ask(caller: &Caller<'_>, to: &str, password: &str) -> Answer {
    let body = json!({ "new_email": to, "current_password": password });
    caller.post("/api/v1/auth/email", body).await
}

/// The token in the newest mail to `email` with a link to prove an address.
fn token(world: &World, email: &str) -> String {
    let mail = world.mail_to(email, "/verify-email?token=");
    let token = mail.split("/verify-email?token=").nth(1).unwrap();
    token.split_whitespace().next().unwrap().to_owned()
}

async fn me(caller: &Caller<'_>) -> (u16, Value) {
    let answer = caller.get("/api/v1/auth/me").await;
    (answer.status.as_u16(), serde_json::from_str(&answer.body).unwrap_or(Value::Null))
}

async fn log_in(world: &World, email: &str) -> u16 {
    let body = json!({ "email": email, "password": PASSWORD });
    world.guest().post("/api/v1/auth/login", body).await.status.as_u16()
}

fn mails_to(world: &World, email: &str) -> usize {
    world.shop.mailer.sent().iter().filter(|it| it.to.as_str() == email).count()
}

#[tokio::test]
async fn only_the_link_moves_the_account_and_the_old_address_is_told() {
    let world = World::open().await;
    let budi = world.customer(OLD).await;
    assert_eq!(log_in(&world, OLD).await, 200, "in a second browser");
    let wrong = ask(&budi, NEW, "not the password").await.expect(422);
    assert_eq!(wrong["errors"][0]["pointer"], "/current_password");
    assert_eq!(mails_to(&world, NEW), 0);
    let same = ask(&budi, OLD, PASSWORD).await.expect(422);
    assert_eq!(same["errors"][0]["pointer"], "/new_email");

    ask(&budi, NEW, PASSWORD).await.expect(202);
    world.shop.drain().await;
    world.mail_to(OLD, "alamat email lain");
    assert_eq!(me(&budi).await.1["email"], OLD, "nothing changed yet");
    assert_eq!(log_in(&world, NEW).await, 401);

    let proof = json!({ "token": token(&world, NEW) });
    let done = budi.post("/api/v1/auth/verify-email", proof.clone()).await;
    assert_eq!(done.status, 204, "{}", done.body);
    assert_eq!(me(&budi).await.1["email"], NEW, "this browser stays logged in");
    let sessions = budi.get("/api/v1/auth/sessions").await.expect(200);
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1, "the others ended");
    assert_eq!((log_in(&world, OLD).await, log_in(&world, NEW).await), (401, 200));
    assert_eq!(budi.get("/api/v1/profile").await.expect(200)["email"], NEW, "invoices follow");
    world.shop.drain().await;
    world.mail_to(OLD, "Peramban Anda yang lain telah dikeluarkan");
    let again = world.guest().post("/api/v1/auth/verify-email", proof).await;
    assert_eq!(again.expect(422)["errors"][0]["pointer"], "/token", "a link works once");
}

#[tokio::test]
async fn opened_by_somebody_who_is_not_logged_in_the_link_ends_every_session() {
    let world = World::open().await;
    let budi = world.customer(OLD).await;
    let sari = world.customer("sari@example.com").await;
    ask(&budi, NEW, PASSWORD).await.expect(202);
    world.shop.drain().await;
    let proof = json!({ "token": token(&world, NEW) });
    let done = sari.post("/api/v1/auth/verify-email", proof).await;
    assert_eq!(done.status, 204, "{}", done.body);
    assert_eq!(me(&budi).await.0, 401);
    assert_eq!(me(&sari).await.0, 200, "somebody else's session is theirs");
}

#[tokio::test]
async fn a_taken_address_is_answered_like_a_free_one_and_never_moved_to() {
    let world = World::open().await;
    let budi = world.customer(OLD).await;
    world.customer("sari@example.com").await;
    let free = ask(&budi, NEW, PASSWORD).await;
    let taken = ask(&budi, "sari@example.com", PASSWORD).await;
    assert_eq!((free.status, &free.body), (taken.status, &taken.body));
    world.shop.drain().await;
    let mail = world.mail_to("sari@example.com", "sudah mempunyai akun");
    assert!(!mail.contains("token="), "{mail}");

    // Two ask for the same free address: the first to open the link has it.
    let rani = world.customer("rani@example.com").await;
    ask(&rani, NEW, PASSWORD).await.expect(202);
    let first = token(&world, NEW);
    world.shop.drain().await;
    let second = token(&world, NEW);
    assert_ne!(first, second);
    let open = |token: &str| json!({ "token": token });
    let done = world.guest().post("/api/v1/auth/verify-email", open(&first)).await;
    assert_eq!(done.status, 204, "{}", done.body);
    let late = world.guest().post("/api/v1/auth/verify-email", open(&second)).await;
    assert_eq!(late.expect(422)["errors"][0]["pointer"], "/token");
    assert_eq!(me(&rani).await.1["email"], "rani@example.com");
}

#[tokio::test]
async fn a_new_password_stops_a_link_that_somebody_else_asked_for() {
    let world = World::open().await;
    let budi = world.customer(OLD).await;
    ask(&budi, NEW, PASSWORD).await.expect(202);
    world.shop.drain().await;
    let stolen = token(&world, NEW);
    world.shop.clock.advance(chrono::TimeDelta::minutes(1));
    let change = json!({ "current_password": PASSWORD, "new_password": "another horse battery" });
    assert_eq!(budi.post("/api/v1/auth/password", change).await.status, 204);
    let late = world.guest().post("/api/v1/auth/verify-email", json!({ "token": stolen })).await;
    assert_eq!(late.expect(422)["errors"][0]["pointer"], "/token");
}
