//! What ends, ends for whoever comes at the same moment, too.

use std::sync::Arc;

use chrono::TimeDelta;
use hosting_core::{
    change::ChangeSet,
    decide::{
        Context,
        access::{NewApiKey, NewStaff},
        billing::{PaidPart, RefundWish},
        customer::ClosingRefusal,
        ordering::CheckoutRefusal,
    },
    model::{
        Actor, AfterRefund, CustomerStatus, Permission, Role,
        access::{PasswordHash, TokenHash},
    },
    service::{Ports, ServiceError, access, customers, orders, refunds},
};

use super::{meanwhile::Meanwhile, stage::shop};

const STAFF: Actor = Actor::System;

#[tokio::test]
async fn an_order_that_is_placed_keeps_its_customers_account_from_being_closed() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (ports, customer) = (shop.ports.clone(), shop.customer_id);
    let order = async move {
        orders::place_order(&ports, &Actor::Guest, cart, customer).await.unwrap();
    };
    let closes =
        |it: &ChangeSet| it.customers.changed.iter().any(|it| it.status == CustomerStatus::Closed);
    let store = Meanwhile::new(Arc::clone(&shop.store), closes, order);
    let ports = Ports { store: store.clone(), ..shop.ports.clone() };
    let refused = customers::close(&ports, &STAFF, customer, "moving away").await;
    assert!(store.is_done());
    assert!(
        matches!(refused, Err(ServiceError::Refused(ClosingRefusal::HasServices))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_account_that_is_closed_meanwhile_orders_nothing() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (ports, customer) = (shop.ports.clone(), shop.customer_id);
    let close = async move { customers::close(&ports, &STAFF, customer, "no").await.unwrap() };
    let orders_it = |it: &ChangeSet| !it.orders.new.is_empty();
    let store = Meanwhile::new(Arc::clone(&shop.store), orders_it, close);
    let ports = Ports { store: store.clone(), ..shop.ports.clone() };
    let placed = orders::place_order(&ports, &Actor::Guest, cart, customer).await;
    assert!(store.is_done());
    let closed = ServiceError::Refused(CheckoutRefusal::CustomerClosed);
    assert_eq!(placed.unwrap_err().to_string(), closed.to_string());
}

/// Late money for a cancelled order keeps the account open until it was given back, and not for ever.
#[tokio::test]
async fn money_that_is_not_given_back_keeps_the_account_open() {
    let shop = shop().await;
    let cart = shop.cart("nusakopi.com", None).await;
    let (order, invoice) = shop.order(cart).await;
    let payment = shop.ask_to_pay(invoice).await;
    orders::cancel(&shop.ports, &STAFF, order, PaidPart::Undecided, "no").await.unwrap();
    assert!(shop.gateway.pay(&payment.reference));
    shop.settle_down(TimeDelta::hours(13)).await;
    let close = || customers::close(&shop.ports, &STAFF, shop.customer_id, "moving away");
    let refused = close().await;
    assert!(matches!(refused, Err(ServiceError::Refused(ClosingRefusal::IsOwed))), "{refused:?}");
    let amount = shop.store.payment(payment.id).await.unwrap().unwrap().received;
    let wish = RefundWish { amount, reason: "late", services: AfterRefund::Keep };
    let refund = refunds::start(&shop.ports, &STAFF, payment.id, &wish).await.unwrap();
    shop.drain().await;
    if shop.store.payment(payment.id).await.unwrap().unwrap().given_back != amount {
        refunds::paid_out(&shop.ports, &STAFF, refund, "TRX-1").await.unwrap();
    }
    close().await.unwrap();
    shop.check_books().await;
}

/// Whoever has a stolen session when its owner chooses a new password keeps no key either.
#[tokio::test]
async fn a_key_that_is_made_meanwhile_does_not_outlive_a_new_password() {
    let shop = shop().await;
    let old = PasswordHash::new("old");
    let wish = NewStaff {
        email: "sari@example.com".parse().unwrap(),
        name: "Sari".to_owned(),
        role: Role::Support,
        password_hash: old.clone(),
        locale: "id".to_owned(),
    };
    let user = access::create_staff(&shop.ports, &STAFF, &wish, None).await.unwrap().id;
    let key = NewApiKey {
        id: Context::new(shop.ports.mint(), &STAFF).id(),
        name: "Thief".to_owned(),
        secret_hash: TokenHash::new("k"),
        scopes: vec![Permission::OrdersView],
        expires_at: None,
    };
    let (ports, id) = (shop.ports.clone(), key.id);
    let theft = async move {
        access::create_api_key(&ports, &Actor::User { user_id: user }, user, &key).await.unwrap();
    };
    let replaces = |it: &ChangeSet| {
        it.users.changed.iter().any(|it| it.password_hash == PasswordHash::new("new"))
    };
    let store = Meanwhile::new(Arc::clone(&shop.store), replaces, theft);
    let ports = Ports { store: store.clone(), ..shop.ports.clone() };
    let actor = Actor::User { user_id: user };
    let new = PasswordHash::new("new");
    access::change_password(&ports, &actor, user, &old, &new, None).await.unwrap();
    assert!(store.is_done());
    let key = shop.store.api_key(id).await.unwrap().unwrap();
    assert!(key.revoked_at.is_some(), "it was made with the old password");
}
