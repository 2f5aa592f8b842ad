//! The sign of life that tells an outage from a quiet hour (law 6).

use super::{Never, Ports, ServiceError, decide_again};
use crate::{change::ChangeSet, model::Setting, port::StoreError};

/// Notes that this installation runs, and remembers the outage if it has not for long.
///
/// Called before every run: enforcement must know of the outage before it counts grace.
///
/// # Errors
/// A store that failed.
pub async fn beat(ports: &Ports) -> Result<(), ServiceError<Never>> {
    let store = &*ports.store;
    let done = decide_again!(store, {
        let stored = store.setting("heartbeat").await?;
        let mut heartbeat = store.heartbeat().await?;
        heartbeat.beat(ports.now());
        let value = serde_json::to_value(&heartbeat)
            .map_err(|error| ServiceError::Store(StoreError::Refused(Box::new(error))))?;
        let mut changes = ChangeSet::default();
        match stored {
            Some(read) => {
                let mut setting = read.value.clone();
                setting.value = value;
                setting.updated_at = ports.now();
                changes.settings.change(read.with(setting));
            }
            None => changes.settings.add(Setting {
                id: ports.mint().id(),
                key: "heartbeat".to_owned(),
                value,
                created_at: ports.now(),
                updated_at: ports.now(),
            }),
        }
        (changes, ())
    });
    match done {
        Ok(_) | Err(StoreError::Duplicate(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
