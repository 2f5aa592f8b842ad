//! A customer's whole way, and the same without scripts as far as the bill.

use serde_json::json;

use crate::{
    driver::{Chromium, there_is_one},
    looks::{
        Again::{ByAddress, No},
        look, resize,
    },
    shop::{PASSWORD, Shop, choose, fill_cart},
};

const EMAIL: &str = "budi@customer.example.com";

/// A guest looks around, fills a cart and registers.
async fn arrive(browser: &Chromium, shop: &Shop) {
    browser.open(&shop.at("/")).await;
    look(browser, "home", ["Hosting web", "Web hosting"], ByAddress).await;
    browser.open(&shop.at("/catalog")).await;
    look(browser, "catalog", ["Yang kami jual", "What we sell"], ByAddress).await;
    browser.open(&shop.at("/cart")).await;
    look(browser, "cart-empty", ["Keranjang Anda", "Your cart"], ByAddress).await;
    browser.open(&shop.at("/plans/hosting?cycle=annually")).await;
    look(browser, "plans", ["Hosting", "Hosting"], ByAddress).await;
    fill_cart(browser, shop, "not a domain").await;
    look(browser, "plans-misfit", ["", ""], No).await;
    fill_cart(browser, shop, "nusakopi.com").await;
    browser.write("#f-code", "nothing").await;
    browser.click("#coupon button:not([name])").await;
    browser.wait_for("There is no coupon").await;
    browser.write("#f-code", "kopi10").await;
    browser.click("#coupon button:not([name])").await;
    browser.wait_for("Coupon KOPI10 counts.").await;
    browser.open(&shop.at("/cart")).await;
    look(browser, "cart", ["Keranjang Anda", "Your cart"], ByAddress).await;
    browser.click("a[href='/checkout']").await;
    look(browser, "checkout-guest", ["Periksa dan pesan", "Check and order"], ByAddress).await;
    browser.click("main a[href^='/register']").await;
    look(browser, "register", ["Daftar", "Register"], ByAddress).await;
    for (field, text) in [
        ("#f-name", "Budi Santoso"),
        ("#f-email", EMAIL),
        ("#f-password", PASSWORD),
        ("#f-line1", "Jl. Melati 1"),
        ("#f-city", "Bandung"),
        ("#f-country", "ID"),
    ] {
        browser.write(field, text).await;
    }
    browser.click("form[action='/register'] button").await;
    browser.wait_for("Look into your mail").await;
    look(browser, "mail-sent", ["", ""], No).await;
}

/// The mailed link is opened, and the customer logs in and orders.
async fn order(browser: &Chromium, shop: &Shop) {
    browser.open(&shop.mailed_link(EMAIL).await).await;
    look(browser, "verify", ["Pastikan alamat surel", "Confirm your mail address"], ByAddress)
        .await;
    browser.click("form[action='/verify-email'] button").await;
    browser.leaves("/verify-email").await;
    browser.open(&shop.at("/login?next=/checkout")).await;
    look(browser, "login", ["Masuk", "Log in"], ByAddress).await;
    log_in(browser, EMAIL, PASSWORD).await;
    look(browser, "checkout", ["Periksa dan pesan", "Check and order"], ByAddress).await;
    // The coupon counts, and tax too.
    browser.wait_for("IDR 88,911").await;
    browser.click("form[action='/checkout'] button").await;
    browser.wait_for("Choose how to pay").await;
    look(browser, "bill", ["INV/", "INV/"], ByAddress).await;
}

async fn log_in(browser: &Chromium, email: &str, password: &str) {
    browser.write("#f-email", email).await;
    browser.write("#f-password", password).await;
    browser.click("form[action='/login'] button").await;
    browser.leaves("/login").await;
}

/// Each kind of way to pay, the virtual account last: its number.
async fn ways(browser: &Chromium) -> String {
    let bill = browser.url().await;
    for (way, name) in [
        ("manual/bank_transfer", "bill-transfer"),
        ("midtrans/mandiri_bill", "bill-mandiri"),
        ("midtrans/qris", "bill-qris"),
        ("midtrans/gopay", "bill-gopay"),
        ("midtrans/bca_va", "bill-va"),
    ] {
        browser.open(&bill).await;
        choose(browser, way).await;
        look(browser, name, ["INV/", "INV/"], ByAddress).await;
    }
    browser.text(".copybox .code").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_becomes_a_customer_pays_and_has_a_running_service() {
    let Some(driver) = there_is_one() else { return };
    let (shop, browser) = (Shop::open().await, Chromium::start(&driver).await);
    arrive(&browser, &shop).await;
    order(&browser, &shop).await;
    let number = ways(&browser).await;

    // The bank tells the shop, and the page asks the shop: nobody touches the browser.
    shop.pay(&number);
    browser.wait_for("It is paid. Thank you!").await;
    look(&browser, "bill-paid", ["INV/", "INV/"], ByAddress).await;
    browser.click("main a[href^='/customer/subscriptions/']").await;
    browser.wait_for("Make a new panel password").await;
    look(&browser, "service", ["nusakopi.com", "nusakopi.com"], ByAddress).await;
    browser.click("form[action$='/password'] button").await;
    browser.wait_for("This password is shown only once.").await;
    look(&browser, "panel-password", ["", ""], No).await;

    for (path, name, titles) in [
        ("/dashboard", "dashboard", ["Ringkasan", "Overview"]),
        ("/customer/orders", "orders", ["Pesanan", "Orders"]),
        ("/customer/invoices", "invoices", ["Tagihan", "Invoices"]),
        ("/customer/subscriptions", "services", ["Layanan", "Services"]),
        ("/profile", "profile", ["Profil", "Profile"]),
    ] {
        browser.open(&shop.at(path)).await;
        look(&browser, name, titles, ByAddress).await;
    }
    browser.open(&shop.at("/customer/orders")).await;
    browser.click("main a[href^='/customer/orders/']").await;
    look(&browser, "order", ["Pesanan", "Order"], ByAddress).await;

    browser.open(&shop.at("/nothing/here")).await;
    look(&browser, "not-found", ["Halaman ini tidak ada", "This page is not there"], ByAddress)
        .await;
    browser.is_content();
    drop(browser);
    shop.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_scripts_it_goes_as_far_as_the_bill_and_on_when_it_is_paid() {
    let Some(driver) = there_is_one() else { return };
    let (shop, browser) = (Shop::open().await, Chromium::start(&driver).await);
    let off = json!({ "value": true });
    browser.devtools("Emulation.setScriptExecutionDisabled", off).await;
    resize(&browser, 390).await;
    browser.open(&shop.at("/?lang=en")).await;
    fill_cart(&browser, &shop, "tanpaskrip.com").await;
    browser.click("a[href='/checkout']").await;
    browser.click("main a[href^='/login']").await;
    let (email, password) = hosting_server::command::demo::CUSTOMER;
    log_in(&browser, email, password).await;
    browser.click("form[action='/checkout'] button").await;
    choose(&browser, "midtrans/bca_va").await;
    let comforts = "document.querySelectorAll('.needs-js:not([hidden])').length";
    assert_eq!(browser.worth(comforts).await, 0, "the script did not run");
    look(&browser, "bill-va-without-scripts", ["INV/", "INV/"], ByAddress).await;
    shop.pay(&browser.text(".copybox .code").await);
    // The page loads itself again every fifteen seconds.
    browser.wait_for("It is paid. Thank you!").await;
    browser.is_content();
    drop(browser);
    shop.close().await;
}
