//! Settings.

use async_trait::async_trait;
use hosting_core::{
    kernel::Versioned,
    model::Setting,
    port::store::{SettingsRepository, read::Answer},
};

use super::statements;
use crate::{record::Record, statement::Statement, store::SqlStore};

statements! {
    SETTING = Statement::select(Setting::COLUMNS, "WHERE t.name = $1");
}

#[async_trait]
impl SettingsRepository for SqlStore {
    async fn setting(&self, key: &str) -> Answer<Option<Versioned<Setting>>> {
        self.one(&SETTING, &[key.into()]).await
    }
}
