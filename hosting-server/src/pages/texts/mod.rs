//! Every word on a page, in each language.
//!
//! A text is a field of a struct, and each language is a value of it: a text that is missing in one
//! language does not compile. Parts in braces, such as `{days}`, are replaced; a test proves that both
//! languages have the same ones.

mod account;
mod pay;
mod sheets;
mod shop;

pub(crate) use sheets::Texts;
use sheets::texts;
