//! Checking the fields of a request, all of them, before answering.
//!
//! ```
//! use hosting_core::kernel::Email;
//! use hosting_server::http::fields::Fields;
//!
//! let mut fields = Fields::default();
//! let email: Option<Email> = fields.parse("/email", "not an address");
//! fields.demand("/quantity", 0 > 1, "a whole number above 0");
//! let problem = fields.finish().unwrap_err();
//! assert_eq!(problem.errors().len(), 2);
//! assert!(email.is_none());
//! ```

use std::{fmt::Display, str::FromStr};

use super::problem::{FieldError, Problem};

/// Collects what does not fit, so that a caller hears of everything at once.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// Parses the text of the field at `pointer`; `None` when it does not fit, which is noted.
    pub fn parse<T: FromStr>(&mut self, pointer: &str, text: &str) -> Option<T>
    where
        T::Err: Display,
    {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.note(pointer, error.to_string());
                None
            }
        }
    }

    /// Parses an optional text: absent and empty are both absent.
    pub fn parse_optional<T: FromStr>(&mut self, pointer: &str, text: Option<&str>) -> Option<T>
    where
        T::Err: Display,
    {
        text.filter(|it| !it.trim().is_empty()).and_then(|it| self.parse(pointer, it))
    }

    /// Notes that the field at `pointer` should be `expected`, unless `fits`.
    pub fn demand(&mut self, pointer: &str, fits: bool, expected: &str) {
        if !fits {
            self.note(pointer, format!("should be {expected}"));
        }
    }

    /// Notes a field that does not fit.
    pub fn note(&mut self, pointer: &str, detail: impl Into<String>) {
        self.0.push(FieldError { pointer: pointer.to_owned(), detail: detail.into() });
    }

    /// Ends the check.
    ///
    /// # Errors
    /// 422 naming every field that does not fit.
    pub fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(self.0)) }
    }
}

/// The JSON pointer of a field in dots: `address.city` is `/address/city`.
pub fn pointer(dotted: &str) -> String {
    format!("/{}", dotted.replace('.', "/"))
}
