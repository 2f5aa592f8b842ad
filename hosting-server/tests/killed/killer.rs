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

use super::shop::{Replica, Shop};

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

/// Kills the first replica.
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

    /// Kills and starts until there were [`KILLS`].
    pub(crate) async fn kill_again_and_again(self) {
        while self.progress.kills() < KILLS {
            self.strike(Duration::from_millis(1_500)).await;
        }
        self.shop.world.faults.clear();
        self.progress.over.store(true, Ordering::SeqCst);
    }

    /// Kills once at a random moment of the time that comes, and starts again.
    pub(crate) async fn strike(&self, within: Duration) {
        let victim = &self.shop.replicas[0];
        self.order_a_fault();
        self.pause(within).await;
        self.kill(victim);
        self.shop.start(victim);
        // Now and then it is killed while it is still starting.
        if self.dice.one_in(4) {
            self.pause(Duration::from_millis(300)).await;
            self.kill(victim);
            self.shop.start(victim);
        }
        self.shop.ready(victim).await;
        // What a dead process holds is free again after minutes.
        if self.dice.one_in(2) {
            self.shop.move_on().await;
        }
    }

    fn kill(&self, victim: &Replica) {
        self.progress.kills.fetch_add(usize::from(victim.kill()), Ordering::SeqCst);
    }

    /// Some of this time.
    async fn pause(&self, most: Duration) {
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX).max(1);
        tokio::time::sleep(Duration::from_millis(self.dice.next_u64() % most)).await;
    }

    fn order_a_fault(&self) {
        let faults = match self.mischief {
            Mischief::Little => [Fault::Slow, Fault::Slow],
            Mischief::Much => [Fault::CutAfter, Fault::Slow],
        };
        let calls = [
            ("midtrans", "/v2/charge"),
            ("whm", "createacct"),
            ("whm", "suspendacct"),
            ("whm", "unsuspendacct"),
            ("whm", "removeacct"),
        ];
        for (provider, call) in calls {
            // One of each is ordered at a time: what nobody calls for weeks must not pile up.
            let waits = self.shop.world.faults.pending().iter().any(|it| it.call == call);
            if !waits && self.dice.one_in(2) {
                let fault = faults[usize::from(self.dice.one_in(2))];
                self.shop.world.faults.next(provider, call, fault, 1);
            }
        }
    }
}
