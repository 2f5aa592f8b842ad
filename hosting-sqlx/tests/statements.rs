//! Every statement is understood by every database.

mod support;

use hosting_sqlx::SqlStore;

#[tokio::test]
async fn every_statement_prepares_on_every_database() {
    assert!(SqlStore::statements().len() > 150, "the list of statements is not complete");
    support::on_each(|store| async move {
        let mut wrong = Vec::new();
        for statement in SqlStore::statements() {
            if let Err(error) = store.prepare(statement).await {
                let text = statement.text(store.dialect());
                wrong.push(format!("{text}\n  {error:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    })
    .await;
}
