//! Customers.

use async_trait::async_trait;
use hosting_core::{
    kernel::{Page, PageRequest, Versioned},
    model::{Customer, CustomerId},
    port::store::{CustomerFilter, CustomerRepository, Rows, read::Answer},
};

use super::{by_id, parted, statements, variant};
use crate::{batch::Batch, conn::Arg, record::Record, statement::Statement, store::SqlStore};

statements! {
    CUSTOMERS_BY_ID = Statement::select_named(Customer::COLUMNS);
    + CUSTOMERS: 2 = by_id!(Customer, " AND t.deleted_at IS NULL", "email");
}

#[async_trait]
impl CustomerRepository for SqlStore {
    async fn customer(&self, id: CustomerId) -> Answer<Option<Versioned<Customer>>> {
        self.by_id(id).await
    }

    async fn customers_by_id(&self, ids: &[CustomerId]) -> Answer<Rows<Versioned<Customer>>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut batch = Batch::new(self.db().dialect());
        for id in ids {
            batch.row(|row| row.text("id", &id.stored()));
        }
        let mut met = Vec::new();
        for chunk in batch.finish()? {
            met.extend(self.met(&CUSTOMERS_BY_ID, &[Arg::Text(&chunk.text)], |_| None).await?);
        }
        Ok(parted(met, |_, _| Some(())))
    }

    async fn customers(
        &self,
        filter: &CustomerFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<Customer>>> {
        let filters = [filter.email.as_ref().map(hosting_core::kernel::Email::as_str)];
        self.page(&CUSTOMERS[variant(&filters)], page, &filters).await
    }
}
