//! Customers, users and their credentials.

use super::{Sample, address};
use crate::{
    kernel::Currency,
    model::{
        ApiKey, Customer, CustomerKind, CustomerStatus, KeptAnswer, KeptAnswerStatus, OneTimeToken,
        Permission, Role, Session, Setting, TokenPurpose, User, UserStatus,
        access::{PasswordHash, TokenHash},
    },
};
use chrono::TimeDelta;

impl Sample {
    /// A customer.
    pub fn customer(&self) -> Customer {
        let mint = self.mint();
        Customer {
            id: mint.id(),
            kind: CustomerKind::Individual,
            name: "Rani Wijaya".to_owned(),
            company: None,
            email: format!("rani.{}@example.com", self.word()).parse().unwrap(),
            phone: None,
            address: address(),
            tax_id: None,
            currency: Currency::IDR,
            locale: "id".to_owned(),
            status: CustomerStatus::Active,
            hold: None,
            created_at: mint.now(),
            updated_at: mint.now(),
            deleted_at: None,
        }
    }

    /// A user, of `customer` when there is one.
    pub fn user(&self, customer: Option<&Customer>) -> User {
        let mint = self.mint();
        User {
            id: mint.id(),
            email: format!("user.{}@example.com", self.word()).parse().unwrap(),
            name: "Rani Wijaya".to_owned(),
            password_hash: PasswordHash::new("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"),
            role: if customer.is_some() { Role::Customer } else { Role::Admin },
            status: UserStatus::Active,
            customer_id: customer.map(|it| it.id),
            locale: "id".to_owned(),
            email_verified_at: None,
            credentials_epoch: 0,
            created_at: mint.now(),
            updated_at: mint.now(),
            deleted_at: None,
        }
    }

    /// A session of `user` that lasts an hour.
    pub fn session(&self, user: &User) -> Session {
        let mint = self.mint();
        Session {
            id: mint.id(),
            user_id: user.id,
            token_hash: TokenHash::new(self.hex64()),
            user_agent: "Firefox on Linux".to_owned(),
            ip: "203.0.113.7".to_owned(),
            expires_at: mint.now() + TimeDelta::hours(1),
            revoked_at: None,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// An API key of `user`.
    pub fn api_key(&self, user: &User) -> ApiKey {
        let mint = self.mint();
        ApiKey {
            id: mint.id(),
            user_id: user.id,
            name: "Book-keeping".to_owned(),
            secret_hash: TokenHash::new(self.hex64()),
            scopes: vec![Permission::InvoicesView],
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// A link in a mail to `user` that works for an hour.
    pub fn one_time_token(&self, user: &User) -> OneTimeToken {
        let mint = self.mint();
        OneTimeToken {
            id: mint.id(),
            user_id: user.id,
            purpose: TokenPurpose::VerifyEmail,
            token_hash: TokenHash::new(self.hex64()),
            email: None,
            credentials_epoch: user.credentials_epoch,
            expires_at: mint.now() + TimeDelta::hours(1),
            used_at: None,
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// A setting.
    pub fn setting(&self) -> Setting {
        let mint = self.mint();
        Setting {
            id: mint.id(),
            key: format!("setting-{}", self.word()),
            value: serde_json::json!({ "colour": "teal" }),
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }

    /// An answer that is being worked on, kept for an hour.
    pub fn kept_answer(&self) -> KeptAnswer {
        let mint = self.mint();
        KeptAnswer {
            id: mint.id(),
            principal: format!("key_{}", self.word()),
            name: self.word(),
            fingerprint: self.hex64(),
            status: KeptAnswerStatus::InProgress,
            http_status: None,
            body: None,
            expires_at: mint.now() + TimeDelta::hours(1),
            created_at: mint.now(),
            updated_at: mint.now(),
        }
    }
}
