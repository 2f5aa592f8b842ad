//! The contracts of the ports, executable: anybody can run them on their own implementation.

pub mod gateway;
pub mod panel;
pub mod store;
pub mod unreadable;
