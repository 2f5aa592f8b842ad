//! Settings, people, credentials and kept answers.
#![expect(missing_docs, reason = "a rule's name is its sentence")]

use super::{
    super::{asserts::*, sample::Sample},
    row::*,
};
use crate::{
    kernel::{Currency, Versioned},
    model::{access::PasswordHash, *},
    port::Store,
};

pub async fn a_setting_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = Setting { value: serde_json::json!({}), ..s.setting() };
    let value = serde_json::json!({
        "text": TEXT, "least": i64::MIN, "most": i64::MAX, "half": 0.5, "yes": true, "none": null,
        "list": [1, [], {}, ""], "": { "nested": { "deeper": [null] } },
    });
    let full = Setting { key: "Toko/ünïcode 漢字".to_owned(), value, ..s.setting() };
    survives!(store, settings, bare, full, |row| store.setting(&row.key));
}

pub async fn a_setting_may_be_any_json(store: &dyn Store) {
    let sample = Sample::new(1);
    for value in [
        serde_json::json!(null),
        serde_json::json!(""),
        serde_json::json!(TEXT),
        serde_json::json!(0),
        serde_json::json!(false),
        serde_json::json!([]),
    ] {
        let setting = Setting { value, ..sample.setting() };
        put(store, new!(settings: setting)).await;
        assert_eq!(store.setting(&setting.key).await.unwrap().unwrap().value, setting);
    }
}

pub async fn a_customer_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = s.customer();
    let full = Customer {
        kind: CustomerKind::Company,
        name: text(),
        company: Some(text()),
        phone: Some("+6281234567890".parse().unwrap()),
        address: full_address(),
        tax_id: Some(text()),
        currency: Currency::KWD,
        locale: "en".to_owned(),
        status: CustomerStatus::Closed,
        hold: Some(text()),
        created_at: bare.created_at,
        updated_at: last(),
        deleted_at: Some(early()),
        ..s.customer()
    };
    survives!(store, customers, bare, full, |row| store.customer(row.id));
}

pub async fn a_user_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = s.user(None);
    let full = User {
        name: text(),
        password_hash: PasswordHash::new("$argon2id$v=19$m=65536,t=3,p=4$AAAA+/$BBBB+/"),
        role: Role::Support,
        status: UserStatus::Disabled,
        customer_id: Some(shop.customer.id),
        locale: "en".to_owned(),
        email_verified_at: Some(early()),
        credentials_epoch: i64::MAX,
        created_at: bare.created_at,
        updated_at: last(),
        deleted_at: Some(last()),
        ..s.user(None)
    };
    survives!(store, users, bare, full, |row| store.user(row.id));
}

pub async fn a_session_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = Session { user_agent: String::new(), ..s.session(&shop.user) };
    let full = Session {
        user_agent: text(),
        ip: "2001:0db8:85a3:0000:0000:8a2e:0370:7334".to_owned(),
        expires_at: last(),
        revoked_at: Some(early()),
        created_at: bare.created_at,
        ..s.session(&shop.user)
    };
    survives!(store, sessions, bare, full, |row| store.session_by_token(&row.token_hash));
}

pub async fn an_api_key_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = ApiKey { scopes: vec![], ..s.api_key(&shop.user) };
    let full = ApiKey {
        name: text(),
        scopes: Permission::ALL.to_vec(),
        expires_at: Some(last()),
        last_used_at: Some(early()),
        revoked_at: Some(last()),
        created_at: bare.created_at,
        ..s.api_key(&shop.user)
    };
    survives!(store, api_keys, bare, full, |row| store.api_key(row.id));
}

pub async fn a_one_time_token_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let shop = stored_shop(store, &s).await;
    let bare = s.one_time_token(&shop.user);
    let full = OneTimeToken {
        purpose: TokenPurpose::ChangeEmail,
        email: Some("rani.baru@example.co.id".parse().unwrap()),
        credentials_epoch: 7,
        expires_at: last(),
        used_at: Some(early()),
        created_at: bare.created_at,
        ..s.one_time_token(&shop.user)
    };
    survives!(store, one_time_tokens, bare, full, |row| store.one_time_token(&row.token_hash));
}

pub async fn a_kept_answer_survives(store: &dyn Store) {
    let s = Sample::new(1);
    let bare = KeptAnswer { status: KeptAnswerStatus::Committed, ..s.kept_answer() };
    let full = KeptAnswer {
        status: KeptAnswerStatus::Answered,
        http_status: Some(201),
        body: Some(format!("{{\"text\": \"{TEXT}\"}}")),
        expires_at: last(),
        created_at: bare.created_at,
        ..s.kept_answer()
    };
    survives!(store, kept_answers, bare, full, |row| {
        store.kept_answer(&row.principal, &row.name)
    });
}
