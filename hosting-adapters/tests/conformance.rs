//! The adapters keep the ports' contracts against their local providers.

#[path = "conformance/cpanel.rs"]
mod cpanel;
#[path = "conformance/manual.rs"]
mod manual;
#[path = "conformance/midtrans.rs"]
mod midtrans;
