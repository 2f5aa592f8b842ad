//! What is known of money for one invoice.

use crate::{
    kernel::{Money, MoneyError, Versioned},
    model::{Invoice, InvoiceId, Payment, PaymentId, PaymentStatus, Refund, RefundStatus},
};

/// Every attempt to pay one invoice, and the customer's money that waits to be applied, as of one
/// version of the invoice.
///
/// Starting a payment makes a new version of its invoice: a commit that guards the invoice at this
/// version guards the completeness of the attempts as well. Only the services that read all of it
/// from the store can make one (`service::dunning`), so that nobody proves anything from an
/// empty list (law 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyTrail {
    invoice_id: InvoiceId,
    invoice_version: i64,
    payments: Vec<Versioned<Payment>>,
    waiting: Vec<PaymentId>,
}

/// As many payments of an invoice as a store answers; when there are that many, there may be more.
const MOST: usize = 1000;

impl MoneyTrail {
    /// Puts together what the store answered after `invoice` was read: all its payments, and those
    /// payments of its customer of which something was applied to nothing, with their refunds.
    ///
    /// # Errors
    /// Amounts that cannot be added up.
    pub(crate) fn new(
        invoice: &Versioned<Invoice>,
        payments: Vec<Versioned<Payment>>,
        unapplied: &[(Versioned<Payment>, Vec<Versioned<Refund>>)],
    ) -> Result<Self, MoneyError> {
        let mut waiting = Vec::new();
        for (payment, refunds) in unapplied {
            let theirs = payment.customer_id == invoice.customer_id;
            if theirs && still_there(payment, refunds)?.is_positive() {
                waiting.push(payment.id);
            }
        }
        Ok(Self { invoice_id: invoice.id, invoice_version: invoice.version, payments, waiting })
    }

    /// All attempts to pay the invoice.
    pub fn payments(&self) -> &[Versioned<Payment>] {
        &self.payments
    }

    /// Payments of the customer, for whatever they were meant, of which something is applied to nothing
    /// and was not given back.
    pub fn waiting(&self) -> &[PaymentId] {
        &self.waiting
    }

    /// Whether it is about `invoice` as it was read.
    pub(super) fn is_of(&self, invoice: &Versioned<Invoice>) -> bool {
        self.invoice_id == invoice.id
            && self.invoice_version == invoice.version
            && self.payments.iter().all(|it| it.invoice_id == invoice.id)
    }

    /// Whether these are certainly all.
    pub(super) const fn is_complete(&self) -> bool {
        self.payments.len() < MOST
    }
}

/// What of a payment arrived and is neither applied nor given back nor on its way back.
fn still_there(payment: &Payment, refunds: &[Versioned<Refund>]) -> Result<Money, MoneyError> {
    if payment.status != PaymentStatus::Succeeded {
        return Ok(Money::zero(payment.currency));
    }
    let given = refunds.iter().filter(|it| it.status != RefundStatus::Failed).map(|it| it.amount);
    let given = Money::sum(payment.currency, given)?;
    payment.received.minus(payment.applied)?.minus(given)
}
