//! A shop in a process of its own, which really dies.
//!
//! People and the outside world live in the test: [`world::Abroad`] passes their wishes to a child
//! process over one local connection, and carries out there what the shop in the child asks of gateway,
//! panel and mail carrier ([`outside`]). When the child aborts, the world is still there, so what was
//! done twice or never is seen. What travels is in [`mod@line`].

pub mod line;
pub mod outside;
pub mod world;
