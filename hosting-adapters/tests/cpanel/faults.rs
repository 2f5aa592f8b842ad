//! Every fault, in the middle of every change: what is known, and where a repeat ends.

use std::time::Duration;

use hosting_adapters::sandbox::Fault;
use hosting_core::{
    kernel::Secret,
    port::{
        Effect, Failure, ProvisioningAdapter,
        provisioning::{AccountIdentity, AccountSpec, Found},
    },
};

use crate::world::{World, assert_shows_no_secret, config, identity};

/// What the adapter must say about the effect; `None` is success.
fn expected(fault: Fault) -> Option<Effect> {
    match fault {
        Fault::LoseRequest
        | Fault::LoseAnswer
        | Fault::CutBefore
        | Fault::CutAfter
        | Fault::Error500
        | Fault::Error500After
        | Fault::Malformed => Some(Effect::Unknown),
        Fault::AuthLost | Fault::Html | Fault::RateLimited => Some(Effect::NoneRetry),
        Fault::Slow => None,
    }
}

fn patience(fault: Fault) -> Duration {
    // Lost answers are waited for to the end; slow ones take two seconds.
    match fault {
        Fault::LoseRequest | Fault::LoseAnswer => Duration::from_millis(1500),
        _ => Duration::from_secs(30),
    }
}

#[track_caller]
fn assert_effect<T: std::fmt::Debug>(fault: Fault, outcome: &Result<T, Failure>) {
    let effect = outcome.as_ref().err().map(Failure::effect);
    assert_eq!(effect, expected(fault), "{fault:?}: {outcome:?}");
    if let Err(failure) = outcome {
        assert_shows_no_secret(failure);
        // What had an effect is never called "nothing happened".
        assert!(!fault.has_effect() || failure.effect() == Effect::Unknown, "{fault:?}");
    }
}

/// Creates as the queue does: the first attempt blindly, each later one after a look.
async fn provision(world: &World, spec: &AccountSpec) -> Result<(), Failure> {
    let mut last = None;
    for attempt in 0..4 {
        if attempt > 0 {
            match world.adapter.find(&world.server, &identity(spec)).await? {
                Found::Ours(_) => return Ok(()),
                Found::Foreign { reason } => panic!("{reason}"),
                Found::Nothing => {}
            }
        }
        match world.adapter.create(&world.server, spec).await {
            Ok(_) => return Ok(()),
            Err(failure) => last = Some(failure),
        }
    }
    Err(last.unwrap())
}

/// Runs `check` for each fault in a world of its own, side by side: most of the time is waiting.
async fn for_each<F: Future<Output = ()> + Send + 'static>(
    faults: impl IntoIterator<Item = Fault>,
    check: impl Fn(Fault) -> F,
) {
    let mut checks = tokio::task::JoinSet::new();
    for fault in faults {
        checks.spawn(check(fault));
    }
    while let Some(outcome) = checks.join_next().await {
        outcome.unwrap();
    }
}

/// The faults after which the adapter reports a failure.
fn failing() -> impl Iterator<Item = Fault> {
    Fault::ALL.into_iter().filter(|it| expected(*it).is_some())
}

#[tokio::test]
async fn a_creation_ends_in_exactly_one_account_whatever_happens() {
    for_each(Fault::ALL, |fault| async move {
        let world = World::with(config(patience(fault))).await;
        let spec = world.spec("exampl1a", "example-one.test");
        world.faults.next("whm", "createacct", fault, 1);
        let outcome = world.adapter.create(&world.server, &spec).await;
        assert_effect(fault, &outcome);
        assert_eq!(world.sandbox.creations("exampl1a"), u32::from(fault.has_effect()), "{fault:?}");

        provision_again(&world, &spec).await;
        assert_eq!(world.sandbox.all_creations(), 1, "{fault:?}");
        assert_eq!(world.sandbox.accounts().len(), 1, "{fault:?}");
    })
    .await;
}

/// The repeat after an attempt that failed: look, then act.
async fn provision_again(world: &World, spec: &AccountSpec) {
    match world.adapter.find(&world.server, &identity(spec)).await.unwrap() {
        Found::Ours(state) => assert_eq!(state.domain, spec.domain),
        Found::Nothing => provision(world, spec).await.unwrap(),
        Found::Foreign { reason } => panic!("{reason}"),
    }
}

#[tokio::test]
async fn a_creation_survives_the_same_fault_three_times() {
    for_each(failing(), |fault| async move {
        let world = World::with(config(patience(fault))).await;
        let spec = world.spec("exampl1a", "example-one.test");
        world.faults.next("whm", "createacct", fault, 3);
        provision(&world, &spec).await.unwrap();
        assert_eq!(world.sandbox.all_creations(), 1, "{fault:?}");
    })
    .await;
}

