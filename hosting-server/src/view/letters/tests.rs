//! Every kind in every language, with everything and with nothing.

use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{BillingCycle, Currency, Id, Money, Sealed, Secret},
    model::*,
    port::{Letter, LetterWriter, Written},
};

use super::ShopLetters;

const TOKEN: &str = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY";

/// One of each noun, as 23:30 on 31 January in UTC: 1 February in Jakarta.
struct Nouns {
    shop: ShopSettings,
    customer: Customer,
    user: User,
    invoice: Invoice,
    subscription: Subscription,
    account: PanelAccount,
    server: Server,
    payment: Payment,
    refund: Refund,
    token: Secret,
}

fn at() -> DateTime<Utc> {
    "2026-01-31T23:30:00Z".parse().unwrap()
}

fn id<T>() -> Id<T> {
    Id::from_stored("01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap()
}

fn idr(minor: i64) -> Money {
    Money::from_minor(minor, Currency::IDR)
}

fn customer(name: &str) -> Customer {
    Customer {
        id: id(),
        kind: CustomerKind::Individual,
        name: name.to_owned(),
        company: None,
        email: "rani@example.com".parse().unwrap(),
        phone: None,
        address: ShopSettings::default().seller.address,
        tax_id: None,
        currency: Currency::IDR,
        locale: "id".to_owned(),
        status: CustomerStatus::Active,
        hold: None,
        created_at: at(),
        updated_at: at(),
        deleted_at: None,
    }
}

fn user(name: &str) -> User {
    User {
        id: id(),
        email: "rani@example.com".parse().unwrap(),
        name: name.to_owned(),
        password_hash: access::PasswordHash::new("phc"),
        role: Role::Customer,
        status: UserStatus::Active,
        customer_id: Some(id()),
        locale: "id".to_owned(),
        email_verified_at: None,
        credentials_epoch: 0,
        created_at: at(),
        updated_at: at(),
        deleted_at: None,
    }
}

fn invoice(shop: &ShopSettings) -> Invoice {
    Invoice {
        id: id(),
        customer_id: id(),
        order_id: None,
        number: Some("INV/2026/00001".to_owned()),
        status: InvoiceStatus::Partial,
        currency: Currency::IDR,
        subtotal: idr(150_000),
        discount: idr(10_000),
        tax: idr(15_400),
        total: idr(155_400),
        paid: idr(5_400),
        seller: shop.seller.clone(),
        buyer: shop.seller.clone(),
        taxes: Vec::new(),
        issued_at: Some(at()),
        due_at: at(),
        paid_at: None,
        dunning_step: 0,
        next_dunning_at: None,
        created_at: at(),
        updated_at: at(),
    }
}

fn subscription() -> Subscription {
    Subscription {
        id: id(),
        customer_id: id(),
        order_id: id(),
        product_id: id(),
        plan_id: id(),
        plan_price_id: id(),
        description: "Hosting Business".to_owned(),
        domain: "nusakopi.com".parse().unwrap(),
        status: SubscriptionStatus::Active,
        provisioning_status: ProvisioningStatus::Done,
        cycle: BillingCycle::MONTHLY,
        quantity: 1,
        currency: Currency::IDR,
        price: idr(100_000),
        taxable: true,
        discount: None,
        anchor_on: None,
        next_period: 0,
        next_renewal_at: None,
        paid_until: None,
        trial_days: 0,
        cancel_at: None,
        cancel_reason: None,
        suspended_at: None,
        terminate_at: Some(at()),
        hold: None,
        created_at: at(),
        updated_at: at(),
    }
}

fn account() -> PanelAccount {
    PanelAccount {
        id: id(),
        subscription_id: id(),
        server_id: id(),
        username: "nus4k0pi".to_owned(),
        domain: "nusakopi.com".to_owned(),
        package: "business".to_owned(),
        password: Sealed::from_stored("sealed-panel-password"),
        status: AccountStatus::Active,
        usage: Usage::default(),
        synced_at: None,
        owner: None,
        seen_as: None,
        creation_called_at: None,
        empty_looks: 0,
        created_at: at(),
        updated_at: at(),
    }
}

fn server() -> Server {
    Server {
        id: id(),
        name: "jkt1".to_owned(),
        panel: "cpanel".to_owned(),
        server_group: "jakarta".to_owned(),
        base_url: "https://jkt1.example.com:2087".to_owned(),
        username: "reseller-user".to_owned(),
        secret: Sealed::from_stored("sealed-server-secret"),
        ca_pem: None,
        cert_sha256: None,
        max_accounts: 1,
        status: ServerStatus::Active,
        paused_at: None,
        paused_until: None,
        pause_reason: None,
        created_at: at(),
        updated_at: at(),
        deleted_at: None,
    }
}

fn payment() -> Payment {
    Payment {
        id: id(),
        invoice_id: id(),
        customer_id: id(),
        gateway: "midtrans".to_owned(),
        method: "bca_va".to_owned(),
        reference: "INV-2026-00001-X".to_owned(),
        provider_ref: None,
        confirmed_by: ConfirmedBy::Staff,
        currency: Currency::IDR,
        amount: idr(155_400),
        received: idr(155_400),
        applied: idr(0),
        given_back: idr(0),
        status: PaymentStatus::Succeeded,
        instructions: None,
        expires_at: at(),
        asked_at: None,
        next_ask_at: None,
        asks: 0,
        reported_at: None,
        report: Some("BCA 12:04".to_owned()),
        succeeded_at: None,
        detail: String::new(),
        created_at: at(),
        updated_at: at(),
    }
}

fn refund() -> Refund {
    Refund {
        id: id(),
        payment_id: id(),
        invoice_id: id(),
        currency: Currency::IDR,
        amount: idr(55_400),
        reason: "moving away".to_owned(),
        way: RefundWay::Gateway,
        services: AfterRefund::End,
        status: RefundStatus::Failed,
        provider_ref: None,
        detail: "refused by the bank".to_owned(),
        created_at: at(),
        updated_at: at(),
    }
}

impl Nouns {
    fn of(name: &str) -> Self {
        let mut shop = ShopSettings::default();
        shop.seller.name = "Warung Host".to_owned();
        Self {
            customer: customer(name),
            user: user(name),
            invoice: invoice(&shop),
            subscription: subscription(),
            account: account(),
            server: server(),
            payment: payment(),
            refund: refund(),
            token: Secret::new(TOKEN),
            shop,
        }
    }

    fn write(&self, kind: MailKind, locale: &str) -> Written {
        writer().write(&Letter {
            kind,
            locale,
            shop: &self.shop,
            customer: Some(&self.customer),
            user: Some(&self.user),
            invoice: Some(&self.invoice),
            subscription: Some(&self.subscription),
            account: Some(&self.account),
            server: Some(&self.server),
            payment: Some(&self.payment),
            refund: Some(&self.refund),
            token: Some(&self.token),
        })
    }

    fn write_bare(&self, kind: MailKind, locale: &str) -> Written {
        writer().write(&Letter {
            kind,
            locale,
            shop: &self.shop,
            customer: None,
            user: None,
            invoice: None,
            subscription: None,
            account: None,
            server: None,
            payment: None,
            refund: None,
            token: None,
        })
    }
}

/// Whether mails of this kind go to the shop's own address.
const fn is_for_staff(kind: MailKind) -> bool {
    matches!(
        kind,
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
            | MailKind::ServerPaused
    )
}

fn writer() -> ShopLetters {
    ShopLetters::new("https://shop.example/")
}

/// What each mail must say in text and HTML: the link, and what it is about.
fn essentials(kind: MailKind, locale: &str) -> Vec<String> {
    let base = "https://shop.example";
    let one = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let indonesian = locale == "id";
    let money = |words: [&str; 2]| words[usize::from(!indonesian)].to_owned();
    let total = money(["Rp 155.400", "IDR 155,400"]);
    let balance = money(["Rp 150.000", "IDR 150,000"]);
    let day = money(["1 Februari 2026", "1 February 2026"]);
    let number = "INV/2026/00001".to_owned();
    let (invoice, service) =
        (format!("{base}/invoices/inv_{one}"), format!("{base}/subscriptions/sub_{one}"));
    let name = "Hosting Business (nusakopi.com)".to_owned();
    match kind {
        MailKind::VerifyEmail | MailKind::ChangeEmail => {
            vec![format!("{base}/verify-email?token={TOKEN}")]
        }
        MailKind::ResetPassword => vec![format!("{base}/reset-password?token={TOKEN}")],
        MailKind::Invitation => {
            vec![format!("{base}/reset-password?token={TOKEN}"), "Warung Host".to_owned()]
        }
        MailKind::EmailTaken | MailKind::EmailChangeAsked => vec![format!("{base}/forgot")],
        MailKind::EmailChanged => vec![format!("{base}/")],
        MailKind::PasswordChanged | MailKind::ApiKeyCreated => {
            vec![format!("{base}/forgot"), "API".to_owned()]
        }
        MailKind::InvoiceIssued | MailKind::InvoiceReminder | MailKind::InvoiceOverdue => {
            vec![invoice, number, total, balance, day]
        }
        MailKind::PaymentReceived => {
            vec![invoice, number, balance, money(["Rp 5.400", "IDR 5,400"])]
        }
        MailKind::ServerPaused => vec!["jkt1".to_owned()],
        kind if is_for_staff(kind) => {
            let names = ["INV-2026-00001-X", "midtrans", "bca_va", "Rani", "BCA 12:04"];
            let mut all = vec![number, total, money(["Rp 55.400", "IDR 55,400"])];
            all.extend(names.map(str::to_owned));
            all.extend(["moving away", "refused by the bank"].map(str::to_owned));
            all
        }
        MailKind::Welcome => {
            vec![
                service,
                "nus4k0pi".to_owned(),
                "jkt1.example.com".to_owned(),
                "nusakopi.com".to_owned(),
            ]
        }
        MailKind::Suspended => vec![invoice, name, number, balance, day],
        MailKind::Restored => vec![service, name],
        MailKind::Cancelled => vec![service, name, day],
        _ => vec![format!("{base}/subscriptions"), name],
    }
}

#[test]
fn every_kind_says_in_every_language_what_it_is_about() {
    let nouns = Nouns::of("Rani");
    for kind in MailKind::ALL {
        let mut subjects = Vec::new();
        for locale in ["id", "en"] {
            let mail = nouns.write(*kind, locale);
            let html = mail.html.unwrap();
            for essential in essentials(*kind, locale) {
                assert!(
                    mail.text.contains(&essential),
                    "{kind} {locale}: {essential}\n{}",
                    mail.text
                );
                assert!(html.contains(&essential), "{kind} {locale}: {essential}\n{html}");
            }
            assert!(html.contains(&format!("<html lang=\"{locale}\">")));
            assert!(mail.text.contains("Warung Host"), "{kind} is signed");
            if !is_for_staff(*kind) {
                assert!(mail.text.contains("Rani"), "{kind} greets");
            }
            subjects.push(mail.subject);
        }
        assert_ne!(subjects[0], subjects[1], "{kind} is translated");
    }
}

#[test]
fn kinds_have_subjects_of_their_own() {
    let nouns = Nouns::of("Rani");
    for locale in ["id", "en"] {
        let mut subjects: Vec<_> =
            MailKind::ALL.iter().map(|it| nouns.write(*it, locale).subject).collect();
        subjects.sort();
        subjects.dedup();
        assert_eq!(subjects.len(), MailKind::ALL.len());
    }
}

#[test]
fn a_missing_noun_is_written_around() {
    let nouns = Nouns::of("Rani");
    for kind in MailKind::ALL {
        for locale in ["id", "en", "fr", ""] {
            let mail = nouns.write_bare(*kind, locale);
            assert!(!mail.subject.trim().is_empty());
            for hole in ["None", "  ", " .", "()", "?token", ": \n"] {
                assert!(!mail.text.contains(hole), "{kind} {locale} has {hole:?}:\n{}", mail.text);
            }
            assert!(!mail.subject.ends_with([':', ' ']), "{kind} {locale}: {:?}", mail.subject);
            let leads = mail.text.contains("https://shop.example/");
            assert_ne!(leads, is_for_staff(*kind), "{kind} {locale} leads somewhere");
        }
    }
}

#[test]
fn what_people_typed_is_text_and_not_html() {
    let mut nouns = Nouns::of("<script>alert('x')</script> & \"Rani\"");
    nouns.shop.seller.name = "<b>Shop</b>".to_owned();
    nouns.subscription.description = "<img src=x>".to_owned();
    nouns.payment.reference = "<i>".to_owned();
    for kind in MailKind::ALL {
        for locale in ["id", "en"] {
            let html = nouns.write(*kind, locale).html.unwrap();
            for tag in ["<script", "<b>", "<img", "<i>", "& ", "'x'"] {
                assert!(!html.contains(tag), "{kind} {locale} has {tag}");
            }
            if !is_for_staff(*kind) {
                assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{kind} {locale}");
            }
        }
    }
}

#[test]
fn subjects_are_one_line_and_links_cannot_be_broken() {
    let mut nouns = Nouns::of("Rani");
    nouns.shop.seller.name = "Shop\r\nBcc: everybody@example.com".to_owned();
    nouns.invoice.number = Some("INV\r\nX: 1".to_owned());
    nouns.token = Secret::new("a b\"&<c");
    for kind in MailKind::ALL {
        for locale in ["id", "en"] {
            let mail = nouns.write(*kind, locale);
            assert!(!mail.subject.contains(['\r', '\n']), "{kind}: {:?}", mail.subject);
        }
    }
    let mail = nouns.write(MailKind::VerifyEmail, "en");
    assert!(mail.text.contains("/verify-email?token=a%20b%22%26%3Cc\n"), "{}", mail.text);
}

#[test]
fn no_mail_holds_a_password_or_what_is_for_staff() {
    let nouns = Nouns::of("Rani");
    for kind in MailKind::ALL {
        for locale in ["id", "en"] {
            let mail = nouns.write(*kind, locale);
            let all = format!("{}{}{}", mail.subject, mail.text, mail.html.unwrap());
            for secret in ["sealed-", "reseller-user", "2087"] {
                assert!(!all.contains(secret), "{kind} has {secret}");
            }
            let linked = matches!(
                kind,
                MailKind::VerifyEmail
                    | MailKind::ResetPassword
                    | MailKind::Invitation
                    | MailKind::ChangeEmail
            );
            assert_eq!(all.contains(TOKEN), linked, "{kind}");
        }
    }
}

/// There are no pages for staff to lead to; a link to one would answer 404.
#[test]
fn mails_to_staff_carry_no_link() {
    let nouns = Nouns::of("Rani");
    for kind in MailKind::ALL.iter().filter(|it| is_for_staff(**it)) {
        for locale in ["id", "en"] {
            let mail = nouns.write(*kind, locale);
            let all = format!("{}{}", mail.text, mail.html.unwrap());
            assert!(!all.contains("https://shop.example"), "{kind} {locale}:\n{}", mail.text);
        }
    }
}
