//! The test clock moves forward only, and for all replicas.

use std::sync::Arc;

use chrono::TimeDelta;
use hosting_core::{
    decide::Context,
    kernel::Mint,
    model::Actor,
    port::{Clock, Store},
    testing::{MemoryStore, SeededEntropy},
};
use hosting_server::clock::{ClockError, ShiftedClock};

#[tokio::test]
async fn every_replica_and_every_restart_agree_on_the_time() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (here, there) = (ShiftedClock::new(), ShiftedClock::new());
    let dice = SeededEntropy::new(1);
    for days in [1, 40] {
        let ctx = Context::new(Mint::at(here.now(), &dice), &Actor::System);
        here.advance(&*store, &ctx, TimeDelta::days(days)).await.unwrap();
    }
    assert_eq!(here.offset(), TimeDelta::days(41));
    assert_eq!(there.offset(), TimeDelta::zero());
    there.refresh(&*store).await.unwrap();
    assert_eq!(there.offset(), here.offset());
    let ctx = Context::new(Mint::at(here.now(), &dice), &Actor::System);
    for wrong in [TimeDelta::zero(), TimeDelta::days(-1), TimeDelta::days(3650)] {
        let refused = there.advance(&*store, &ctx, wrong).await;
        assert!(matches!(refused, Err(ClockError::OutOfRange)), "{wrong}");
    }
}