#[tokio::test]
async fn even_a_blind_repeat_makes_no_second_account() {
    for_each(failing().filter(|it| it.has_effect()), |fault| async move {
        let world = World::with(config(patience(fault))).await;
        let spec = world.spec("exampl1a", "example-one.test");
        world.faults.next("whm", "createacct", fault, 1);
        world.adapter.create(&world.server, &spec).await.unwrap_err();
        let repeated = world.adapter.create(&world.server, &spec).await.unwrap_err();
        assert_eq!(repeated.effect(), Effect::Unknown, "{fault:?}: {repeated}");
        assert_eq!(world.sandbox.all_creations(), 1, "{fault:?}");
    })
    .await;
}

/// A change to an existing account.
#[derive(Debug, Clone, Copy)]
enum Change {
    Suspend,
    Unsuspend,
    Terminate,
    Package,
    Password,
}

const NEW_PASSWORD: &str = "Zx8-mPq!44tRw_hL0b#s";

impl Change {
    const ALL: [Self; 5] =
        [Self::Suspend, Self::Unsuspend, Self::Terminate, Self::Package, Self::Password];

    const fn function(self) -> &'static str {
        match self {
            Self::Suspend => "/suspendacct",
            Self::Unsuspend => "/unsuspendacct",
            Self::Terminate => "/removeacct",
            Self::Package => "/changepackage",
            Self::Password => "/passwd",
        }
    }

    async fn make(self, world: &World, account: &AccountIdentity) -> Result<(), Failure> {
        let (adapter, server) = (&world.adapter, &world.server);
        match self {
            Self::Suspend => adapter.suspend(server, account, "overdue").await,
            Self::Unsuspend => adapter.unsuspend(server, account).await,
            Self::Terminate => adapter.terminate(server, account).await,
            Self::Package => adapter.change_package(server, account, "business").await,
            Self::Password => {
                adapter.set_password(server, account, &Secret::new(NEW_PASSWORD)).await
            }
        }
    }

    fn is_made(self, world: &World) -> bool {
        let account = world.sandbox.account("exampl1a");
        match self {
            Self::Suspend => account.unwrap().suspended.is_some(),
            Self::Unsuspend => account.unwrap().suspended.is_none(),
            Self::Terminate => account.is_none(),
            Self::Package => account.unwrap().package == "business",
            Self::Password => account.unwrap().password.expose() == NEW_PASSWORD,
        }
    }
}

async fn change_under(change: Change, fault: Fault) {
    let (world, account) = World::with_account(config(patience(fault))).await;
    if matches!(change, Change::Unsuspend) {
        world.adapter.suspend(&world.server, &account, "overdue").await.unwrap();
    }
    assert!(!change.is_made(&world), "{change:?}");
    world.faults.next("whm", change.function(), fault, 1);
    let outcome = change.make(&world, &account).await;
    assert!(world.faults.pending().is_empty(), "{change:?} {fault:?}");
    assert_effect(fault, &outcome);
    assert_eq!(change.is_made(&world), fault.has_effect(), "{change:?} {fault:?}");

    change.make(&world, &account).await.unwrap();
    assert!(change.is_made(&world), "{change:?} {fault:?}");
    assert_eq!(world.sandbox.all_creations(), 1);
}

#[tokio::test]
async fn suspensions_end_as_wished_whatever_happens() {
    for_each(Fault::ALL, |fault| async move {
        change_under(Change::Suspend, fault).await;
        change_under(Change::Unsuspend, fault).await;
    })
    .await;
}

#[tokio::test]
async fn other_changes_end_as_wished_whatever_happens() {
    for change in [Change::Terminate, Change::Package, Change::Password] {
        for_each(Fault::ALL, |fault| change_under(change, fault)).await;
    }
}

#[tokio::test]
async fn a_failed_look_before_a_change_changes_nothing() {
    for change in Change::ALL {
        for fault in
            [Fault::CutBefore, Fault::Error500, Fault::Malformed, Fault::Html, Fault::RateLimited]
        {
            let (world, account) = World::one_account().await;
            if matches!(change, Change::Unsuspend) {
                world.adapter.suspend(&world.server, &account, "overdue").await.unwrap();
            }
            world.faults.next("whm", "accountsummary", fault, 1);
            let failure = change.make(&world, &account).await.unwrap_err();
            assert_ne!(failure.effect(), Effect::Unknown, "{change:?} {fault:?}: {failure}");
            assert!(!change.is_made(&world), "{change:?} {fault:?}");
        }
    }
}

#[tokio::test]
async fn a_look_up_that_fails_never_says_nothing_is_there() {
    for_each(failing(), |fault| async move {
        let mut config = config(Duration::from_secs(30));
        let (world, account) = World::with_account(config).await;
        config.read = patience(fault);
        let adapter = hosting_adapters::cpanel::Cpanel::new(config);
        world.faults.next("whm", "listaccts", fault, 1);
        let failure = adapter.find(&world.server, &account).await.unwrap_err();
        assert_ne!(failure.effect(), Effect::Unknown, "{fault:?}: a look-up has no effect");
        assert!(matches!(adapter.find(&world.server, &account).await.unwrap(), Found::Ours(_)));
    })
    .await;
}
