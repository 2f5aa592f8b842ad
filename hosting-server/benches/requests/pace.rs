//! How long answers take when requests keep coming, whether or not earlier ones were answered.

use std::{sync::Arc, time::Duration};

use hosting_server::clock::Stopwatch;
use reqwest::{Client, StatusCode};
use tokio::{task::JoinSet, time::MissedTickBehavior};

use super::{
    Failure,
    world::{Side, World},
};

/// Requests a second in the stream that is compared.
const PACE: u32 = 500;
/// How often each side has the stream.
const TURNS: u32 = 4;
/// Requests at the same time that are too many.
const CROWD: usize = 2_000;
/// For how long they come.
const CROWDED: Duration = Duration::from_secs(5);

/// What came of some requests.
#[derive(Debug, Default)]
struct Seen {
    /// Milliseconds of each answer.
    took: Vec<f64>,
    served: usize,
    shed: usize,
    lost: usize,
}

impl Seen {
    fn note(&mut self, answer: Option<StatusCode>, took: Duration) {
        match answer {
            Some(status) if status.is_success() => {
                self.served += 1;
                self.took.push(took.as_secs_f64() * 1e3);
            }
            Some(StatusCode::SERVICE_UNAVAILABLE) => self.shed += 1,
            _ => self.lost += 1,
        }
    }

    fn percentile(&mut self, of_1000: usize) -> f64 {
        self.took.sort_by(f64::total_cmp);
        let at = (self.took.len() * of_1000 / 1000).min(self.took.len().saturating_sub(1));
        self.took.get(at).copied().unwrap_or_default()
    }
}

fn client(side: &Side) -> Result<Client, Failure> {
    let client = Client::builder().default_headers(side.headers().clone());
    Ok(client.timeout(Duration::from_secs(30)).build()?)
}

/// Sends [`PACE`] requests a second for `seconds` to each side, in turns: half of them to the API, half to
/// pages, one invoice and lists alike.
pub(crate) async fn compare(world: &World, seconds: u32) -> Result<(), Failure> {
    let mixed: Vec<_> = world.api.paths.iter().chain(&world.pages.paths).cloned().collect();
    let (mut ours, mut bare) = (Seen::default(), Seen::default());
    for _ in 0..TURNS {
        let turn = seconds.div_ceil(TURNS);
        stream(&world.bare, &world.bare.paths, turn, &mut bare).await?;
        stream(&world.api, &mixed, turn, &mut ours).await?;
    }
    for (name, seen) in [("bare", &mut bare), ("shop", &mut ours)] {
        println!(
            "{PACE} requests a second, {name}: median {:.2} ms, p99 {:.2} ms; {} answered, {} not",
            seen.percentile(500),
            seen.percentile(990),
            seen.served,
            seen.shed + seen.lost,
        );
    }
    println!(
        "p99 of the shop to p99 of the bare handler: {:.2} x",
        ours.percentile(990) / bare.percentile(990)
    );
    Ok(())
}

async fn stream(
    side: &Side,
    paths: &[String],
    seconds: u32,
    seen: &mut Seen,
) -> Result<(), Failure> {
    let ((url, stop), client) = (side.listen().await?, client(side)?);
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut asked = JoinSet::new();
    for at in 0..usize::try_from(PACE * seconds)? {
        ticks.tick().await;
        let path = paths.get(at % paths.len()).ok_or("there is no path")?;
        asked.spawn(ask(client.clone(), format!("{url}{path}")));
    }
    while let Some(answer) = asked.join_next().await {
        let (status, took) = answer?;
        seen.note(status, took);
    }
    stop.cancel();
    Ok(())
}

async fn ask(client: Client, url: String) -> (Option<StatusCode>, Duration) {
    let watch = Stopwatch::start();
    let answer = async {
        let response = client.get(url).send().await.ok()?;
        let status = response.status();
        response.bytes().await.ok().map(|_| status)
    };
    (answer.await, watch.elapsed())
}

/// Sends far more than the shop can answer, and looks how soon it answers as before.
pub(crate) async fn overload(world: &World) -> Result<(), Failure> {
    let ((url, stop), client) = (world.pages.listen().await?, client(&world.pages)?);
    let path = Arc::new(format!("{url}{}", world.pages.paths[1]));
    let calm = ask(client.clone(), path.to_string()).await;
    let watch = Stopwatch::start();
    let mut crowd = JoinSet::new();
    for _ in 0..CROWD {
        let (client, path, watch) = (client.clone(), Arc::clone(&path), watch);
        crowd.spawn(async move {
            let mut seen = Seen::default();
            while watch.elapsed() < CROWDED {
                let (status, took) = ask(client.clone(), path.to_string()).await;
                seen.note(status, took);
            }
            seen
        });
    }
    let mut all = Seen::default();
    while let Some(seen) = crowd.join_next().await {
        let seen = seen?;
        all.took.extend(seen.took);
        all.served += seen.served;
        all.shed += seen.shed;
        all.lost += seen.lost;
    }
    let recovery = Stopwatch::start();
    loop {
        let (status, took) = ask(client.clone(), path.to_string()).await;
        // As before, give or take what a busy machine does to a single answer.
        if status.is_some_and(|it| it.is_success()) && took < calm.1 * 3 + Duration::from_millis(20)
        {
            break;
        }
    }
    println!(
        "{CROWD} clients at once for {} s: {} answered, {} told 503, {} not answered; recovered in {} ms",
        CROWDED.as_secs(),
        all.served,
        all.shed,
        all.lost,
        recovery.elapsed().as_millis(),
    );
    stop.cancel();
    Ok(())
}
