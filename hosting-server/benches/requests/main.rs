//! What a request costs and how long it takes, beside a bare handler that asks the store the same.
//!
//! ```text
//! cargo bench -p hosting-server --bench requests
//! cargo bench -p hosting-server --bench requests -- --database postgres://postgres@127.0.0.1:5432/requests
//! ```
//!
//! The bare handler is axum with one route: it reads the same rows and writes them as JSON. It has no
//! session, no language, no limits, no log. Both sides take turns in one run, over the same store, so that
//! what disturbs one disturbs the other. `SQLite` in a new folder unless a database is named, which must
//! be empty.

mod cost;
mod pace;
mod world;

use std::error::Error;

use clap::Parser;

use self::world::World;

/// What may go wrong, for people to read.
type Failure = Box<dyn Error + Send + Sync>;

/// Measures requests.
#[derive(Debug, Parser)]
struct Wanted {
    /// An empty database; `SQLite` in a new folder unless said.
    #[arg(long)]
    database: Option<String>,
    /// For how many seconds each side has the stream of requests.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Cargo says so to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let wanted = Wanted::parse();
    let world = World::open(wanted.database.as_deref()).await?;
    cost::compare(&world).await?;
    pace::compare(&world, wanted.seconds).await?;
    pace::overload(&world).await
}
