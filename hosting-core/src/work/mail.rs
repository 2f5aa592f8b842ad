//! Sending mail. A mail that cannot be sent never undoes what it tells about (defect D2).

use super::tick::{Done, WorkError};
use crate::{
    kernel::{Effect, Email, Sealed, Secret},
    model::{
        Customer, Invoice, Job, MailKind, PanelAccount, Payment, Refund, Server, ShopSettings,
        Subscription, User, UserId,
    },
    port::{IdempotencyKey, LeasedTask, Letter, mailer::Mail},
    service::{Ports, access::token_place},
};

#[derive(Default)]
struct Loaded {
    customer: Option<Customer>,
    user: Option<User>,
    invoice: Option<Invoice>,
    subscription: Option<Subscription>,
    account: Option<PanelAccount>,
    server: Option<Server>,
    payment: Option<Payment>,
    refund: Option<Refund>,
    token: Option<Secret>,
    /// Where it goes, when that is not the user's or the customer's own address.
    address: Option<Email>,
}

/// Writes and sends the mail of a task.
pub(super) async fn send(ports: &Ports, task: &LeasedTask) -> Result<Done, WorkError> {
    let shop = ports.store.shop().await?;
    let (kind, loaded) = load(ports, &task.job).await?;
    let Some((to, to_name)) = receiver(&loaded, &shop, &task.job) else {
        return Err(WorkError::Other("the shop's own mail address is not valid".to_owned()));
    };
    let locale = loaded.user.as_ref().map(|it| it.locale.as_str());
    let locale = locale.or(loaded.customer.as_ref().map(|it| it.locale.as_str())).unwrap_or("en");
    let written = ports.letters.write(&Letter {
        kind,
        locale,
        shop: &shop,
        customer: loaded.customer.as_ref(),
        user: loaded.user.as_ref(),
        invoice: loaded.invoice.as_ref(),
        subscription: loaded.subscription.as_ref(),
        account: loaded.account.as_ref(),
        server: loaded.server.as_ref(),
        payment: loaded.payment.as_ref(),
        refund: loaded.refund.as_ref(),
        token: loaded.token.as_ref(),
    });
    let mail = Mail {
        key: IdempotencyKey::new(task.lease.task_id.stored()),
        to,
        to_name,
        subject: written.subject,
        text: written.text,
        html: written.html,
    };
    match ports.mailer.send(&mail).await {
        Ok(()) => Ok(Done::Succeeded),
        Err(failure) if failure.effect() == Effect::NoneFinal => {
            Ok(Done::GiveUp { changes: Box::default(), error: failure.to_string() })
        }
        // There is nowhere to look whether a mail went out. It is sent again with the same
        // Message-ID, by which receivers know a repeat; rather two of a mail than none.
        Err(failure) => Ok(Done::Retry { effect: failure.effect(), error: failure.to_string() }),
    }
}

fn receiver(loaded: &Loaded, shop: &ShopSettings, job: &Job) -> Option<(Email, String)> {
    if matches!(job, Job::MailStaff { .. } | Job::MailServer { .. }) {
        return Some((shop.seller.email.parse().ok()?, shop.seller.name.clone()));
    }
    let customer = loaded.customer.as_ref().map(|it| (it.email.clone(), it.name.clone()));
    let (own, name) =
        loaded.user.as_ref().map(|it| (it.email.clone(), it.name.clone())).or(customer)?;
    Some((loaded.address.clone().unwrap_or(own), name))
}

async fn load(ports: &Ports, job: &Job) -> Result<(MailKind, Loaded), WorkError> {
    let store = &*ports.store;
    let mut loaded = Loaded::default();
    let kind = match job {
        Job::MailCustomer { kind, customer_id, invoice_id, subscription_id } => {
            let customer = store.customer(*customer_id).await?;
            loaded.customer = Some(customer.ok_or(WorkError::Missing("customer"))?.value);
            if let Some(id) = invoice_id {
                loaded.invoice = store.invoice(*id).await?.map(|it| it.value);
            }
            if let Some(id) = subscription_id {
                loaded.subscription = store.subscription(*id).await?.map(|it| it.value);
                loaded.account = store.account_of(*id).await?.map(|it| it.value);
            }
            if let Some(account) = &loaded.account {
                loaded.server = store.server(account.server_id).await?.map(|it| it.value);
            }
            *kind
        }
        Job::MailUser { kind, user_id, token } => {
            about(ports, &mut loaded, *user_id, token.as_ref()).await?;
            *kind
        }
        Job::MailAddress { kind, user_id, email, token } => {
            address(ports, &mut loaded, *kind, *user_id, email, token.as_ref()).await?
        }
        Job::MailServer { kind, server_id } => {
            loaded.server = store.server(*server_id).await?.map(|it| it.value);
            *kind
        }
        Job::MailStaff { kind, payment_id, refund_id } => {
            if let Some(id) = payment_id
                && let Some(payment) = store.payment(*id).await?
            {
                loaded.customer = store.customer(payment.customer_id).await?.map(|it| it.value);
                loaded.invoice = store.invoice(payment.invoice_id).await?.map(|it| it.value);
                loaded.payment = Some(payment.value);
            }
            if let Some(id) = refund_id {
                loaded.refund = store.refund(*id).await?.map(|it| it.value);
            }
            *kind
        }
        _ => return Err(WorkError::Other("this task is not a mail".to_owned())),
    };
    Ok((kind, loaded))
}

/// Loads the user that a mail is about, and opens the token of its link.
async fn about(
    ports: &Ports,
    loaded: &mut Loaded,
    user_id: UserId,
    token: Option<&Sealed>,
) -> Result<(), WorkError> {
    let user = ports.store.user(user_id).await?.ok_or(WorkError::Missing("user"))?;
    if let Some(token) = token {
        let opened = ports.secrets.open(token, &token_place(user_id));
        loaded.token = Some(opened.map_err(|error| WorkError::Other(error.to_string()))?);
    }
    loaded.user = Some(user.value);
    Ok(())
}

/// A mail to an address that is not the user's. Whether anybody has the address is found out here
/// and not when it was asked for: whoever asked could tell from the answer. An address that is taken
/// gets no link, and whoever reads its mail is told why.
async fn address(
    ports: &Ports,
    loaded: &mut Loaded,
    kind: MailKind,
    user_id: UserId,
    email: &Email,
    token: Option<&Sealed>,
) -> Result<MailKind, WorkError> {
    about(ports, loaded, user_id, token).await?;
    loaded.address = Some(email.clone());
    if kind != MailKind::ChangeEmail {
        return Ok(kind);
    }
    // Somebody who has moved there already, by the link of a mail that is repeated, is not told that the
    // address is taken.
    let there = ports.store.user_by_email(email).await?;
    if there.is_none_or(|it| it.id == user_id) {
        return Ok(kind);
    }
    loaded.token = None;
    Ok(MailKind::EmailTaken)
}
