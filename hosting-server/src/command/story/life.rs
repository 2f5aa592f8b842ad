//! The life itself.

use reqwest::Method;
use serde_json::{Value, json};

use super::actor::{Person, Stage, off};
use crate::{cli::Failed, command::demo::ADMIN};

const EMAIL: &str = "sekar@warung.example.com";
const PASSWORD: &str = "a-long-story-password";

/// Plays it from registration to removal.
pub(super) async fn play(stage: &Stage) -> Result<(), Failed> {
    let admin = stage.log_in(ADMIN.0, ADMIN.1).await?;
    let sekar = register(stage).await?;
    let invoice = order(stage, &sekar).await?;
    let subscription = first_payment(stage, &sekar, &invoice).await?;
    renewal(stage, &admin, &sekar).await?;
    let missed = missed_payment(stage, &admin, &sekar, &subscription).await?;
    paid_late(stage, &sekar, &subscription, &missed).await?;
    the_end(stage, &admin, &sekar, &subscription).await
}

async fn register(stage: &Stage) -> Result<Person, Failed> {
    let address = json!({ "line1": "Jl. Malioboro 5", "city": "Yogyakarta", "country": "ID" });
    let wish = json!({
        "email": EMAIL, "password": PASSWORD, "name": "Sekar Ayu", "address": address, "locale": "en",
    });
    stage.post(None, "/auth/register", wish).await?;
    let mail = stage.mail(EMAIL, "token=").await?;
    let token = token_in(&mail.to_string()).ok_or_else(|| off("the mail has no link"))?;
    stage.post(None, "/auth/verify-email", json!({ "token": token })).await?;
    let sekar = stage.log_in(EMAIL, PASSWORD).await?;
    stage.tell("Sekar registers and proves her address by the link in the mail.").await?;
    Ok(sekar)
}

fn token_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("token=")?;
    let token: String =
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    (!token.is_empty()).then_some(token)
}

async fn order(stage: &Stage, sekar: &Person) -> Result<Value, Failed> {
    let products = stage.get(None, "/catalog/products/hosting").await?;
    let plans = products["plans"].as_array().cloned().unwrap_or_default();
    let plan = plans.iter().find(|it| it["slug"] == "business");
    let plan = plan.ok_or_else(|| off("there is no plan `business`"))?["id"].clone();
    let line = json!({ "plan_id": plan, "cycle": "monthly", "domain": "warungsekar.com" });
    let cart = stage.post(Some(sekar), "/carts", json!({ "items": [line] })).await?;
    let cart = text(&cart, "id")?;
    let coupon = json!({ "code": "KOPI10" });
    let path = format!("/carts/{cart}/coupon");
    let quoted = stage.api(Some(sekar), Method::PUT, &path, Some(coupon)).await?;
    let quoted_total = quoted["quote"]["total"]["amount_minor"].clone();
    let placed = stage.post(Some(sekar), &format!("/carts/{cart}/checkout"), json!({})).await?;
    let invoice = placed["invoice"].clone();
    let total = invoice["total"]["amount_minor"].clone();
    // 89 000 less 10 % is 80 100; 11 % of that is 8 811.
    if total != json!(88_911) || total != quoted_total {
        return Err(off(format!("the total is {total}, the cart said {quoted_total}, not 88911")));
    }
    let again = stage.post(Some(sekar), &format!("/carts/{cart}/checkout"), json!({})).await?;
    if again["invoice"]["id"] != invoice["id"] {
        return Err(off("checking out twice made two invoices"));
    }
    stage
        .tell(&format!(
            "She orders Business hosting with coupon KOPI10: invoice {} over {}, PPN included.",
            invoice["number"].as_str().unwrap_or("?"),
            invoice["total"]["formatted"].as_str().unwrap_or("?"),
        ))
        .await?;
    Ok(invoice)
}

