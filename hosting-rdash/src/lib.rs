//! hosting-rdash
