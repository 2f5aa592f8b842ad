//! Payments.

use axum::{
    extract::{Path, State},
    response::Redirect,
};

use super::{
    Answer, Console, Done,
    failure::Trouble,
    html::{self, Esc, Segment},
    webhooks,
};
use crate::midtrans::sandbox::{SandboxError, TransactionView};

/// Payments listed on the page, newest first.
const LISTED: usize = 200;

/// What can be done to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// The customer pays what was asked.
    Pay,
    /// The customer pays half.
    PayShort,
    /// The offer ends before its time.
    Expire,
    /// The bank refuses.
    Deny,
    /// The bank takes half of it back for the customer.
    ChargeBack,
    /// The shop is told once more.
    Resend,
}

impl Action {
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Pay, "pay", "Pay"),
        (Self::PayShort, "pay_short", "Pay half"),
        (Self::Expire, "expire", "Expire"),
        (Self::Deny, "deny", "Deny"),
        (Self::ChargeBack, "charge_back", "Charge back half"),
        (Self::Resend, "resend", "Notify again"),
    ];

    /// The action of that name.
    pub(super) fn parse(name: &str) -> Result<Self, Trouble> {
        let found = Self::ALL.iter().find(|(_, it, _)| *it == name).map(|(action, ..)| *action);
        let known = || Self::ALL.map(|(_, name, _)| name).join(", ");
        found.ok_or_else(|| Trouble::Missing(format!("A payment can be: {}.", known())))
    }

    /// Whether the console offers it for a payment in that state.
    fn fits(self, status: &str) -> bool {
        match self {
            Self::Pay | Self::PayShort | Self::Expire => status == "pending",
            Self::Deny => matches!(status, "pending" | "settlement" | "capture"),
            Self::ChargeBack => matches!(status, "settlement" | "partial_chargeback"),
            Self::Resend => true,
        }
    }
}

/// A payment as JSON.
pub(super) type PaymentView = TransactionView;

/// All payments, newest first.
pub(super) fn list(console: &Console) -> Vec<PaymentView> {
    let mut payments = console.midtrans.transactions();
    payments.reverse();
    payments
}

/// The payment under that order id.
pub(super) fn find(console: &Console, order_id: &str) -> Result<PaymentView, Trouble> {
    let missing = || Trouble::Missing(format!("There is no payment {order_id}."));
    console.midtrans.transaction(order_id).ok_or_else(missing)
}

/// Does it.
pub(super) fn act(console: &Console, order_id: &str, action: Action) -> Result<(), Trouble> {
    let payment = find(console, order_id)?;
    let midtrans = &console.midtrans;
    let done = match action {
        Action::Pay => midtrans.pay(order_id),
        Action::PayShort => midtrans.pay_amount(order_id, payment.gross_amount / 2),
        Action::Expire => midtrans.expire(order_id),
        Action::Deny => midtrans.deny(order_id),
        Action::ChargeBack => midtrans.charge_back(order_id, (payment.gross_amount / 2).max(1)),
        Action::Resend => midtrans.resend(order_id),
    };
    done.map_err(|error| match error {
        SandboxError::UnknownOrder(_) => Trouble::Missing(error.to_string()),
        _ => Trouble::Conflict(error.to_string()),
    })
}

pub(super) async fn page(State(console): State<Console>) -> Answer {
    let payments = list(&console);
    let rows: Vec<String> = payments.iter().take(LISTED).map(row).collect();
    let heads = ["Order", "Method", "Pay to", "Amount", "State", "Do"];
    let table = html::table(&heads, &rows, "No payment has been asked for yet.");
    let body =
        format!("<section><h2>Payments</h2>{table}</section>{}", webhooks::sections(&console));
    Ok(console.page("/", "Payments", body))
}

fn row(payment: &TransactionView) -> String {
    let status = payment.transaction_status.as_str();
    let tone = match status {
        "settlement" | "capture" => "good",
        "pending" | "authorize" => "wait",
        "expire" | "cancel" | "refund" | "partial_refund" => "off",
        _ => "bad",
    };
    let actions: String = Action::ALL
        .iter()
        .filter(|(action, ..)| action.fits(status))
        .map(|(_, name, label)| {
            let address = format!("/payments/{}/{name}", Segment(&payment.order_id));
            html::post_button(&address, label, &[])
        })
        .collect();
    let when = match payment.settled_at {
        Some(at) => format!("paid {}", html::instant(at)),
        None => format!("ends {}", html::instant(payment.expires_at)),
    };
    format!(
        "<tr><td><code>{}</code><br><span class=\"soft\">asked {}</span></td><td>{} {}</td>\
         <td><code>{}</code></td><td class=\"number\">{}</td>\
         <td>{}<br><span class=\"soft\">{when}</span></td><td><div class=\"actions\">{actions}</div></td></tr>",
        Esc(&payment.order_id),
        html::instant(payment.created_at),
        Esc(payment.payment_type),
        Esc(payment.bank.as_deref().unwrap_or("")),
        Esc(payment.pay_to.as_deref().unwrap_or("")),
        rupiah(payment.gross_amount),
        html::badge(tone, status)
    )
}

/// Whole rupiah with dots between the thousands.
fn rupiah(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut out = String::from(if amount < 0 { "-Rp " } else { "Rp " });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    out
}

pub(super) async fn submit(
    State(console): State<Console>,
    Path((order_id, action)): Path<(String, String)>,
) -> Done {
    act(&console, &order_id, Action::parse(&action)?)?;
    Ok(Redirect::to("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rupiah_have_dots_between_thousands() {
        assert_eq!(rupiah(0), "Rp 0");
        assert_eq!(rupiah(999), "Rp 999");
        assert_eq!(rupiah(110_000), "Rp 110.000");
        assert_eq!(rupiah(-1_234_567), "-Rp 1.234.567");
        assert_eq!(rupiah(i64::MIN), "-Rp 9.223.372.036.854.775.808");
    }
}
