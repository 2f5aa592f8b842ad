//! The shop's settings: one document, replaced as a whole.

use super::misfit::{Check, ConfigurationRefusal};
use crate::{
    change::{ChangeSet, NumberPattern},
    decide::Context,
    kernel::{Email, Versioned},
    model::{BillingPolicy, DomainEvent, Setting, SettingId, ShopSettings},
};

/// The setting that holds the shop's settings.
const KEY: &str = "shop";

/// Replaces the shop's settings. `expected` is the version staff saw; 0 when nothing was stored yet.
///
/// # Errors
/// A [`ConfigurationRefusal`].
pub fn change_shop(
    context: &Context<'_>,
    read: Option<&Versioned<Setting>>,
    expected: i64,
    wish: &ShopSettings,
) -> Result<(ChangeSet, ShopSettings), ConfigurationRefusal> {
    let version = read.map_or(0, |it| it.version);
    if version != expected {
        return Err(ConfigurationRefusal::Stale(version));
    }
    let mut shop = wish.clone();
    let mut check = Check::default();
    seller(&mut shop, &mut check);
    let pattern = shop.invoice_number.parse::<NumberPattern>().is_ok();
    let expected = "a pattern such as INV/{yyyy}/{seq:5}: {seq:N} once, {yyyy}, {mm}, letters, \
                    digits and / - . _, 40 characters at most";
    check.demand("invoice_number", pattern, expected);
    billing(&shop.billing, &mut check);
    let (tasks, webhooks) = (shop.keeping.succeeded_task_days, shop.keeping.processed_webhook_days);
    check.range("keeping.succeeded_task_days", i64::from(tasks), 1, 3650);
    check.range("keeping.processed_webhook_days", i64::from(webhooks), 30, 3650);
    let value = serde_json::to_value(&shop).unwrap_or_default();
    check.demand("seller", value.is_object(), "a document that can be stored");
    check.finish()?;
    let mut changes = ChangeSet::default();
    let id: SettingId = read.map_or_else(|| context.id(), |it| it.id);
    let body = DomainEvent::ConfigurationChanged { what: "settings".to_owned() };
    context.record(&mut changes, id, body);
    match read {
        Some(read) => {
            let after = Setting { value, updated_at: context.now(), ..read.value.clone() };
            changes.settings.change(read.with(after));
        }
        None => changes.settings.add(Setting {
            id,
            key: KEY.to_owned(),
            value,
            created_at: context.now(),
            updated_at: context.now(),
        }),
    }
    Ok((changes, shop))
}

fn seller(shop: &mut ShopSettings, check: &mut Check) {
    let seller = &mut shop.seller;
    check.line("seller.name", &mut seller.name, 160);
    check.maybe_line("seller.attention", &mut seller.attention, 120);
    check.line("seller.address.line1", &mut seller.address.line1, 160);
    check.maybe_line("seller.address.line2", &mut seller.address.line2, 160);
    check.line("seller.address.city", &mut seller.address.city, 80);
    check.maybe_line("seller.address.region", &mut seller.address.region, 80);
    check.maybe_line("seller.address.postcode", &mut seller.address.postcode, 40);
    check.maybe_line("seller.tax_id", &mut seller.tax_id, 40);
    let email = seller.email.parse::<Email>();
    check.demand("seller.email", email.is_ok(), "an address such as billing@example.com");
    if let Ok(email) = email {
        email.as_str().clone_into(&mut seller.email);
    }
}

fn billing(policy: &BillingPolicy, check: &mut Check) {
    for (field, number, least, most) in [
        ("renewal_lead_days", policy.renewal_lead_days, 0, 60),
        ("order_due_days", policy.order_due_days, 1, 90),
        ("payment_window_hours", policy.payment_window_hours, 1, 168),
        ("grace_days", policy.grace_days, 0, 365),
        ("retention_days", policy.retention_days, 1, 3650),
        ("cancelled_retention_days", policy.cancelled_retention_days, 0, 3650),
        ("abandon_after_days", policy.abandon_after_days, 1, 365),
        ("max_suspensions_per_day", policy.max_suspensions_per_day, 0, 1_000_000),
        ("max_terminations_per_day", policy.max_terminations_per_day, 0, 1_000_000),
    ] {
        check.range(&format!("billing.{field}"), i64::from(number), least, most);
    }
    let days = &policy.reminder_days;
    let ascending = days.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
    let fits = days.len() <= 20 && ascending && days.iter().all(|it| (-60..=365).contains(it));
    let expected = "at most 20 days from -60 to 365, each after the one before";
    check.demand("billing.reminder_days", fits, expected);
}
