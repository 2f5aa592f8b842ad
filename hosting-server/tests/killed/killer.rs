//! Who kills, and what else goes wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hosting_adapters::sandbox::Fault;
use hosting_core::testing::SeededEntropy;

use super::shop::Shop;

/// How often a process is killed in one run.
pub(crate) const KILLS: u32 = 12;

/// What goes wrong besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mischief {
    /// Answers are slow now and then, so that a kill finds calls that are on their way.
    Little,
    /// Answers are also lost after the effect, and webhooks come twice and in the wrong order.
    Much,
}

/// Kills the first replica again and again.
pub(crate) struct Killer {
    shop: Arc<Shop>,
    dice: SeededEntropy,
    mischief: Mischief,
    done: Arc<AtomicBool>,
}

impl Killer {
    pub(crate) fn new(shop: Arc<Shop>, dice: SeededEntropy, mischief: Mischief) -> Self {
        Self { shop, dice, mischief, done: Arc::default() }
    }

    /// Set when the killing is over.
    pub(crate) fn done(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.done)
    }

    /// Kills and starts until there were enough kills; answers how many struck a living process.
    pub(crate) async fn kill_again_and_again(self) -> u32 {
        let victim = &self.shop.replicas[0];
        let mut struck = 0;
        while struck < KILLS {
            self.order_a_fault();
            self.pause(50, 1_900).await;
            struck += u32::from(victim.kill());
            self.pause(0, 300).await;
            self.shop.start(victim);
            // Now and then it is killed while it is still starting.
            if self.dice.one_in(4) {
                continue;
            }
            self.shop.ready(victim).await;
            if self.dice.one_in(2) {
                self.shop.move_on().await;
            }
        }
        self.shop.ready(victim).await;
        self.done.store(true, Ordering::SeqCst);
        self.shop.world.faults.clear();
        struck
    }

    async fn pause(&self, least: u64, more: u64) {
        let millis = least + self.dice.next_u64() % more;
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    fn order_a_fault(&self) {
        let faults = match self.mischief {
            Mischief::Little => [Fault::Slow, Fault::Slow],
            Mischief::Much => [Fault::CutAfter, Fault::Slow],
        };
        let calls = [("midtrans", "/v2/charge"), ("whm", "createacct")];
        for (provider, call) in calls {
            if self.dice.one_in(2) {
                let fault = faults[usize::from(self.dice.one_in(2))];
                self.shop.world.faults.next(provider, call, fault, 1);
            }
        }
    }
}
