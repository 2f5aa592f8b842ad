//! The contracts of the ports, executable: anybody can run them on their own implementation.

pub mod store;
