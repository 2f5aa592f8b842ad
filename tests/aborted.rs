//! The story with real processes that abort at points of it.
//!
//! The shop is a child process; people, gateway, panel and mail carrier live here and see what it does
//! twice or never. `HOSTING_CRASH_POINTS` asks for more points: a number, `all` for
//! [`LARGE_SAMPLE`], or `everywhere`.

mod ground;
#[path = "../hosting-sqlx/tests/support/mod.rs"]
mod support;

use std::sync::Arc;

use hosting_core::testing::{Fate, Process as _, SeededEntropy, TestShop, story::whole_life};
use hosting_sqlx::Dialect;
use hosting_tests::world::{Abroad, Deaths};

use self::ground::{Plot, Template};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hosting-shop-process");
/// How many points are tried on each database unless more are asked for.
const SAMPLE: u64 = 4;
/// How many points are tried for `all`: a process a point costs more than playing dead, which
/// `crash_points` does at all of them.
const LARGE_SAMPLE: u64 = 60;

/// What came of a life.
struct Lived {
    /// How many points its last process passed.
    passed: u64,
    /// How many processes aborted.
    aborted: u64,
}

/// Lives once; each process aborts where `deaths` says.
async fn live(plot: &Plot, deaths: Deaths, seed: u64) -> Lived {
    let store = plot.cleared().await;
    let mut shop = TestShop::open(store.clone(), Fate::kind()).await;
    let abroad = Abroad::open(&shop, PROGRAM, &plot.url, (deaths, seed)).await;
    let abroad = Arc::new(abroad.expect("a free port"));
    shop.abroad = Some(abroad.clone());
    whole_life(&shop).await;
    store.close().await;
    Lived { passed: abroad.passed(), aborted: abroad.aborted() }
}

fn never(_: u64, _: u64) -> u64 {
    0
}

fn once(point: u64, process: u64) -> u64 {
    if process == 0 { point } else { 0 }
}

/// Each process lives for some points only. The first lives are the shortest.
fn again_and_again(seed: u64, process: u64) -> u64 {
    let dice = SeededEntropy::new(seed.wrapping_mul(1_000_003) ^ process);
    1 + dice.next_u64() % 60
}

fn wanted() -> u64 {
    let asked = std::env::var("HOSTING_CRASH_POINTS").ok().filter(|it| !it.is_empty());
    match asked.as_deref() {
        None => SAMPLE,
        Some("all") => LARGE_SAMPLE,
        Some("everywhere") => u64::MAX,
        Some(number) => {
            number.parse().expect("HOSTING_CRASH_POINTS is a number, `all` or `everywhere`")
        }
    }
}

async fn on(dialect: Dialect) {
    let Some(server) = support::server(dialect) else { return };
    let template = Template::make(dialect, &server).await;
    let plot = template.plot().await;
    let Lived { passed: points, aborted } = live(&plot, never, 0).await;
    assert!(points > 100 && aborted == 0, "{points} points, {aborted} aborts");
    let wanted = wanted().clamp(1, points);
    support::say(&format!("{dialect:?}: processes abort at {wanted} of {points} points"));
    for it in 0..wanted {
        let point = 1 + it * points / wanted;
        println!("aborting at point {point}");
        let lived = live(&plot, once, point).await;
        assert_eq!(lived.aborted, 1, "no process aborted at point {point}");
    }
    for seed in 0..wanted.div_ceil(10) {
        println!("aborting again and again, seed {seed}");
        let lived = live(&plot, again_and_again, seed).await;
        support::say(&format!("{dialect:?}: one life, {} aborts", lived.aborted));
        assert!(lived.aborted > 10, "seed {seed}: only {} processes aborted", lived.aborted);
    }
    plot.drop().await;
    template.drop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aborting_changes_nothing_on_sqlite() {
    on(Dialect::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aborting_changes_nothing_on_postgres() {
    on(Dialect::Postgres).await;
}

/// The proof that this suite can fail: a world that lost an account is not the world of the books.
#[tokio::test(flavor = "multi_thread")]
async fn a_life_whose_world_forgets_is_found_out() {
    let template = Template::make(Dialect::Sqlite, "").await;
    let plot = template.plot().await;
    let store = plot.cleared().await;
    let mut shop = TestShop::open(store.clone(), Fate::kind()).await;
    // The panel that does the work is another one than people look at.
    let other =
        TestShop::open(Arc::new(hosting_core::testing::MemoryStore::default()), Fate::kind());
    let abroad = Abroad::open(&other.await, PROGRAM, &plot.url, (never, 0)).await;
    let abroad = Arc::new(abroad.expect("a free port"));
    abroad.start_again().await;
    shop.abroad = Some(abroad);
    let life = tokio::spawn(async move { whole_life(&shop).await });
    assert!(life.await.is_err(), "nobody noticed");
    store.close().await;
    plot.drop().await;
    template.drop().await;
}
