//! The cPanel adapter against a WHM server with state, against single odd answers, and over TLS.

mod answers;
mod changes;
mod faults;
mod look_ups;
mod resellers;
mod tls;
mod wire_keys;
mod world;
