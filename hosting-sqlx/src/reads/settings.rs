//! Settings.

use async_trait::async_trait;
use hosting_core::{
    kernel::Versioned,
    model::Setting,
    port::store::{Rows, SettingsRepository, read::Answer},
};

use super::{parted, statements};
use crate::{record::Record, statement::Statement, store::SqlStore};

statements! {
    SETTING = Statement::select(Setting::COLUMNS, "WHERE t.name = $1");
    SETTINGS_IN = Statement::select(
        Setting::COLUMNS,
        "WHERE t.name > $1 AND t.name < $2 ORDER BY t.name LIMIT 200",
    );
}

#[async_trait]
impl SettingsRepository for SqlStore {
    async fn setting(&self, key: &str) -> Answer<Option<Versioned<Setting>>> {
        self.one(&SETTING, &[key.into()]).await
    }

    async fn settings_in(&self, folder: &str) -> Answer<Rows<Versioned<Setting>>> {
        // Keys are compared byte by byte, and `0` is the byte behind `/`.
        let (first, end) = (format!("{folder}/"), format!("{folder}0"));
        let args = [first.as_str().into(), end.as_str().into()];
        Ok(parted(self.met(&SETTINGS_IN, &args, |_| None).await?, |_, _| None))
    }
}
