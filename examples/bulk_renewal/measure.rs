//! What is timed.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use hosting_core::{
    change::ChangeSet,
    decide::{Books, Context, subscription::renew},
    kernel::Versioned,
    model::Actor,
    port::{Clock, StoreError},
    service::{
        Ports,
        renewals::{self, Slice},
    },
};

use crate::{
    count,
    raw::{Failure, Raw},
    sow::{Aside, Plot},
};

/// How many renewals have their statements counted.
pub(crate) const COUNTED: u64 = 1_000;
/// How many renewals are committed by hand to time each transaction.
pub(crate) const PROBED: u64 = 10_000;
/// How many renewals a block has, before the other side has its turn.
const BLOCK: u32 = 5_000;

#[expect(clippy::disallowed_methods, reason = "this program measures")]
fn start() -> Instant {
    Instant::now()
}

/// A clock that goes on from the shop's opening: ids begin with the instant, and a clock that stands
/// still would scatter them over the indexes as no real night does.
#[derive(Debug)]
pub(crate) struct RunningClock {
    opening: DateTime<Utc>,
    since: Instant,
}

impl From<DateTime<Utc>> for RunningClock {
    fn from(opening: DateTime<Utc>) -> Self {
        Self { opening, since: start() }
    }
}

impl Clock for RunningClock {
    fn now(&self) -> DateTime<Utc> {
        let millis = i64::try_from(self.since.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.opening + TimeDelta::milliseconds(millis)
    }
}

/// How many statements one renewal takes when a thousand share a transaction.
pub(crate) async fn statements(ports: &Ports) -> Result<f64, StoreError> {
    count::begin();
    let page = u32::try_from(COUNTED).unwrap_or(u32::MAX);
    let done = renewals::run(ports, &Actor::System, None, Slice { page, pages: 2 }).await?;
    let seen = count::end();
    assert_eq!(done.billed, COUNTED, "all of them were due: {done:?}");
    Ok(ratio(seen, COUNTED))
}

/// How long it took.
#[derive(Debug, Default)]
pub(crate) struct Timed {
    renewals: u64,
    run: Vec<Duration>,
    raw: Vec<Duration>,
    peak_kib: [u64; 2],
}

impl Timed {
    /// Says so.
    pub(crate) fn print(&self) {
        let seconds = self.run.iter().sum::<Duration>().as_secs_f64();
        let per_second = ratio(self.renewals, 1) / seconds;
        println!("run: {seconds:.2} s, {per_second:.0} renewals a second");
        println!("cost of one: {:.1} µs", seconds * 1e6 / ratio(self.renewals, 1));
        if !self.raw.is_empty() {
            let raw = self.raw.iter().sum::<Duration>().as_secs_f64();
            let mut ratios: Vec<f64> = self
                .run
                .iter()
                .zip(&self.raw)
                .map(|(a, b)| a.as_secs_f64() / b.as_secs_f64())
                .collect();
            ratios.sort_by(f64::total_cmp);
            let median = ratios.get(ratios.len() / 2).copied().unwrap_or_default();
            println!(
                "raw: {raw:.2} s; run to raw: {:.2} in all, {median:.2} in the median block",
                seconds / raw
            );
        }
        let [before, after] = self.peak_kib;
        println!("memory: {before} KiB before the run, at most {after} KiB during it");
    }
}

/// Runs the renewals, in turns with the bare writer when there is one.
pub(crate) async fn run(
    ports: &Ports,
    mut raw: Option<Raw>,
    renewals: u64,
    page: u32,
) -> Result<Timed, Failure> {
    let mut timed = Timed { renewals, ..Timed::default() };
    forget_peak();
    timed.peak_kib[0] = status("VmRSS");
    let pages = if raw.is_some() { (BLOCK / page).max(1) } else { Slice::default().pages };
    let (mut resume, mut billed) = (None, 0);
    loop {
        let began = start();
        let done = renewals::run(ports, &Actor::System, resume, Slice { page, pages }).await?;
        let took = began.elapsed();
        assert_eq!((done.skipped, done.contended), (0, 0), "nothing is in the way");
        billed += done.billed;
        if done.billed > 0 {
            timed.run.push(took);
            if let Some(raw) = &mut raw {
                timed.raw.push(raw.catch_up(usize::try_from(page)?).await?);
            }
        }
        resume = done.resume;
        if resume.is_none() {
            break;
        }
    }
    assert_eq!(billed, renewals, "all of them were due");
    timed.peak_kib[1] = status("VmHWM");
    Ok(timed)
}

async fn decided(
    ports: &Ports,
    books: &Books,
    plot: &Plot,
    rows: &[Aside],
) -> Result<ChangeSet, StoreError> {
    let ids: Vec<_> = rows.iter().map(|(_, customer)| *customer).collect();
    let mut customers = BTreeMap::new();
    for some in ids.chunks(1_000) {
        customers.extend(
            ports.store.customers_by_id(some).await?.rows.into_iter().map(|it| (it.id, it)),
        );
    }
    let context = Context::new(ports.mint(), &Actor::System);
    let mut changes = ChangeSet::default();
    for row in rows {
        let read = Versioned::new(plot.due(*row), 1);
        let missing = || StoreError::Refused("a customer is missing".into());
        let customer = customers.get(&row.1).ok_or_else(missing)?;
        let one = renew(&context, books, &read, customer);
        changes.and(one.map_err(|refusal| StoreError::Refused(refusal.into()))?);
    }
    Ok(changes)
}

/// Commits page by page; answers the median and the longest commit in milliseconds.
pub(crate) async fn transactions(
    ports: &Ports,
    plot: &Plot,
    rows: &[Aside],
    page: u32,
) -> Result<(f64, f64), StoreError> {
    let books = ports.books().await?;
    let mut took = Vec::new();
    for rows in rows.chunks(usize::try_from(page).unwrap_or(1)) {
        let changes = decided(ports, &books, plot, rows).await?;
        let began = start();
        ports.store.commit(changes).await?;
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    took.sort_by(f64::total_cmp);
    let median = took.get(took.len() / 2).copied().unwrap_or_default();
    Ok((median, took.last().copied().unwrap_or_default()))
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52, for people to read")]
fn ratio(count: u64, of: u64) -> f64 {
    count as f64 / of as f64
}

/// Makes the kernel forget the peak so far. Where it cannot, the peak includes the sowing.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// A line of the process's status in KiB; 0 where there is no such file.
fn status(line: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = text.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':'));
    found.and_then(|it| it.trim().trim_end_matches("kB").trim().parse().ok()).unwrap_or(0)
}
