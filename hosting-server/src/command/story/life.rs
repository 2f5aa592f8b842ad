//! The life itself.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use super::actor::{Person, Stage, off};
use crate::{cli::Failed, command::demo::ADMIN};

const EMAIL: &str = "sekar@warung.example.com";
const PASSWORD: &str = "a-long-story-password";
const DOMAIN: &str = "warungsekar.com";

/// Plays it from registration to removal.
pub(super) async fn play(stage: &Stage) -> Result<(), Failed> {
    let admin = stage.log_in(ADMIN.0, ADMIN.1).await?;
    let sekar = register(stage).await?;
    let invoice = order(stage, &sekar).await?;
    let mut paid = Vec::new();
    let subscription = first_payment(stage, &sekar, &invoice, &mut paid).await?;
    let renewed_at = renewal(stage, &admin, &sekar, &mut paid).await?;
    let missed = missed_payment(stage, &admin, &sekar, &subscription, renewed_at).await?;
    paid_late(stage, &sekar, &subscription, &missed, &mut paid).await?;
    the_end(stage, &admin, &sekar, &subscription).await?;
    charged_once(stage, &paid).await
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
    let line = json!({ "plan_id": plan, "cycle": "monthly", "domain": DOMAIN });
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

/// An invoice that was paid, as the provider knows it.
struct Paid {
    /// What the shop called the charge.
    reference: String,
    /// Rupiah.
    total: Value,
    /// The virtual account.
    number: String,
}

/// Asks to pay an invoice by BCA virtual account, and transfers.
async fn pay(stage: &Stage, who: &Person, invoice: &Value) -> Result<Paid, Failed> {
    let id = text(invoice, "id")?;
    let way = json!({ "gateway": "midtrans", "method": "bca_va" });
    let payment = stage.post(Some(who), &format!("/invoices/{id}/payments"), way).await?;
    let path = format!("/payments/{}", text(&payment, "id")?);
    let arrived = |it: &Value| !it["instructions"].is_null();
    let seen = stage.until("the virtual account number arrives", Some(who), &path, arrived).await?;
    let reference = text(&seen, "reference")?;
    stage.outside(Method::POST, &format!("/payments/{reference}/pay"), None).await?;
    let path = format!("/invoices/{id}");
    stage.until("the invoice is paid", Some(who), &path, |it| it["status"] == "paid").await?;
    stage.mailed(EMAIL, &["Payment received", &text(invoice, "number")?], 1).await?;
    let number = text(&seen["instructions"], "number")?;
    Ok(Paid { reference, total: invoice["total"]["amount_minor"].clone(), number })
}

async fn first_payment(
    stage: &Stage,
    sekar: &Person,
    invoice: &Value,
    paid: &mut Vec<Paid>,
) -> Result<String, Failed> {
    // The gateway tells everything twice.
    let doubled = json!({ "copies": 2 });
    stage.outside(Method::POST, "/webhooks", Some(doubled)).await?;
    let first = pay(stage, sekar, invoice).await?;
    let number = first.number.clone();
    paid.push(first);
    charged_once(stage, paid).await?;
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
    account(stage, &username, is_on).await?;
    stage.mail(EMAIL, &username).await?;
    stage
        .tell(&format!(
            "Account {username} stands on the panel, once, and the welcome mail is out."
        ))
        .await?;
    Ok(id)
}

/// Exactly one account is there for the domain, it is called `username`, and `right` holds for it.
async fn account(
    stage: &Stage,
    username: &str,
    right: impl Fn(&Value) -> bool,
) -> Result<(), Failed> {
    let all = stage.accounts().await?;
    let of_hers: Vec<_> = all.iter().filter(|it| it["domain"] == DOMAIN).collect();
    match of_hers.as_slice() {
        [one] if one["username"] == username && right(one) => Ok(()),
        [one] => Err(off(format!("the account of {username} is not as it should be: {one}"))),
        other => Err(off(format!("the panel has {} accounts for {DOMAIN}", other.len()))),
    }
}

fn is_on(account: &Value) -> bool {
    account["suspended"].is_null()
}

/// The provider made exactly one charge for each invoice she asked to pay, under its reference, over
/// its total, and each was settled: no lost answer and no repeated message made another.
async fn charged_once(stage: &Stage, paid: &[Paid]) -> Result<(), Failed> {
    let charges = stage.charges().await?;
    for it in paid {
        let of_it: Vec<_> = charges.iter().filter(|at| at["order_id"] == it.reference).collect();
        let right = |charge: &Value| {
            charge["gross_amount"] == it.total && charge["transaction_status"] == "settlement"
        };
        match of_it.as_slice() {
            [one] if right(one) => {}
            [one] => return Err(off(format!("{} should be settled whole: {one}", it.reference))),
            other => {
                let (count, reference) = (other.len(), &it.reference);
                return Err(off(format!("{count} charges were made under {reference}")));
            }
        }
    }
    if charges.len() == paid.len() {
        Ok(())
    } else {
        let (made, due) = (charges.len(), paid.len());
        Err(off(format!("the provider made {made} charges for {due} invoices: {charges:?}")))
    }
}

/// Moves the clock to an instant; one that has passed is where it is.
async fn to(stage: &Stage, admin: &Person, at: DateTime<Utc>) -> Result<(), Failed> {
    let mut left = (at - stage.now()).num_seconds();
    while left > 0 {
        // One request goes as far as it can in its time and says what is left.
        let wish = json!({ "seconds": left });
        let moved = stage.post(Some(admin), "/admin/clock/advance", wish).await?;
        left = moved["remaining_seconds"].as_i64().unwrap_or(0);
    }
    Ok(())
}

fn due(invoice: &Value) -> Result<DateTime<Utc>, Failed> {
    let due = text(invoice, "due_at")?;
    due.parse().map_err(|error| off(format!("`{due}` is no instant: {error}")))
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

async fn renewal(
    stage: &Stage,
    admin: &Person,
    sekar: &Person,
    paid: &mut Vec<Paid>,
) -> Result<DateTime<Utc>, Failed> {
    // Whatever the month, its last week has begun.
    to(stage, admin, stage.now() + TimeDelta::days(25)).await?;
    let invoice = open_invoice(stage, sekar).await?;
    if invoice["total"]["amount_minor"] != json!(98_790) {
        return Err(off(format!("the renewal is not 98790: {invoice}")));
    }
    let number = text(&invoice, "number")?;
    stage.mailed(EMAIL, &["New invoice", &number], 1).await?;
    stage
        .tell(&format!("A month later invoice {number} renews the service, without the coupon."))
        .await?;
    paid.push(pay(stage, sekar, &invoice).await?);
    charged_once(stage, paid).await?;
    stage.tell("She pays it in time.").await?;
    due(&invoice)
}

async fn missed_payment(
    stage: &Stage,
    admin: &Person,
    sekar: &Person,
    subscription: &str,
    renewed_at: DateTime<Utc>,
) -> Result<Value, Failed> {
    to(stage, admin, renewed_at + TimeDelta::days(25)).await?;
    let missed = open_invoice(stage, sekar).await?;
    let due = due(&missed)?;
    let number = text(&missed, "number")?;
    let (reminder, overdue) = (["Reminder", &number], [&number, "is overdue"]);
    // Three days and one day before it is due.
    to(stage, admin, due - TimeDelta::hours(1)).await?;
    stage.mailed(EMAIL, &reminder, 2).await?;
    stage.mailed(EMAIL, &overdue, 0).await?;
    stage.tell(&format!("Invoice {number} goes unpaid; two reminders are sent.")).await?;
    to(stage, admin, due + TimeDelta::days(4)).await?;
    let path = format!("/subscriptions/{subscription}");
    let seen = stage.get(Some(sekar), &path).await?;
    if seen["status"] != "past_due" {
        return Err(off(format!("in grace the service is past due and runs: {seen}")));
    }
    // One day and three days after it was due.
    stage.mailed(EMAIL, &overdue, 2).await?;
    let switched_off = ["Service switched off", DOMAIN];
    stage.mailed(EMAIL, &switched_off, 0).await?;
    stage.tell("It is overdue; the days of grace begin and the site stays online.").await?;
    to(stage, admin, due + TimeDelta::days(9)).await?;
    let seen = stage
        .until("the panel switches it off", Some(sekar), &path, |it| {
            it["status"] == "suspended" && it["account"]["status"] == "suspended"
        })
        .await?;
    let username = seen["account"]["username"].as_str().unwrap_or_default().to_owned();
    account(stage, &username, |it| !is_on(it)).await?;
    stage.mailed(EMAIL, &switched_off, 1).await?;
    stage.mailed(EMAIL, &reminder, 2).await?;
    stage
        .tell("Grace ends unpaid: the account is suspended, and everything in it is kept.")
        .await?;
    Ok(missed)
}

async fn paid_late(
    stage: &Stage,
    sekar: &Person,
    subscription: &str,
    missed: &Value,
    paid: &mut Vec<Paid>,
) -> Result<(), Failed> {
    // The answer to the charge is lost after it was made: asking finds it, nothing is charged twice.
    let fault =
        json!({ "provider": "midtrans", "call": "/v2/charge", "fault": "cut_after", "times": 1 });
    stage.outside(Method::POST, "/faults", Some(fault)).await?;
    paid.push(pay(stage, sekar, missed).await?);
    charged_once(stage, paid).await?;
    let left = stage.outside(Method::GET, "/faults", None).await?;
    if left["faults"] != json!([]) {
        return Err(off(format!("the gateway was to lose an answer and did not: {left}")));
    }
    let path = format!("/subscriptions/{subscription}");
    let seen = stage
        .until("the panel switches it on", Some(sekar), &path, |it| {
            it["status"] == "active" && it["account"]["status"] == "active"
        })
        .await?;
    account(stage, seen["account"]["username"].as_str().unwrap_or_default(), is_on).await?;
    stage.mailed(EMAIL, &["Service switched on again", DOMAIN], 1).await?;
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
    stage.mailed(EMAIL, &["Service ended", DOMAIN], 1).await?;
    stage.tell("She cancels; the account is switched off and kept for a week.").await?;
    to(stage, admin, stage.now() + TimeDelta::days(8)).await?;
    stage
        .until("the account is removed", Some(sekar), &path, |it| {
            it["status"] == "terminated" && it["account"]["status"] == "terminated"
        })
        .await?;
    if let Some(left) = stage.accounts().await?.iter().find(|it| it["domain"] == DOMAIN) {
        return Err(off(format!("the panel still has the account: {left}")));
    }
    stage.mailed(EMAIL, &["Account removed", DOMAIN], 1).await?;
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
