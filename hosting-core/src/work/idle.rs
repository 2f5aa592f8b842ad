//! Working until nothing is due: for programs without a worker of their own, and for trying things out.

use super::tick;
use crate::{port::StoreError, service::Ports};

/// How many tasks are claimed at once.
const CLAIM: u32 = 16;

/// Carries out what is due, one task after the other, until nothing is or `most` tasks were carried out.
/// Answers how many were. What came due by it, such as the account of a service that was paid for, is
/// carried out too; what waits for a later instant is not. A worker that runs for ever calls [`tick`]
/// instead, and sleeps when it claims nothing.
///
/// # Errors
/// [`StoreError::Unavailable`] when the database cannot be asked; held tasks come back when their
/// leases run out.
pub async fn until_idle(ports: &Ports, most: u32) -> Result<u32, StoreError> {
    let mut done = 0_u32;
    while done < most {
        match tick(ports, None, CLAIM.min(most.saturating_sub(done))).await?.claimed {
            0 => break,
            some => done = done.saturating_add(some),
        }
    }
    Ok(done)
}
