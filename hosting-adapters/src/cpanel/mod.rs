//! cpanel
