//! The whole way by forms: from the front page to a running service.

use crate::browser::{PASSWORD, World};

#[tokio::test]
async fn from_the_front_page_to_a_running_service() {
    let world = World::open().await;
    let browser = world.browser();
    browser.get("/").await.expect(200).says(&["Choose a plan", "/plans/hosting?plan="]);
    browser.get("/catalog").await.expect(200).says(&["/plans/hosting"]);

    // A guest fills a cart; a coupon is refused in words, then another counts.
    browser.get("/cart").await.expect(200).says(&["Your cart is empty."]);
    assert_eq!(browser.add("NusaKopi.com").await.leads_to(), "/cart?ok=added");
    let cart = browser.get("/cart?ok=added").await.expect(200);
    cart.says(&["It is in the cart.", "nusakopi.com", "IDR 166,500", "PPN"]);
    let typed = browser.post("/cart/coupon", &[("code", "nothing")]).await;
    let cart = browser.get(&typed.leads_to()).await.expect(200);
    cart.says(&["There is no coupon with this code.", "IDR 166,500", "value=\"NOTHING\""]);
    browser.post("/cart/coupon", &[("code", "kopi10")]).await.leads_to();
    let cart = browser.get("/cart").await.expect(200);
    cart.says(&["Coupon KOPI10 counts.", "IDR 155,400", "−IDR 10,000"]);

    // Ordering needs an account; the cart stays.
    browser.get("/checkout").await.expect(200).says(&["/login?next=/checkout"]);
    browser.register("budi@example.com", "Budi Santoso").await.expect(200).says(&["your mail"]);
    let early = browser.log_in("budi@example.com", PASSWORD, "/checkout").await;
    early.expect(422).says(&["not confirmed yet", "value=\"budi@example.com\""]);
    world.shop.drain().await;
    let link = world.mailed_link("/verify-email?token=");
    let token = link.split("token=").nth(1).unwrap();
    browser.get(&link).await.expect(200).says(&["Confirm"]);
    let done = browser.post("/verify-email", &[("token", token)]).await;
    browser.get(&done.leads_to()).await.expect(200).says(&["Please log in."]);
    let done = browser.log_in("budi@example.com", PASSWORD, "/checkout").await;
    assert_eq!(done.leads_to(), "/checkout");
    let checkout = browser.get("/checkout").await.expect(200);
    checkout.says(&["Budi Santoso", "Jl. Melati 1", "IDR 155,400", "Order and pay"]);
    let invoice = browser.post("/checkout", &[]).await.leads_to();
    let again = browser.post("/checkout", &[]).await.leads_to();
    assert_eq!(again, "/cart", "an ordered cart is a cart no more");

    // The bill, and its mail's short link.
    let bill = browser.get(&invoice).await.expect(200);
    bill.says(&["INV/2026/00001", "IDR 155,400", "Choose how to pay", "Unpaid"]);
    let short = invoice.replace("/customer", "");
    assert_eq!(browser.get(&short).await.leads_to(), invoice);
    let panel = browser.post(&format!("{invoice}/pay"), &[("way", "sim/va")]).await.leads_to();
    let bill = browser.get(&panel).await.expect(200);
    bill.says(&["Virtual account number", "http-equiv=\"refresh\"", "I have paid"]);
    let poll = bill.after("data-poll=\"");
    assert_eq!(browser.get(&poll).await.status, 204);
    let check = bill.after("<form method=\"post\" action=\"/customer/payments/");
    let check = format!("/customer/payments/{check}");
    assert!(
        browser.post(&check, &[]).await.leads_to().contains("ok=asked"),
        "nothing is there yet"
    );

    // The money arrives.
    let id = check.split('/').nth(3).unwrap().parse().unwrap();
    let payment = world.shop.store.payment(id).await.unwrap().unwrap();
    assert!(world.shop.gateway.pay(&payment.reference));
    world.shop.clock.advance(chrono::TimeDelta::minutes(2));
    assert_eq!(browser.post(&check, &[]).await.leads_to(), invoice);
    assert_eq!(browser.get(&poll).await.expect(200).body, "{\"changed\":true}");
    let bill = browser.get(&invoice).await.expect(200);
    bill.says(&["It is paid. Thank you!", "nusakopi.com"]);
    assert!(!bill.body.contains("http-equiv"), "a paid bill waits for nothing");

    // And the service runs.
    world.shop.drain().await;
    let service = bill.after("<a class=\"btn block\" href=\"");
    let page = browser.get(&service).await.expect(200);
    page.says(&["Active", "panel.example.com", "Make a new panel password", "End the service"]);
    browser.get("/dashboard").await.expect(200).says(&["nusakopi.com", "No bill is waiting."]);
    browser.get("/customer/orders").await.expect(200).says(&["Paid"]);
    let order = browser.get("/customer/orders").await.after("href=\"/customer/orders/");
    browser.get(&format!("/customer/orders/{order}")).await.expect(200).says(&["nusakopi.com"]);
    browser.get("/customer/invoices").await.expect(200).says(&["INV/2026/00001", "Paid"]);
}

