//! Running services and their billed periods.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Page, PageRequest, Versioned},
    model::{CustomerId, Cycle, InvoiceId, Subscription, SubscriptionId, SubscriptionStatus},
    port::store::{
        Rows, SubscriptionFilter, SubscriptionRepository,
        read::{Answer, Due},
    },
};

use super::{by_id, parted, statements, variant};
use crate::{record::Record, statement::Statement, store::SqlStore};

/// Subscriptions in some states whose time has come, earliest first: from the beginning, and after
/// a place. The states are hidden from the planner: without statistics `SQLite` would rather gather
/// all rows of a state and sort them.
macro_rules! due {
    ($column:literal, $states:literal) => {
        [
            Statement::select(
                Subscription::COLUMNS,
                concat!(
                    "WHERE t.",
                    $column,
                    " <= $1 AND coalesce(t.status, '') IN (",
                    $states,
                    ") ORDER BY t.",
                    $column,
                    ", t.id LIMIT $2"
                ),
            ),
            Statement::select(
                Subscription::COLUMNS,
                concat!(
                    "WHERE t.",
                    $column,
                    " <= $1 AND t.",
                    $column,
                    " >= $3 AND (t.",
                    $column,
                    " > $3 OR t.id > $4) AND coalesce(t.status, '') IN (",
                    $states,
                    ") ORDER BY t.",
                    $column,
                    ", t.id LIMIT $2"
                ),
            ),
        ]
    };
}

statements! {
    OF_INVOICE = Statement::select(
        Subscription::COLUMNS,
        "WHERE t.id IN (SELECT i.subscription_id FROM invoice_items AS i WHERE i.invoice_id = $1) \
         ORDER BY t.id",
    );
    // The condition of the partial index, word for word. Named by the states that do not count, because
    // SQLite would look up each state that does in the index by status, and sort.
    TO_MAKE = Statement::select(
        Subscription::COLUMNS,
        "WHERE t.provisioning_status IN ('pending', 'in_progress') \
           AND t.status NOT IN ('pending', 'suspended', 'cancelled', 'terminated') AND t.id > $1 \
         ORDER BY t.id LIMIT $2",
    );
    CYCLES_OF = Statement::select(
        Cycle::COLUMNS,
        "WHERE t.subscription_id = $1 ORDER BY t.period_start DESC LIMIT 1000",
    );
    CYCLES_OF_INVOICE = Statement::select(Cycle::COLUMNS, "WHERE t.invoice_id = $1 ORDER BY t.id");
    + SUBSCRIPTIONS: 4 = by_id!(Subscription, "", "customer_id", "status");
    + TO_RENEW: 2 = due!("next_renewal_at", "'trialing', 'active', 'past_due', 'suspended'");
    + TO_CANCEL: 2 = due!("cancel_at", "'pending', 'trialing', 'active', 'past_due', 'suspended'");
    + TO_TERMINATE: 2 = due!("terminate_at", "'suspended', 'cancelled'");
}

impl SqlStore {
    async fn due_subscriptions(
        &self,
        ([first, next], column): (&'static [Statement; 2], &'static str),
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>> {
        match after {
            None => self.due(first, &[now.into(), limit.into()], column).await,
            Some((at, id)) => {
                let id = id.stored();
                let args = [now.into(), limit.into(), at.into(), (&id).into()];
                self.due(next, &args, column).await
            }
        }
    }
}

#[async_trait]
impl SubscriptionRepository for SqlStore {
    async fn subscription(&self, id: SubscriptionId) -> Answer<Option<Versioned<Subscription>>> {
        self.by_id(id).await
    }

    async fn subscriptions(
        &self,
        filter: &SubscriptionFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Subscription>>> {
        let customer = filter.customer_id.map(CustomerId::stored);
        let filters = [customer.as_deref(), filter.status.map(SubscriptionStatus::as_str)];
        self.page(&SUBSCRIPTIONS[variant(&filters)], page, &filters).await
    }

    async fn subscriptions_of_invoice(
        &self,
        id: InvoiceId,
    ) -> Answer<Vec<Versioned<Subscription>>> {
        self.many(&OF_INVOICE, &[(&id.stored()).into()]).await
    }

    async fn subscriptions_to_make(
        &self,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Answer<Rows<Versioned<Subscription>, SubscriptionId>> {
        let after = after.map(SubscriptionId::stored).unwrap_or_default();
        let met = self.met(&TO_MAKE, &[(&after).into(), limit.into()], |_| None).await?;
        Ok(parted(met, |id, _| Some(id)))
    }

    async fn subscriptions_to_renew(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>> {
        self.due_subscriptions((&TO_RENEW, "next_renewal_at"), now, after, limit).await
    }

    async fn subscriptions_to_cancel(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>> {
        self.due_subscriptions((&TO_CANCEL, "cancel_at"), now, after, limit).await
    }

    async fn subscriptions_to_terminate(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>> {
        self.due_subscriptions((&TO_TERMINATE, "terminate_at"), now, after, limit).await
    }

    async fn cycles_of(&self, id: SubscriptionId) -> Answer<Vec<Versioned<Cycle>>> {
        self.many(&CYCLES_OF, &[(&id.stored()).into()]).await
    }

    async fn cycles_of_invoice(&self, id: InvoiceId) -> Answer<Vec<Versioned<Cycle>>> {
        self.many(&CYCLES_OF_INVOICE, &[(&id.stored()).into()]).await
    }
}
