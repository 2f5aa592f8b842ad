//! The story on every database, with the process dying at points of it.
//!
//! `HOSTING_CRASH_POINTS` says how many points are tried on each database: a number, or `all`, which
//! means every point on `SQLite` and `PostgreSQL` and a sample on `MySQL`, or `everywhere`. Without it
//! every database gets an even sample, so that the suite stays quick, and how many is said aloud.
//!
//! Where all points are tried, a life has [`DEATHS`] deaths, as far from each other as can be, so that
//! there are fewer lives to live; each but the first comes to a shop that has risen once already. With
//! `HOSTING_CRASH_DEATHS=1` each life has one. The memory store is always tried at every point, one a
//! life, and in every way (`hosting-core/tests/story.rs`).
//!
//! Here the process only plays dead; `aborted.rs` ends real ones.

mod ground;
#[path = "../hosting-sqlx/tests/support/mod.rs"]
mod support;

use std::{fmt::Debug, sync::Arc};

use hosting_core::{
    port::Store,
    testing::{Fate, TestShop, fate::Blow, story::whole_life},
};
use hosting_sqlx::{Dialect, SqlStore};
use tokio::task::JoinSet;

use self::ground::{Plot, Template};

/// How many points are tried on each database unless more are asked for.
const SAMPLE: u64 = 6;
/// How many points are tried where not all are, although all are asked for.
const LARGE_SAMPLE: u64 = 24;
/// How many seeds everything goes wrong with, and of those with which processes only die.
const SEEDS: u64 = 2;

/// How often the process dies in one life when every point is tried.
const DEATHS: u64 = 4;

/// What goes wrong in one telling of the story.
#[derive(Debug, Clone, Copy)]
enum Telling {
    /// At the first point, then at others so far apart, so often.
    Dying {
        first: u64,
        apart: u64,
        times: u64,
    },
    DyingAgainAndAgain(u64),
    AnythingAgainAndAgain(u64),
}

impl Telling {
    fn fate(self) -> Fate {
        match self {
            Self::Dying { first, apart, times } => {
                Fate::dies_at_each((0..times).map(|it| first + it * apart))
            }
            Self::DyingAgainAndAgain(seed) => Fate::cruel(seed, 25),
            Self::AnythingAgainAndAgain(seed) => Fate::moody(seed, 25),
        }
    }
}

async fn live(store: Arc<SqlStore>, fate: Fate) -> Arc<Fate> {
    let shop = TestShop::open(Arc::clone(&store) as Arc<dyn Store>, fate).await;
    whole_life(&shop).await;
    store.close().await;
    shop.fate
}

fn wanted(dialect: Dialect, points: u64) -> u64 {
    let asked = std::env::var("HOSTING_CRASH_POINTS").ok().filter(|it| !it.is_empty());
    match (asked.as_deref(), dialect) {
        (None, _) => SAMPLE,
        (Some("all"), Dialect::MySql) => LARGE_SAMPLE,
        (Some("all" | "everywhere"), _) => points,
        (Some(number), _) => {
            number.parse().expect("HOSTING_CRASH_POINTS is a number, `all` or `everywhere`")
        }
    }
}

/// One life a point, or one for several points when all of them are tried.
fn dying(points: u64, wanted: u64) -> Vec<Telling> {
    let asked = std::env::var("HOSTING_CRASH_DEATHS").ok().and_then(|it| it.parse().ok());
    let deaths: u64 = asked.unwrap_or(DEATHS).max(1);
    if wanted < points || deaths == 1 {
        let one = |first| Telling::Dying { first, apart: 0, times: 1 };
        return spread(points, wanted).into_iter().map(one).collect();
    }
    let apart = points.div_ceil(deaths);
    (1..=apart).map(|first| Telling::Dying { first, apart, times: deaths }).collect()
}

/// `wanted` of `points` points, evenly spread, the first among them.
fn spread(points: u64, wanted: u64) -> Vec<u64> {
    let wanted = wanted.clamp(1, points);
    (0..wanted).map(|it| 1 + it * points / wanted).collect()
}

/// Tells the story once with each misfortune, on several databases at once. Answers who did not live
/// to the end.
async fn broken<T>(template: &Template, all: Vec<T>, fate: fn(T) -> Fate) -> Vec<T>
where
    T: Copy + Debug + Send + 'static,
{
    let workers = std::thread::available_parallelism().map_or(2, usize::from).min(all.len());
    let left = Arc::new(std::sync::Mutex::new(all.into_iter()));
    let mut working = JoinSet::new();
    for _ in 0..workers {
        let (left, plot) = (Arc::clone(&left), template.plot().await);
        working.spawn(async move {
            let mut broken = Vec::new();
            loop {
                let next = left.lock().expect("nobody panics with it").next();
                let Some(telling) = next else { break };
                if !lives(&plot, fate(telling)).await {
                    println!("the story broke: {telling:?}");
                    broken.push(telling);
                }
            }
            plot.drop().await;
            broken
        });
    }
    working.join_all().await.into_iter().flatten().collect()
}

async fn lives(plot: &Plot, fate: Fate) -> bool {
    let store = plot.cleared().await;
    tokio::spawn(async move { live(store, fate).await }).await.is_ok()
}

async fn on(dialect: Dialect) {
    let Some(server) = support::server(dialect) else { return };
    let template = Template::make(dialect, &server).await;
    let plot = template.plot().await;
    let points = live(plot.cleared().await, Fate::kind()).await.passed();
    plot.drop().await;
    let wanted = wanted(dialect, points).min(points);
    let mut all = dying(points, wanted);
    let lives = all.len();
    support::say(&format!("{dialect:?}: dying at {wanted} of {points} points in {lives} lives"));
    all.extend((0..SEEDS).map(Telling::DyingAgainAndAgain));
    all.extend((0..SEEDS).map(Telling::AnythingAgainAndAgain));
    let broken = broken(&template, all, Telling::fate).await;
    template.drop().await;
    assert!(broken.is_empty(), "{dialect:?}: {broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_changes_nothing_on_sqlite() {
    on(Dialect::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_changes_nothing_on_postgres() {
    on(Dialect::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dying_changes_nothing_on_mysql() {
    on(Dialect::MySql).await;
}

/// The proof that this suite can fail: a database that says that it committed the order, and did not.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_forgets_a_commit_is_found_out() {
    let template = Template::make(Dialect::Sqlite, "").await;
    let found_out = broken(&template, vec![1], |point| Fate::strikes(point, Blow::Forget)).await;
    assert_eq!(found_out, [1], "the order was forgotten, and nobody noticed");
    template.drop().await;
}

#[test]
fn all_points_are_all_points_and_a_sample_is_spread() {
    assert_eq!(spread(5, 5), [1, 2, 3, 4, 5]);
    assert_eq!(spread(5, 9), [1, 2, 3, 4, 5]);
    assert_eq!(spread(100, 4), [1, 26, 51, 76]);
}
