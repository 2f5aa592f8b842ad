//! Shapes and words that several answers and mails share: money, language, pages, where a panel is.

mod document;
mod language;
mod money;
mod page;
mod panel;

pub use document::{LineView, TaxView};
pub use language::Language;
pub use money::{MoneyView, amount};
pub use page::{next, page};
pub use panel::address_of;
