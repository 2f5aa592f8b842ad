//! What came in from outside: webhooks, and requests that may be repeated.

use async_trait::async_trait;
use hosting_core::{
    kernel::{Page, PageRequest, Versioned},
    model::{KeptAnswer, WebhookEvent, WebhookEventId},
    port::store::{IdempotencyRepository, WebhookRepository, read::Answer},
};

use super::{by_id, statements};
use crate::{record::Record, statement::Statement, store::SqlStore};

statements! {
    WEBHOOK_EVENTS = by_id!(WebhookEvent, "");
    KEPT_ANSWER = Statement::select(KeptAnswer::COLUMNS, "WHERE t.principal = $1 AND t.name = $2");
}

#[async_trait]
impl WebhookRepository for SqlStore {
    async fn webhook_event(&self, id: WebhookEventId) -> Answer<Option<Versioned<WebhookEvent>>> {
        self.by_id(id).await
    }

    async fn webhook_events(&self, page: &PageRequest) -> Answer<Page<Versioned<WebhookEvent>>> {
        self.page(&WEBHOOK_EVENTS, page, &[]).await
    }
}

#[async_trait]
impl IdempotencyRepository for SqlStore {
    async fn kept_answer(
        &self,
        principal: &str,
        name: &str,
    ) -> Answer<Option<Versioned<KeptAnswer>>> {
        self.one(&KEPT_ANSWER, &[principal.into(), name.into()]).await
    }
}
