//! Invoices, payments, refunds.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Page, PageRequest, Versioned},
    model::{
        CustomerId, Invoice, InvoiceId, InvoiceItem, InvoiceStatus, Payment, PaymentId,
        PaymentStatus, Refund, RefundId,
    },
    port::store::{
        BillingRepository, InvoiceFilter, PaymentFilter,
        read::{Answer, Due},
    },
};

use super::{by_id, statements, variant};
use crate::{record::Record, statement::Statement, store::SqlStore};

statements! {
    INVOICE_ITEMS = Statement::select(
        InvoiceItem::COLUMNS,
        "WHERE t.invoice_id = $1 ORDER BY t.position",
    );
    INVOICES_TO_DUN = Statement::select(
        Invoice::COLUMNS,
        "WHERE t.next_dunning_at <= $1 ORDER BY t.next_dunning_at, t.id LIMIT $2",
    );
    INVOICES_TO_DUN_AFTER = Statement::select(
        Invoice::COLUMNS,
        "WHERE t.next_dunning_at <= $1 AND t.next_dunning_at >= $3 \
           AND (t.next_dunning_at > $3 OR t.id > $4) \
         ORDER BY t.next_dunning_at, t.id LIMIT $2",
    );
    PAYMENT_BY_REFERENCE = Statement::select(
        Payment::COLUMNS,
        "WHERE t.gateway = $1 AND t.reference = $2",
    );
    PAYMENTS_OF = Statement::select(
        Payment::COLUMNS,
        "WHERE t.invoice_id = $1 ORDER BY t.id LIMIT 1000",
    );
    UNAPPLIED_PAYMENTS = Statement::select(
        Payment::COLUMNS,
        "WHERE t.customer_id = $1 AND t.status = 'succeeded' \
           AND t.received_minor > t.applied_minor \
         ORDER BY t.id LIMIT 1000",
    );
    PAYMENTS_TO_ASK = Statement::select(
        Payment::COLUMNS,
        "WHERE t.next_ask_at <= $1 ORDER BY t.next_ask_at, t.id LIMIT $2",
    );
    REFUNDS_OF = Statement::select(Refund::COLUMNS, "WHERE t.payment_id = $1 ORDER BY t.id");
    + INVOICES: 4 = by_id!(Invoice, "", "customer_id", "status");
    + PAYMENTS: 4 = by_id!(Payment, "", "customer_id", "status");
}

#[async_trait]
impl BillingRepository for SqlStore {
    async fn invoice(&self, id: InvoiceId) -> Answer<Option<Versioned<Invoice>>> {
        self.by_id(id).await
    }

    async fn invoices(
        &self,
        filter: &InvoiceFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Invoice>>> {
        let customer = filter.customer_id.map(CustomerId::stored);
        let filters = [customer.as_deref(), filter.status.map(InvoiceStatus::as_str)];
        self.page(&INVOICES[variant(&filters)], page, &filters).await
    }

    async fn invoice_items(&self, id: InvoiceId) -> Answer<Vec<InvoiceItem>> {
        let rows = self.many(&INVOICE_ITEMS, &[(&id.stored()).into()]).await?;
        Ok(rows.into_iter().map(|it| it.value).collect())
    }

    async fn invoices_to_dun(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, InvoiceId)>,
        limit: u32,
    ) -> Answer<Due<Invoice, InvoiceId>> {
        let column = "next_dunning_at";
        match after {
            None => self.due(&INVOICES_TO_DUN, &[now.into(), limit.into()], column).await,
            Some((at, id)) => {
                let id = id.stored();
                let args = [now.into(), limit.into(), at.into(), (&id).into()];
                self.due(&INVOICES_TO_DUN_AFTER, &args, column).await
            }
        }
    }

    async fn payment(&self, id: PaymentId) -> Answer<Option<Versioned<Payment>>> {
        self.by_id(id).await
    }

    async fn payment_by_reference(
        &self,
        gateway: &str,
        reference: &str,
    ) -> Answer<Option<Versioned<Payment>>> {
        self.one(&PAYMENT_BY_REFERENCE, &[gateway.into(), reference.into()]).await
    }

    async fn payments_of(&self, id: InvoiceId) -> Answer<Vec<Versioned<Payment>>> {
        self.many(&PAYMENTS_OF, &[(&id.stored()).into()]).await
    }

    async fn payments(
        &self,
        filter: &PaymentFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Payment>>> {
        let customer = filter.customer_id.map(CustomerId::stored);
        let filters = [customer.as_deref(), filter.status.map(PaymentStatus::as_str)];
        self.page(&PAYMENTS[variant(&filters)], page, &filters).await
    }

    async fn unapplied_payments(&self, id: CustomerId) -> Answer<Vec<Versioned<Payment>>> {
        self.many(&UNAPPLIED_PAYMENTS, &[(&id.stored()).into()]).await
    }

    async fn payments_to_ask(
        &self,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Answer<Due<Payment, PaymentId>> {
        self.due(&PAYMENTS_TO_ASK, &[now.into(), limit.into()], "next_ask_at").await
    }

    async fn refund(&self, id: RefundId) -> Answer<Option<Versioned<Refund>>> {
        self.by_id(id).await
    }

    async fn refunds_of(&self, id: PaymentId) -> Answer<Vec<Versioned<Refund>>> {
        self.many(&REFUNDS_OF, &[(&id.stored()).into()]).await
    }
}