#[tokio::test]
async fn a_cart_says_what_does_not_fit_and_keeps_what_was_typed() {
    let world = World::open().await;
    let browser = world.browser();
    let wrong = [
        ("product", "hosting"),
        ("plan", "nothing"),
        ("cycle", "weekly"),
        ("domain", "not a domain"),
        ("quantity", "0"),
    ];
    let page = browser.post("/cart/items", &wrong).await.expect(422);
    page.says(&[
        "Type a domain name",
        "value=\"not a domain\"",
        "Type a whole number from 1 to 100.",
        "Choose a plan that is on sale.",
        "This plan is not sold for that term.",
    ]);
    browser.add("satu.com").await.leads_to();
    browser.add("dua.com").await.leads_to();
    browser.get("/cart").await.says(&["satu.com", "dua.com"]);
    let changed = [("domain", "dua.com"), ("quantity", "3")];
    browser.post("/cart/items/1", &changed).await.leads_to();
    browser.get("/cart").await.says(&["value=\"3\""]);
    browser.post("/cart/items/1", &[("domain", "dua.com"), ("quantity", "x")]).await.expect(422);
    let meant_another = [("domain", "dua.com"), ("remove", "1")];
    browser.post("/cart/items/0", &meant_another).await.expect(404);
    browser.post("/cart/items/0", &[("domain", "satu.com"), ("remove", "1")]).await.leads_to();
    assert!(!browser.get("/cart").await.body.contains("satu.com"));
    let long = "x".repeat(50);
    browser.post("/cart/coupon", &[("code", &long)]).await.expect(422).says(&["1 to 40 letters"]);
    browser.post("/cart/items/0", &[("domain", "dua.com"), ("remove", "1")]).await.leads_to();
    browser.get("/cart").await.says(&["Your cart is empty."]);
    assert_eq!(browser.get("/checkout").await.leads_to(), "/cart");
}

#[tokio::test]
async fn an_order_is_cancelled_with_its_bill() {
    let world = World::open().await;
    let budi = world.customer("budi@example.com", "Budi").await;
    let invoice = budi.order("toko.com").await;
    let path = budi.get("/customer/orders").await.after("<a class=\"btn sm\" href=\"");
    budi.get(&path).await.expect(200).says(&["Cancel the order"]);
    let done = budi.post(&format!("{path}/cancel"), &[]).await.leads_to();
    budi.get(&done).await.expect(200).says(&["It is cancelled.", "Cancelled"]);
    budi.get(&invoice).await.expect(200).says(&["This bill was withdrawn."]);
    let late = budi.post(&format!("{invoice}/pay"), &[("way", "sim/va")]).await;
    late.expect(409).says(&["This invoice is not open for payment."]);
}
