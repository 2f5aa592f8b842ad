//! Log-ins.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use hosting_core::{
    kernel::{Email, Page, PageRequest, Versioned},
    model::{
        ApiKey, ApiKeyId, CustomerId, OneTimeToken, Role, Session, User, UserId, access::TokenHash,
    },
    port::store::{AccessRepository, UserFilter, read::Answer},
};

use super::{by_id, statements, variant};
use crate::{record::Record, statement::Statement, store::SqlStore};

statements! {
    USER_BY_EMAIL = Statement::select(User::COLUMNS, "WHERE t.email = $1");
    SESSION_BY_TOKEN = Statement::select(Session::COLUMNS, "WHERE t.token_hash = $1");
    LIVE_SESSIONS = Statement::select(
        Session::COLUMNS,
        "WHERE t.user_id = $1 AND t.expires_at > $2 AND t.revoked_at IS NULL \
         ORDER BY t.id DESC LIMIT 200",
    );
    API_KEYS = Statement::select(
        ApiKey::COLUMNS,
        "WHERE t.user_id = $1 ORDER BY t.id DESC LIMIT 200",
    );
    TOKEN_BY_HASH = Statement::select(OneTimeToken::COLUMNS, "WHERE t.token_hash = $1");
    + USERS: 4 = by_id!(User, " AND t.deleted_at IS NULL", "customer_id", "role");
}

#[async_trait]
impl AccessRepository for SqlStore {
    async fn user(&self, id: UserId) -> Answer<Option<Versioned<User>>> {
        self.by_id(id).await
    }

    async fn user_by_email(&self, email: &Email) -> Answer<Option<Versioned<User>>> {
        self.one(&USER_BY_EMAIL, &[email.as_str().into()]).await
    }

    async fn users(
        &self,
        filter: &UserFilter,
        page: &PageRequest,
    ) -> Answer<Page<Versioned<User>>> {
        let customer = filter.customer_id.map(CustomerId::stored);
        let filters = [customer.as_deref(), filter.role.map(Role::as_str)];
        self.page(&USERS[variant(&filters)], page, &filters).await
    }

    async fn session_by_token(&self, hash: &TokenHash) -> Answer<Option<Versioned<Session>>> {
        self.one(&SESSION_BY_TOKEN, &[hash.as_str().into()]).await
    }

    async fn live_sessions(
        &self,
        user_id: UserId,
        now: DateTime<Utc>,
    ) -> Answer<Vec<Versioned<Session>>> {
        self.many(&LIVE_SESSIONS, &[(&user_id.stored()).into(), now.into()]).await
    }

    async fn api_key(&self, id: ApiKeyId) -> Answer<Option<Versioned<ApiKey>>> {
        self.by_id(id).await
    }

    async fn api_keys(&self, user_id: UserId) -> Answer<Vec<Versioned<ApiKey>>> {
        self.many(&API_KEYS, &[(&user_id.stored()).into()]).await
    }

    async fn one_time_token(&self, hash: &TokenHash) -> Answer<Option<Versioned<OneTimeToken>>> {
        self.one(&TOKEN_BY_HASH, &[hash.as_str().into()]).await
    }
}
