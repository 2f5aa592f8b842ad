//! `rotate-keys`: seals again under the first key of the ring what is sealed under another.

use std::{io::Write as _, ops::ControlFlow};

use hosting_core::{
    model::Actor,
    port::SecretBox,
    service::rotation::{Aim, MOST_NAMED, Rotation, walk},
};
use tokio_util::sync::CancellationToken;

use super::signal;
use crate::{
    assemble::{assemble, ready},
    cli::Failed,
    config::Config,
};

/// After how many sealed values it says how far it is.
const STEP: u64 = 2_000;

/// Walks over everything that is sealed, says on standard error how far it is, and answers in lines what
/// it found. An interrupt stops it after the page it is at.
///
/// # Errors
/// What keeps the shop from starting; a database that cannot be asked.
pub async fn run(config: Config, aim: Aim) -> Result<Told, Failed> {
    let app = assemble(config).await?;
    ready(&app).await?;
    let stop = CancellationToken::new();
    signal::watch(&stop);
    let mut next = STEP;
    let mut watch = |told: &Rotation| {
        if told.met >= next {
            next = told.met.saturating_add(STEP);
            let (met, again) = (told.met, told.resealed);
            // Nobody may be reading; that is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{met} looked at, {again} sealed again …");
        }
        if stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let ports = app.ports();
    let told = walk(ports, &Actor::System, aim, &mut watch).await?;
    Ok(Told::new(&told, &*ports.secrets))
}

/// What there is to say.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    /// For people, line by line.
    pub lines: Vec<String>,
    /// What is not as it should be, if anything.
    pub trouble: Option<String>,
}

impl Told {
    fn new(told: &Rotation, ring: &dyn SecretBox) -> Self {
        let keys = ring.key_ids();
        let counted = format!("{} looked at, {} sealed again", told.met, told.resealed);
        let mut lines = vec![counted];
        lines.extend(keys.first().map(|id| first_line(told, id)));
        lines.extend(keys.iter().skip(1).map(|id| older_line(told, id)));
        let strange = told.in_use.iter().filter(|(id, _)| !keys.contains(id));
        lines.extend(strange.map(|(id, count)| {
            format!("key {id}: not in the ring, and {count} values are sealed under it")
        }));
        lines.extend(
            told.left.iter().map(|it| format!("left as it is: {}: {}", it.subject, it.why)),
        );
        if told.left_count > told.left.len() as u64 {
            lines.push(format!("… and {} more", told.left_count - MOST_NAMED as u64));
        }
        Self { lines, trouble: trouble(told) }
    }
}

fn count_under(told: &Rotation, id: &str) -> u64 {
    told.in_use.get(id).copied().unwrap_or(0)
}

fn first_line(told: &Rotation, id: &str) -> String {
    format!("key {id}: seals; {} values are sealed under it", count_under(told, id))
}

fn older_line(told: &Rotation, id: &str) -> String {
    match count_under(told, id) {
        0 if told.is_unused(id) => {
            format!("key {id}: not in use; it may be taken out of SECRET_KEYS")
        }
        count => format!("key {id}: keep it; {count} values or more are sealed under it"),
    }
}

fn trouble(told: &Rotation) -> Option<String> {
    if !told.is_complete {
        return Some("stopped before the end; run it again to go on".to_owned());
    }
    let mut wrong = Vec::new();
    if told.left_count > 0 {
        wrong.push(format!("{} values could not be sealed again", told.left_count));
    }
    if told.unreadable > 0 {
        wrong.push(format!("{} rows cannot be read by this version", told.unreadable));
    }
    (!wrong.is_empty()).then(|| format!("{}; keep the old keys", wrong.join(", ")))
}
