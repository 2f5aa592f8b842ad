//! The wallet's page behind a deeplink: the customer looks at the amount and pays, or does not.

use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Html,
};
use serde::Deserialize;

use super::{MidtransSandbox, TransactionView};

#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    id: String,
}

/// Shows what is to be paid.
pub(super) async fn ask(
    State(sandbox): State<MidtransSandbox>,
    Query(wanted): Query<Wanted>,
) -> (StatusCode, Html<String>) {
    let Some(transaction) = sandbox.transaction(&wanted.id) else { return unknown() };
    (StatusCode::OK, page(&transaction))
}

/// Pays, and shows what became of it.
pub(super) async fn pay(
    State(sandbox): State<MidtransSandbox>,
    Query(wanted): Query<Wanted>,
) -> (StatusCode, Html<String>) {
    let status = match sandbox.pay(&wanted.id) {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::CONFLICT,
    };
    let Some(transaction) = sandbox.transaction(&wanted.id) else { return unknown() };
    (status, page(&transaction))
}

fn unknown() -> (StatusCode, Html<String>) {
    (StatusCode::NOT_FOUND, Html("<!doctype html><p>There is no such payment.</p>".to_owned()))
}

/// Everything on the page is made by the server or is a checked order id, so nothing needs escaping.
fn page(transaction: &TransactionView) -> Html<String> {
    let TransactionView { order_id, transaction_id, gross_amount, transaction_status, .. } =
        transaction;
    let button = if transaction_status == "pending" {
        format!(
            "<form method=\"post\" action=\"/gopay/pay?id={transaction_id}\">\
             <button>Pay Rp{gross_amount}</button></form>"
        )
    } else {
        String::new()
    };
    Html(format!(
        "<!doctype html><html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>GoPay sandbox</title><h1>GoPay sandbox</h1>\
         <p>{order_id}: {transaction_status}</p>{button}</html>"
    ))
}
