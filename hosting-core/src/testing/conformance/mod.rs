//! The contracts of the ports, executable.
