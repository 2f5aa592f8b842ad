//! Servers and the accounts on them.

use async_trait::async_trait;
use hosting_core::{
    kernel::{Page, PageRequest, Versioned},
    model::{PanelAccount, PanelAccountId, Server, ServerId, SubscriptionId},
    port::store::{ProvisioningRepository, Rows, Unreadable, read::Answer},
};

use super::{by_id, parted, statements, versioned_and};
use crate::{
    conn::Cells,
    record::{Record, stored_id},
    statement::Statement,
    store::SqlStore,
};

statements! {
    SERVERS = Statement::select(
        Server::COLUMNS,
        "WHERE t.deleted_at IS NULL ORDER BY t.name LIMIT 1000",
    );
    EVERY_SERVER = by_id!(Server, "");
    GROUP_LOAD = Statement::select_with(
        Server::COLUMNS,
        "(SELECT count(*) FROM panel_accounts AS a WHERE a.server_id = t.id \
          AND a.status IN ('pending', 'active', 'suspended'))",
        "WHERE t.server_group = $1 AND t.status = 'active' AND t.deleted_at IS NULL ORDER BY t.id",
    );
    ACCOUNT_OF = Statement::select(PanelAccount::COLUMNS, "WHERE t.subscription_id = $1");
    EVERY_ACCOUNT = by_id!(PanelAccount, "");
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

    async fn servers(&self) -> Answer<Rows<Versioned<Server>>> {
        Ok(parted(self.met(&SERVERS, &[], |_| None).await?, |_, _| None))
    }

    async fn every_server(&self, page: &PageRequest) -> Answer<Page<Versioned<Server>>> {
        self.page(&EVERY_SERVER, page, &[]).await
    }

    async fn group_load(&self, server_group: &str) -> Answer<Rows<(Versioned<Server>, i64)>> {
        let read = |row: &dyn Cells| Ok((stored_id(row), versioned_and(row, "accounts")));
        let mut answer = Rows::default();
        for (id, row) in self.db().fetch(&GROUP_LOAD, &[server_group.into()], read).await? {
            match row {
                Ok(row) => answer.rows.push(row),
                Err(error) => answer.unreadable.push(Unreadable {
                    table: Server::COLUMNS.name,
                    id,
                    due_at: None,
                    position: None,
                    why: error.to_string(),
                }),
            }
        }
        Ok(answer)
    }

    async fn panel_account(&self, id: PanelAccountId) -> Answer<Option<Versioned<PanelAccount>>> {
        self.by_id(id).await
    }

    async fn account_of(&self, id: SubscriptionId) -> Answer<Option<Versioned<PanelAccount>>> {
        self.one(&ACCOUNT_OF, &[(&id.stored()).into()]).await
    }

    async fn every_account(&self, page: &PageRequest) -> Answer<Page<Versioned<PanelAccount>>> {
        self.page(&EVERY_ACCOUNT, page, &[]).await
    }

    async fn accounts_on(
        &self,
        id: ServerId,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<PanelAccount>>> {
        self.page(&ACCOUNTS_ON, page, &[Some(&id.stored())]).await
    }
}
