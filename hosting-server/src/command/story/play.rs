//! A story from its beginning to its end.

use super::super::demo::{Demo, Options};
use super::actor::Stage;
use super::life;
use crate::cli::Failed;
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
