//! What a request costs in processor time, with nothing between the caller and the handler.

use std::time::Duration;

use super::{
    Failure,
    world::{Side, World},
};

/// How many requests each side answers before the other has its turn.
const BLOCK: u32 = 400;
/// How often each side has its turn.
const TURNS: usize = 15;

/// Compares the API and the pages with the bare handler.
pub(crate) async fn compare(world: &World) -> Result<(), Failure> {
    for side in [&world.api, &world.pages] {
        for (at, what) in ["one invoice", "a list of 40"].into_iter().enumerate() {
            // Everything is in its caches when the first block begins.
            block(&world.bare, at).await?;
            block(side, at).await?;
            let (mut bare, mut ours) = (Vec::new(), Vec::new());
            for _ in 0..TURNS {
                bare.push(block(&world.bare, at).await?);
                ours.push(block(side, at).await?);
            }
            let mut ratios: Vec<_> = ours.iter().zip(&bare).map(|(a, b)| a / b).collect();
            let (ours, bare) = (median(&mut ours), median(&mut bare));
            println!(
                "{}, {what}: {ours:.0} µs of processor time, bare {bare:.0} µs, {:.2} x",
                side.name,
                median(&mut ratios),
            );
        }
    }
    Ok(())
}

fn median(of: &mut [f64]) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or_default()
}

/// Microseconds of processor time for one request.
async fn block(side: &Side, at: usize) -> Result<f64, Failure> {
    let path = side.paths.get(at).ok_or("there is no such path")?;
    let before = used()?;
    for _ in 0..BLOCK {
        let status = side.ask(path).await?;
        if !status.is_success() {
            return Err(format!("{} {path} answered {status}", side.name).into());
        }
    }
    Ok((used()?.saturating_sub(before)).as_secs_f64() * 1e6 / f64::from(BLOCK))
}

/// How long all threads of this process ran so far, as Linux counts it.
fn used() -> Result<Duration, Failure> {
    let mut nanos = 0;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let line = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        let ran: u64 = line.split_whitespace().next().ok_or("an empty schedstat")?.parse()?;
        nanos += ran;
    }
    Ok(Duration::from_nanos(nanos))
}
