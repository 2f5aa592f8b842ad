//! `demo --story`: a customer's whole life, played over HTTP against the sandbox.
//!
//! Everything a person would do goes through the shop's API and the sandbox's console, as it would
//! from outside; the books are checked after each step. The first thing that is off ends the story.

mod actor;
mod life;

use super::demo::{Demo, Options};
use crate::cli::Failed;

use actor::Stage;
use tokio_util::sync::CancellationToken;

/// Plays the story on a new demo, prints each step, and checks the books after each.
///
/// # Errors
/// What was off, in words.
pub async fn run(options: Options) -> Result<(), Failed> {
    let demo = Demo::start(options).await?;
    let (app, shop, console) = (demo.app.clone(), demo.url.clone(), demo.world.console_url());
    let end = CancellationToken::new();
    let served = tokio::spawn({
        let end = end.clone();
        async move { demo.serve(&end).await }
    });
    let told = match Stage::new(app, shop, console) {
        Ok(stage) => life::play(&stage).await,
        Err(error) => Err(error),
    };
    end.cancel();
    let served = served.await.map_err(|error| Failed::Said(format!("the shop died: {error}")))?;
    told?;
    served?;
    crate::cli::say("The story ended well: every rupiah and every account is accounted for.")
}
