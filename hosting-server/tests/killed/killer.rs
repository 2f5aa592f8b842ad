//! Who kills, and what else goes wrong.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hosting_adapters::sandbox::Fault;
use hosting_core::testing::SeededEntropy;

use super::shop::Shop;

/// How often a process is killed in one run.
pub(crate) const KILLS: usize = 12;

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
    progress: Arc<Progress>,
}

/// How far the killing is.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    kills: AtomicUsize,
    over: AtomicBool,
}

impl Progress {
    /// How often a living process was killed so far.
    pub(crate) fn kills(&self) -> usize {
        self.kills.load(Ordering::SeqCst)
    }

    /// Whether the last one was.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}

impl Killer {
    pub(crate) fn new(shop: Arc<Shop>, dice: SeededEntropy, mischief: Mischief) -> Self {
        Self { shop, dice, mischief, progress: Arc::default() }
    }

    pub(crate) fn progress(&self) -> Arc<Progress> {
        Arc::clone(&self.progress)
    }

    /// Kills and starts until there were enough kills.
    pub(crate) async fn kill_again_and_again(self) {
        let victim = &self.shop.replicas[0];
        while self.progress.kills() < KILLS {
            self.order_a_fault();
            self.pause(50, 1_500).await;
            self.progress.kills.fetch_add(usize::from(victim.kill()), Ordering::SeqCst);
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
        self.shop.world.faults.clear();
        self.progress.over.store(true, Ordering::SeqCst);
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
