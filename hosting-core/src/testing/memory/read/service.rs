//! Questions about subscriptions, servers and accounts.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::super::{MemoryStore, rows::List};
use crate::{
    change::Unique,
    kernel::{Page, PageRequest, Versioned},
    model::{
        AccountStatus, Cycle, InvoiceId, PanelAccount, PanelAccountId, ProvisioningStatus, Server,
        ServerId, ServerStatus, Subscription, SubscriptionId,
    },
    port::store::{
        ProvisioningRepository, Rows, SubscriptionFilter, SubscriptionRepository,
        read::{Answer, Due},
    },
};

#[async_trait]
impl SubscriptionRepository for MemoryStore {
    async fn subscription(&self, id: SubscriptionId) -> Answer<Option<Versioned<Subscription>>> {
        self.state().tables.subscriptions.read(id)
    }

    async fn subscriptions(
        &self,
        filter: &SubscriptionFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Subscription>>> {
        let keep = |it: &Subscription| filter.status.is_none_or(|status| it.status == status);
        let state = self.state();
        match filter.customer_id {
            Some(id) => state.tables.subscriptions.page_of(List::Customer, id, page, keep),
            None => state.tables.subscriptions.page(page, keep),
        }
    }

    async fn subscriptions_of_invoice(
        &self,
        id: InvoiceId,
    ) -> Answer<Vec<Versioned<Subscription>>> {
        let state = self.state();
        let items = state.tables.invoice_items.of(List::Invoice, id);
        let ids: std::collections::BTreeSet<_> =
            items.filter_map(|item| item.subscription_id).collect();
        let found = ids.into_iter().map(|id| state.tables.subscriptions.read(id));
        found.filter_map(Result::transpose).collect()
    }

    async fn subscriptions_to_make(
        &self,
        after: Option<SubscriptionId>,
        limit: u32,
    ) -> Answer<Rows<Versioned<Subscription>, SubscriptionId>> {
        use ProvisioningStatus as P;
        let state = self.state();
        let open = state.tables.subscriptions.all().filter(|it| {
            after.is_none_or(|after| it.id > after)
                && it.status.is_served()
                && matches!(it.provisioning_status, P::Pending | P::InProgress)
        });
        let met = open.take(usize::try_from(limit).unwrap_or(usize::MAX));
        let met = met.map(|it| (None, it.clone())).collect();
        Ok(state.tables.subscriptions.parted(met, |_, id| id))
    }

    async fn subscriptions_to_renew(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>> {
        Ok(self.state().tables.subscriptions.due(List::DueRenewal, now, after, limit))
    }

    async fn subscriptions_to_cancel(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>> {
        Ok(self.state().tables.subscriptions.due(List::DueCancellation, now, after, limit))
    }

    async fn subscriptions_to_terminate(
        &self,
        now: DateTime<Utc>,
        after: Option<(DateTime<Utc>, SubscriptionId)>,
        limit: u32,
    ) -> Answer<Due<Subscription, SubscriptionId>> {
        Ok(self.state().tables.subscriptions.due(List::DueTermination, now, after, limit))
    }

    async fn cycles_of(&self, id: SubscriptionId) -> Answer<Vec<Versioned<Cycle>>> {
        let state = self.state();
        let mut rows: Vec<_> =
            state.tables.subscription_cycles.of(List::Subscription, id).collect();
        rows.sort_by_key(|it| std::cmp::Reverse(it.period_start));
        state.tables.subscription_cycles.all_of(rows.into_iter(), 1000)
    }

    async fn cycles_of_invoice(&self, id: InvoiceId) -> Answer<Vec<Versioned<Cycle>>> {
        let state = self.state();
        let rows = &state.tables.subscription_cycles;
        rows.all_of(rows.of(List::Invoice, id), usize::MAX)
    }
}

#[async_trait]
impl ProvisioningRepository for MemoryStore {
    async fn server(&self, id: ServerId) -> Answer<Option<Versioned<Server>>> {
        self.state().tables.servers.read(id)
    }

    async fn servers(&self) -> Answer<Rows<Versioned<Server>>> {
        let state = self.state();
        let mut rows: Vec<_> =
            state.tables.servers.all().filter(|it| it.deleted_at.is_none()).collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        let met = rows.into_iter().take(1000).map(|it| (None, it.clone())).collect();
        Ok(Rows { last: None, ..state.tables.servers.parted(met, |_, _| ()) })
    }

    async fn every_server(&self, page: &PageRequest) -> Answer<Page<Versioned<Server>>> {
        self.state().tables.servers.page(page, |_| true)
    }

    async fn group_load(&self, server_group: &str) -> Answer<Rows<(Versioned<Server>, i64)>> {
        let state = self.state();
        let open = state.tables.servers.all().filter(|it| {
            it.server_group == server_group
                && it.status == ServerStatus::Active
                && it.deleted_at.is_none()
        });
        let met = open.map(|it| (None, it.clone())).collect();
        let parted = state.tables.servers.parted(met, |_, _| ());
        let loaded = |server: Versioned<Server>| {
            let accounts = state.tables.panel_accounts.of(List::Server, server.id);
            let live = accounts.filter(|it| it.status != AccountStatus::Terminated).count();
            (server, i64::try_from(live).unwrap_or(i64::MAX))
        };
        Ok(Rows {
            rows: parted.rows.into_iter().map(loaded).collect(),
            unreadable: parted.unreadable,
            last: None,
        })
    }

    async fn panel_account(&self, id: PanelAccountId) -> Answer<Option<Versioned<PanelAccount>>> {
        self.state().tables.panel_accounts.read(id)
    }

    async fn account_of(&self, id: SubscriptionId) -> Answer<Option<Versioned<PanelAccount>>> {
        Ok(self.state().tables.panel_accounts.by(Unique::AccountSubscription, id.stored()))
    }

    async fn every_account(&self, page: &PageRequest) -> Answer<Page<Versioned<PanelAccount>>> {
        self.state().tables.panel_accounts.page(page, |_| true)
    }

    async fn accounts_on(
        &self,
        id: ServerId,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<PanelAccount>>> {
        self.state().tables.panel_accounts.page_of(List::Server, id, page, |_| true)
    }
}
