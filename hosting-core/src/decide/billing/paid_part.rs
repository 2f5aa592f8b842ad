//! Money of a bill that is given up: it stays on its payment until somebody decides what it is for.

use crate::{
    change::ChangeSet,
    decide::Context,
    kernel::{Money, Versioned},
    model::{DomainEvent, Job, MailKind, Payment},
};

/// What becomes of the part of a bill that was paid, when the bill is to be withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaidPart {
    /// Nobody has decided: a bill of which something is paid is not withdrawn.
    Undecided,
    /// The claim to the rest is written off, and what was paid is to be given back: it stays on its
    /// payments, applied to nothing, and staff are told.
    GiveBack,
}

/// Takes a payment's money off the invoice that is being withdrawn; the invoice is the caller's.
pub(crate) fn let_go(context: &Context<'_>, read: &Versioned<Payment>, changes: &mut ChangeSet) {
    let mut payment = read.value.clone();
    let amount = std::mem::replace(&mut payment.applied, Money::zero(payment.currency));
    payment.updated_at = context.now();
    let body = DomainEvent::PaymentReleased { invoice_id: payment.invoice_id, amount };
    context.record(changes, payment.id, body);
    let (kind, payment_id) = (MailKind::PaymentUnapplied, Some(payment.id));
    let job = Job::MailStaff { kind, payment_id, refund_id: None };
    let key = format!("mail/staff/released/{}", payment.id.stored());
    changes.task(context.task(key, job).unless_there());
    changes.payments.change(read.with(payment));
}
