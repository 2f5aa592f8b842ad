//! The pages, as a browser without scripts uses them: links, forms and cookies.

mod account;
mod assets;
mod browser;
mod entry;
mod flow;
#[path = "../support/migrated.rs"]
mod migrated;
mod safety;
mod snapshots;
