//! The customer's services and profile; staff.

use hosting_core::{
    decide::access,
    model::{Actor, Role},
    service,
};

use crate::browser::{PASSWORD, World};

#[tokio::test]
async fn a_service_gets_a_new_password_ends_and_is_kept() {
    let world = World::open().await;
    let rani = world.customer("rani@example.com", "Rani").await;
    let invoice = rani.order("rani.com").await;
    let panel = rani.post(&format!("{invoice}/pay"), &[("way", "sim/va")]).await.leads_to();
    let check = rani.get(&panel).await.after("action=\"/customer/payments/");
    let id = check.split('/').next().unwrap().parse().unwrap();
    let payment = world.shop.store.payment(id).await.unwrap().unwrap();
    assert!(world.shop.gateway.pay(&payment.reference));
    rani.post(&format!("/customer/payments/{check}"), &[]).await.leads_to();
    world.shop.drain().await;
    let service = rani.get(&invoice).await.after("<a class=\"btn block\" href=\"");
    let page = rani.post(&format!("{service}/password"), &[]).await.expect(200);
    page.says(&["This password is shown only once.", "data-copy=\""]);
    let password = page.after("data-copy=\"");
    assert!(!rani.get(&service).await.body.contains(&password), "it is shown this once");

    let empty = [("when", "end_of_term"), ("reason", " ")];
    let refused = rani.post(&format!("{service}/cancel"), &empty).await;
    refused.expect(422).says(&["Type 1 to 500 characters."]);
    let wish = [("when", "end_of_term"), ("reason", "moving <b>on</b>")];
    assert_eq!(rani.post(&format!("{service}/cancel"), &wish).await.leads_to(), service);
    rani.get(&service).await.says(&["This service ends on", "Keep the service"]);
    let kept = rani.post(&format!("{service}/keep"), &[]).await.leads_to();
    rani.get(&kept).await.says(&["Your service goes on."]);
    rani.post(&format!("{service}/keep"), &[]).await.expect(409).says(&["not set to end"]);
    let short = service.replace("/customer", "");
    assert_eq!(rani.get(&short).await.leads_to(), service);
    assert_eq!(rani.get("/subscriptions").await.leads_to(), "/customer/subscriptions");
}

#[tokio::test]
async fn a_profile_is_changed_and_says_what_does_not_fit() {
    let world = World::open().await;
    let rani = world.customer("rani@example.com", "Rani").await;
    rani.get("/profile").await.expect(200).says(&[
        "value=\"Rani\"",
        "value=\"Bandung\"",
        "this browser",
    ]);
    let mut fields = vec![
        ("name", "Rani Wulandari"),
        ("company", "Nusa Kopi"),
        ("line1", "Jl. Braga 44"),
        ("city", "Bandung"),
        ("country", "ID"),
        ("phone", "0812 3456 7890"),
        ("tax_id", "07.654.321.0-423.000"),
        ("locale", "en"),
    ];
    assert_eq!(rani.post("/profile", &fields).await.leads_to(), "/profile?ok=saved");
    let page = rani.get("/profile?ok=saved").await;
    page.says(&["Saved.", "value=\"Nusa Kopi\"", "+6281234567890", "07.654.321.0-423.000"]);
    fields[0].1 = "";
    fields[5].1 = "abc";
    rani.post("/profile", &fields).await.expect(422).says(&["aria-invalid", "value=\"abc\""]);

    let wrong = [("current_password", "not this one"), ("new_password", "another good one")];
    rani.post("/profile/password", &wrong).await.expect(422).says(&["This is not your password."]);
    let other = world.browser();
    other.log_in("rani@example.com", PASSWORD, "").await.leads_to();
    let session = rani.get("/profile").await.after("action=\"/profile/sessions/");
    let ended = rani.post(&format!("/profile/sessions/{session}"), &[]).await.leads_to();
    assert_eq!(ended, "/profile?ok=ended");
    assert!(other.get("/dashboard").await.leads_to().starts_with("/login"));
    let right = [("current_password", PASSWORD), ("new_password", "another good one")];
    assert_eq!(rani.post("/profile/password", &right).await.leads_to(), "/profile?ok=password");
    rani.get("/dashboard").await.expect(200);
}

#[tokio::test]
async fn an_account_moves_to_another_mail_address_by_the_link_that_is_mailed_there() {
    let world = World::open().await;
    let rani = world.customer("rani@example.com", "Rani").await;
    rani.get("/profile").await.expect(200).says(&["rani@example.com", "/profile/email"]);
    let wrong = [("new_email", "no address"), ("email_password", PASSWORD)];
    rani.post("/profile/email", &wrong).await.expect(422).says(&["Type a mail address"]);
    let wrong = [("new_email", "rani@kopi.example.com"), ("email_password", "not this one")];
    rani.post("/profile/email", &wrong).await.expect(422).says(&["This is not your password."]);
    let right = [("new_email", "rani@kopi.example.com"), ("email_password", PASSWORD)];
    assert_eq!(rani.post("/profile/email", &right).await.leads_to(), "/profile?ok=email");
    rani.get("/profile?ok=email").await.says(&["A link is in the mail", "rani@example.com"]);
}

#[tokio::test]
async fn staff_are_told_where_their_tools_are() {
    let world = World::open().await;
    let hash = world.app.passwords();
    let password = hosting_core::kernel::Secret::new(PASSWORD);
    let hash = hash.hash(&password, &*world.app.ports().entropy).await.unwrap();
    let wish = access::NewStaff {
        email: "staff@example.com".parse().unwrap(),
        name: "Dewi".to_owned(),
        password_hash: hash,
        role: Role::Billing,
        locale: "en".to_owned(),
    };
    service::access::create_staff(world.app.ports(), &Actor::System, &wish, None).await.unwrap();
    let staff = world.browser();
    staff.log_in("staff@example.com", PASSWORD, "").await.leads_to();
    staff.get("/dashboard").await.expect(200).says(&["staff (billing)", "/api/openapi.json"]);
    staff.get("/customer/invoices").await.expect(403).says(&["This is not for you"]);
    staff.get("/profile").await.expect(200);
    staff.add("kantor.com").await.leads_to();
    staff.get("/checkout").await.expect(200).says(&["Only customers can order."]);
    staff.post("/checkout", &[]).await.expect(403);
}
