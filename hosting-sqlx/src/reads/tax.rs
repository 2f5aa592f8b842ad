//! Tax rules.

use async_trait::async_trait;
use hosting_core::{
    kernel::Versioned,
    model::{TaxRule, TaxRuleId},
    port::store::{TaxRepository, read::Answer},
};

use super::statements;
use crate::{record::Record, statement::Statement, store::SqlStore};

statements! {
    TAX_RULES = Statement::select(TaxRule::COLUMNS, "ORDER BY t.id DESC LIMIT 1000");
}

#[async_trait]
impl TaxRepository for SqlStore {
    async fn tax_rule(&self, id: TaxRuleId) -> Answer<Option<Versioned<TaxRule>>> {
        self.by_id(id).await
    }

    async fn tax_rules(&self) -> Answer<Vec<Versioned<TaxRule>>> {
        self.many(&TAX_RULES, &[]).await
    }
}
