//! Shapes and words that several answers and mails share: money, language, pages, where a panel is;
//! and the mails themselves ([`letters`]).

mod document;
mod explain;
mod language;
pub mod letters;
mod money;
mod page;
mod panel;

pub use document::{DerivationView, LineView, TaxView};
pub use explain::{ExplainedLineView, ExplanationView, StepView};
pub use language::Language;
pub use money::{MoneyView, amount};
pub use page::{next, page};
pub use panel::address_of;
