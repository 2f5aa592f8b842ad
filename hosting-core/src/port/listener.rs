//! Whoever wants to hear of every fact: a host program's mail, its own webhooks, a message bus.

use async_trait::async_trait;

use super::store::Unreadable;
use crate::model::Event;

/// Why a listener could not take a fact in; shown to staff, so it holds no secret.
pub type ListenerError = Box<dyn std::error::Error + Send + Sync>;

/// A listener to the outbox.
///
/// # The contract
///
/// [`work::deliver`](crate::work::deliver) hands it every fact of the journal **at least once**, in
/// the order of their positions — so also in order for each subject —, beginning after
/// [`begins_after`](Self::begins_after). How far it has heard is stored under its name; when the process
/// dies between hearing and storing, the same facts come again. A listener therefore recognises what
/// it has heard by the fact's id or position. A fact that it refuses is handed to it again, ever
/// later, and the facts behind it wait; other listeners go on.
///
/// ```
/// use async_trait::async_trait;
/// use hosting_core::{
///     model::{DomainEvent, Event},
///     port::{Listener, ListenerError},
/// };
///
/// /// Prints what was paid.
/// #[derive(Debug)]
/// struct Till;
///
/// #[async_trait]
/// impl Listener for Till {
///     fn name(&self) -> &str {
///         "till"
///     }
///     async fn hear(&self, position: i64, event: &Event) -> Result<(), ListenerError> {
///         if matches!(event.body, DomainEvent::InvoicePaid { .. }) {
///             println!("{position}: {}", event.subject);
///         }
///         Ok(())
///     }
/// }
/// ```
#[async_trait]
pub trait Listener: std::fmt::Debug + Send + Sync {
    /// What its place is stored under; never changed. At most 50 letters, digits, `-`, `_` and `.`.
    fn name(&self) -> &str;

    /// After which position it begins when it has heard nothing yet; 0 is the beginning of the
    /// journal.
    fn begins_after(&self) -> i64 {
        0
    }

    /// Takes one fact in. Must end by itself within a minute or so; may be given the same fact again.
    ///
    /// # Errors
    /// Whatever keeps it from taking the fact in now; the fact comes again.
    async fn hear(&self, position: i64, event: &Event) -> Result<(), ListenerError>;

    /// What to do about a fact that this version of the program cannot read, e.g. after a release was
    /// taken back. To accept is to pass over it for ever; unless a listener says otherwise it waits
    /// until the fact can be read, since nothing may be lost.
    ///
    /// # Errors
    /// Whatever keeps it from passing over.
    async fn pass_over(&self, position: i64, unreadable: &Unreadable) -> Result<(), ListenerError> {
        Err(format!("the fact at {position} cannot be read: {}", unreadable.why).into())
    }
}