/// Asks to pay an invoice by BCA virtual account; answers the reference that the bank shows.
async fn ask_to_pay(
    stage: &Stage,
    who: &Person,
    invoice: &str,
) -> Result<(String, String), Failed> {
    let way = json!({ "gateway": "midtrans", "method": "bca_va" });
    let payment = stage.post(Some(who), &format!("/invoices/{invoice}/payments"), way).await?;
    let id = text(&payment, "id")?;
    let seen = stage
        .until("the virtual account number arrives", Some(who), &format!("/payments/{id}"), |it| {
            !it["instructions"].is_null()
        })
        .await?;
    let number = seen["instructions"]["number"].as_str().unwrap_or_default().to_owned();
    Ok((text(&seen, "reference")?, number))
}

async fn pay(stage: &Stage, who: &Person, invoice: &str) -> Result<String, Failed> {
    let (reference, number) = ask_to_pay(stage, who, invoice).await?;
    stage.outside(Method::POST, &format!("/payments/{reference}/pay"), None).await?;
    let path = format!("/invoices/{invoice}");
    stage.until("the invoice is paid", Some(who), &path, |it| it["status"] == "paid").await?;
    Ok(number)
}

async fn first_payment(stage: &Stage, sekar: &Person, invoice: &Value) -> Result<String, Failed> {
    // The gateway tells everything twice.
    let doubled = json!({ "copies": 2 });
    stage.outside(Method::POST, "/webhooks", Some(doubled)).await?;
    let number = pay(stage, sekar, &text(invoice, "id")?).await?;
    stage
        .tell(&format!(
            "She transfers to virtual account {number}; the webhook comes twice and counts once."
        ))
        .await?;
    let list = stage.get(Some(sekar), "/subscriptions").await?;
    let id = text(&list["items"][0], "id")?;
    let made = stage
        .until("the account is made", Some(sekar), &format!("/subscriptions/{id}"), |it| {
            it["provisioning_status"] == "done"
        })
        .await?;
    let username = made["account"]["username"].as_str().unwrap_or_default().to_owned();
    account(stage, &username, |it| it["suspended"].is_null() || it["suspended"] == false).await?;
    stage.mail(EMAIL, &username).await?;
    stage
        .tell(&format!(
            "Account {username} stands on the panel, once, and the welcome mail is out."
        ))
        .await?;
    Ok(id)
}

/// Exactly one account of that name is on the panel, and `right` holds for it.
async fn account(
    stage: &Stage,
    username: &str,
    right: impl Fn(&Value) -> bool,
) -> Result<(), Failed> {
    let all = stage.outside(Method::GET, "/accounts", None).await?;
    let list = all.as_array().or_else(|| all["items"].as_array()).cloned().unwrap_or_default();
    let named: Vec<_> = list.iter().filter(|it| it["username"] == username).collect();
    match named.as_slice() {
        [one] if right(one) => Ok(()),
        [one] => Err(off(format!("the account is not as it should be: {one}"))),
        other => Err(off(format!("{} accounts are called {username}", other.len()))),
    }
}

async fn days(stage: &Stage, admin: &Person, days: i64) -> Result<(), Failed> {
    let mut left = days * 24 * 60 * 60;
    while left > 0 {
        // One request goes as far as it can in its time and says what is left.
        let wish = json!({ "seconds": left });
        let moved = stage.post(Some(admin), "/admin/clock/advance", wish).await?;
        left = moved["remaining_seconds"].as_i64().unwrap_or(0);
    }
    Ok(())
}

/// The one open invoice.
async fn open_invoice(stage: &Stage, who: &Person) -> Result<Value, Failed> {
    let list = stage.get(Some(who), "/invoices").await?;
    let all = list["items"].as_array().cloned().unwrap_or_default();
    let open: Vec<_> = all
        .iter()
        .filter(|it| matches!(it["status"].as_str(), Some("unpaid" | "overdue")))
        .collect();
    match open.as_slice() {
        [one] => Ok((*one).clone()),
        other => Err(off(format!("{} invoices are open instead of one", other.len()))),
    }
}

