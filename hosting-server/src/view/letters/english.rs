//! The mails in English.

use hosting_core::model::MailKind;

use super::{
    account,
    facts::{Facts, with},
    sheet::Sheet,
    staff,
};

/// Writes one mail.
pub(super) fn write(facts: &Facts<'_>) -> Sheet {
    match facts.letter.kind {
        MailKind::VerifyEmail
        | MailKind::ResetPassword
        | MailKind::PasswordChanged
        | MailKind::ApiKeyCreated => about_the_user(facts),
        MailKind::Invitation
        | MailKind::ChangeEmail
        | MailKind::EmailTaken
        | MailKind::EmailChangeAsked
        | MailKind::EmailChanged => account::write(facts),
        MailKind::InvoiceIssued
        | MailKind::InvoiceReminder
        | MailKind::InvoiceOverdue
        | MailKind::PaymentReceived => about_an_invoice(facts),
        MailKind::PaymentUnapplied
        | MailKind::OrderPartlyPaid
        | MailKind::PaymentReversed
        | MailKind::PaymentChargedBack
        | MailKind::RefundedAtProvider
        | MailKind::RefundFailed
        | MailKind::RefundStuck
        | MailKind::TransferReported
        | MailKind::GatewayKeysRefused
        | MailKind::GatewayMethodInactive
        | MailKind::ServerPaused => staff::write(facts),
        MailKind::Welcome => welcome(facts),
        MailKind::Suspended | MailKind::Restored | MailKind::Cancelled | MailKind::Terminated => {
            about_a_service(facts)
        }
    }
}

fn begin(facts: &Facts<'_>, subject: String) -> Sheet {
    let name = facts.name().unwrap_or("customer");
    Sheet::about(subject, facts.shop()).say(format!("Dear {name},"))
}

fn about_the_user(facts: &Facts<'_>) -> Sheet {
    let shop = facts.shop();
    match facts.letter.kind {
        MailKind::VerifyEmail => begin(facts, format!("Confirm your mail address at {shop}"))
            .say("Thank you for registering. Please open this link to confirm your mail address.")
            .link("Confirm mail address", facts.page_with_token("/verify-email"))
            .say("If you did not register, please ignore this mail."),
        MailKind::PasswordChanged => begin(facts, format!("Your password for {shop} was changed"))
            .say("Your password was changed. Your other browsers were logged out, and your API keys do not work any more.")
            .say("If this was not you, please choose a new password at once and write to us.")
            .link("Choose a new password", facts.page("/forgot")),
        MailKind::ApiKeyCreated => begin(facts, format!("A new API key for your account at {shop}"))
            .say("An API key was made that acts in your name.")
            .say("If this was not you, please choose a new password at once, which ends all keys, and write to us.")
            .link("Choose a new password", facts.page("/forgot")),
        _ => begin(facts, format!("Choose a new password for {shop}"))
            .say("Please open this link to choose a new password. It works once and not for long.")
            .link("Choose a new password", facts.page_with_token("/reset-password"))
            .say("If you did not ask for it, you need not do anything: without the link nobody chooses a password for your account."),
    }
}

fn about_an_invoice(facts: &Facts<'_>) -> Sheet {
    let number = with(" ", facts.number());
    let rows = vec![
        ("Invoice", facts.number().map(str::to_owned)),
        ("Service", facts.service()),
        ("Total", facts.total()),
        ("To be paid", facts.balance()),
        ("Due", facts.due()),
    ];
    let pay = facts.invoice_page();
    match facts.letter.kind {
        MailKind::InvoiceReminder => begin(facts, format!("Reminder: invoice{number}"))
            .say(format!(
                "Invoice{number} is still to be paid{}.",
                with("; it is due on ", facts.due())
            ))
            .facts(rows)
            .link("Pay the invoice", pay)
            .say("If you have just paid, please ignore this mail."),
        MailKind::InvoiceOverdue => begin(facts, format!("Invoice{number} is overdue"))
            .say(format!(
                "We have not received your payment of invoice{number}. Please pay it soon, so that your service stays on."
            ))
            .facts(rows)
            .link("Pay the invoice", pay)
            .say("If you have paid, or something is in the way, please write to us."),
        MailKind::PaymentReceived => begin(facts, format!("Payment received for invoice{number}"))
            .say("Thank you, your payment has arrived.")
            .facts(vec![
                ("Invoice", facts.number().map(str::to_owned)),
                ("Paid", facts.paid()),
                ("To be paid", facts.balance()),
            ])
            .link("See the invoice", pay),
        _ => begin(facts, format!("New invoice{number}{}", with(" over ", facts.total())))
            .say("A new invoice was issued.")
            .facts(rows)
            .link("See and pay the invoice", pay),
    }
}

fn welcome(facts: &Facts<'_>) -> Sheet {
    begin(facts, format!("Your account is ready{}", with(": ", facts.domain())))
        .say("Your service is on and its account is ready.")
        .facts(vec![
            ("Service", facts.service()),
            ("Domain", facts.domain().map(str::to_owned)),
            ("Panel user name", facts.username().map(str::to_owned)),
            ("Server address", facts.server()),
        ])
        .say("We do not mail the panel's password. On the service's page you can enter the panel or make a new password.")
        .link("Open the service's page", facts.service_page())
}

fn about_a_service(facts: &Facts<'_>) -> Sheet {
    let service = with(" ", facts.service());
    let subject = with(": ", facts.service());
    let page = facts.service_page();
    match facts.letter.kind {
        MailKind::Suspended => begin(facts, format!("Service switched off{subject}"))
            .say(format!(
                "Your service{service} was switched off, because an invoice is unpaid. Everything in it is kept{}.",
                with(" until ", facts.removal())
            ))
            .facts(vec![
                ("Invoice", facts.number().map(str::to_owned)),
                ("To be paid", facts.balance()),
            ])
            .link("Pay the invoice", facts.invoice_page())
            .say("It is switched on again as soon as your payment arrives."),
        MailKind::Restored => begin(facts, format!("Service switched on again{subject}"))
            .say(format!("Your service{service} is on again. Thank you."))
            .link("Open the service's page", page),
        MailKind::Cancelled => begin(facts, format!("Service ended{subject}"))
            .say(format!(
                "Your service{service} has ended.{}",
                facts.removal().map_or_else(String::new, |day| format!(
                    " Its account is removed on {day}; please save a copy of your data before."
                ))
            ))
            .link("Open the service's page", page),
        _ => begin(facts, format!("Account removed{subject}"))
            .say(format!("The account of your service{service} was removed with everything in it."))
            .say("Thank you for having been with us.")
            .link("See your services", facts.page("/subscriptions")),
    }
}
