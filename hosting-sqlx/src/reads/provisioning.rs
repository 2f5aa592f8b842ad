//! Servers and the accounts on them.

use async_trait::async_trait;
use hosting_core::{
    kernel::{Page, PageRequest, Versioned},
    model::{PanelAccount, PanelAccountId, Server, ServerId, SubscriptionId},
    port::store::{ProvisioningRepository, read::Answer},
};

use super::{statements, versioned_and};
use crate::{record::Record, statement::Statement, store::SqlStore};

statements! {
    SERVERS = Statement::select(
        Server::COLUMNS,
        "WHERE t.deleted_at IS NULL ORDER BY t.name LIMIT 1000",
    );
    GROUP_LOAD = Statement::select_with(
        Server::COLUMNS,
        "(SELECT count(*) FROM panel_accounts AS a WHERE a.server_id = t.id \
          AND a.status IN ('pending', 'active', 'suspended'))",
        "WHERE t.server_group = $1 AND t.status = 'active' AND t.deleted_at IS NULL ORDER BY t.id",
    );
    ACCOUNT_OF = Statement::select(PanelAccount::COLUMNS, "WHERE t.subscription_id = $1");
    ACCOUNTS_ON = Statement::select(
        PanelAccount::COLUMNS,
        "WHERE t.id < $1 AND t.server_id = $3 ORDER BY t.id DESC LIMIT $2",
    );
}

#[async_trait]
impl ProvisioningRepository for SqlStore {
    async fn server(&self, id: ServerId) -> Answer<Option<Versioned<Server>>> {
        self.by_id(id).await
    }

    async fn servers(&self) -> Answer<Vec<Versioned<Server>>> {
        self.many(&SERVERS, &[]).await
    }

    async fn group_load(&self, server_group: &str) -> Answer<Vec<(Versioned<Server>, i64)>> {
        self.db()
            .fetch(&GROUP_LOAD, &[server_group.into()], |row| versioned_and(row, "accounts"))
            .await
    }

    async fn panel_account(&self, id: PanelAccountId) -> Answer<Option<Versioned<PanelAccount>>> {
        self.by_id(id).await
    }

    async fn account_of(&self, id: SubscriptionId) -> Answer<Option<Versioned<PanelAccount>>> {
        self.one(&ACCOUNT_OF, &[(&id.stored()).into()]).await
    }

    async fn accounts_on(
        &self,
        id: ServerId,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<PanelAccount>>> {
        self.page(&ACCOUNTS_ON, page, &[Some(&id.stored())]).await
    }
}
