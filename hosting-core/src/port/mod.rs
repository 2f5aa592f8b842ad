//! What the core needs from the world. Every trait here is dyn-safe; none knows a transport.

pub mod clock;
pub mod descriptor;
pub mod effect;
pub mod gateway;
pub mod letter;
mod listener;
pub mod mailer;
pub mod provisioning;
pub mod sealing;
pub mod store;

pub use crate::kernel::Entropy;
pub use clock::Clock;
pub use descriptor::{Descriptor, Setting, SettingKind};
pub use effect::{Effect, Failure, IdempotencyKey};
pub use gateway::PaymentGateway;
pub use letter::{Letter, LetterWriter, Written};
pub use listener::{Listener, ListenerError};
pub use mailer::Mailer;
pub use provisioning::ProvisioningAdapter;
pub use sealing::{SealError, SecretBox};
pub use store::{Claim, Claimed, DoneBefore, LeasedTask, Rows, Store, StoreError, Unreadable};
