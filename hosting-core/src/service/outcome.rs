//! How a use case ends, and deciding again when it lost a race.

use crate::port::StoreError;

/// How often a decision is made again before the conflict is reported.
pub(crate) const TRIES: u32 = 8;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError<R: std::error::Error + 'static> {
    /// The rules say no.
    #[error("{0}")]
    Refused(#[source] R),
    /// There is no such thing, or it is somebody else's: callers are not told which.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The store failed, or the shop's settings cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A rule that never refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Never {}

/// Runs `$decide` — which reads, decides and answers `(changes, answer)` — and commits, from the
/// beginning again on conflict. Evaluates to `Ok((receipt, answer))` or the error.
macro_rules! decide_again {
    ($store:expr, $decide:block) => {{
        let mut tries = 0_u32;
        loop {
            let (changes, answer) = $decide;
            match $store.commit(changes).await {
                Ok(receipt) => break Ok((receipt, answer)),
                Err(error) if error.is_conflict() && tries < $crate::service::TRIES => {
                    tries = tries.saturating_add(1);
                }
                Err(error) => break Err(error),
            }
        }
    }};
}
pub(crate) use decide_again;