async fn renewal(stage: &Stage, admin: &Person, sekar: &Person) -> Result<(), Failed> {
    days(stage, admin, 25).await?;
    let invoice = open_invoice(stage, sekar).await?;
    if invoice["total"]["amount_minor"] != json!(98_790) {
        return Err(off(format!("the renewal is not 98790: {invoice}")));
    }
    let number = invoice["number"].as_str().unwrap_or("?").to_owned();
    stage
        .tell(&format!("A month later invoice {number} renews the service, without the coupon."))
        .await?;
    pay(stage, sekar, &text(&invoice, "id")?).await?;
    stage.tell("She pays it in time.").await
}

async fn missed_payment(
    stage: &Stage,
    admin: &Person,
    sekar: &Person,
    subscription: &str,
) -> Result<String, Failed> {
    days(stage, admin, 31).await?;
    let missed = open_invoice(stage, sekar).await?;
    let number = missed["number"].as_str().unwrap_or("?").to_owned();
    stage.tell(&format!("Invoice {number} goes unpaid; reminders are sent.")).await?;
    days(stage, admin, 8).await?;
    let path = format!("/subscriptions/{subscription}");
    let seen = stage.get(Some(sekar), &path).await?;
    if seen["status"] != "past_due" {
        return Err(off(format!("in grace the service is past due and runs: {seen}")));
    }
    stage.tell("It is overdue; the days of grace begin and the site stays online.").await?;
    days(stage, admin, 8).await?;
    let seen = stage
        .until("the panel switches it off", Some(sekar), &path, |it| {
            it["status"] == "suspended" && it["account"]["status"] == "suspended"
        })
        .await?;
    let username = seen["account"]["username"].as_str().unwrap_or_default().to_owned();
    account(stage, &username, |it| !(it["suspended"].is_null() || it["suspended"] == false))
        .await?;
    stage
        .tell("Grace ends unpaid: the account is suspended, and everything in it is kept.")
        .await?;
    text(&missed, "id")
}

async fn paid_late(
    stage: &Stage,
    sekar: &Person,
    subscription: &str,
    missed: &str,
) -> Result<(), Failed> {
    // The answer to the charge is lost after it was made: asking finds it, nothing is charged twice.
    let fault =
        json!({ "provider": "midtrans", "call": "/v2/charge", "fault": "cut_after", "times": 1 });
    stage.outside(Method::POST, "/faults", Some(fault)).await?;
    pay(stage, sekar, missed).await?;
    let path = format!("/subscriptions/{subscription}");
    stage
        .until("the panel switches it on", Some(sekar), &path, |it| {
            it["status"] == "active" && it["account"]["status"] == "active"
        })
        .await?;
    stage
        .tell("She pays late, through a gateway that loses its answer; the site is back at once.")
        .await
}

async fn the_end(
    stage: &Stage,
    admin: &Person,
    sekar: &Person,
    subscription: &str,
) -> Result<(), Failed> {
    let path = format!("/subscriptions/{subscription}");
    let wish = json!({ "when": "now", "reason": "closing the shop" });
    stage.post(Some(sekar), &format!("{path}/cancel"), wish).await?;
    stage.tell("She cancels; the account is switched off and kept for a week.").await?;
    days(stage, admin, 8).await?;
    stage
        .until("the account is removed", Some(sekar), &path, |it| {
            it["status"] == "terminated" && it["account"]["status"] == "terminated"
        })
        .await?;
    let all = stage.outside(Method::GET, "/accounts", None).await?;
    if all.to_string().contains("warungsekar.com") {
        return Err(off("the panel still has the account"));
    }
    stage.tell("The week is over: the account is removed from the panel.").await?;
    let list = stage.get(Some(sekar), "/invoices").await?;
    let all = list["items"].as_array().cloned().unwrap_or_default();
    let open = all.iter().filter(|it| it["balance"]["amount_minor"] != json!(0)).count();
    if open > 0 {
        return Err(off(format!("{open} invoices are still owed")));
    }
    Ok(())
}

fn text(value: &Value, key: &str) -> Result<String, Failed> {
    let found = value[key].as_str().map(str::to_owned);
    found.ok_or_else(|| off(format!("`{key}` is missing in {value}")))
}
