//! Holds nothing: the tests of this package are its test programs.
