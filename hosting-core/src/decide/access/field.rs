//! Texts that fit on one line.

/// A text is empty, too long, or has characters that do not belong on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` should be {expected}")]
pub struct FieldOutOfRange {
    /// The field's name in the command, with dots between levels.
    pub field: &'static str,
    /// What would be right.
    pub expected: &'static str,
}

pub(super) fn line(
    field: &'static str,
    text: &str,
    most: usize,
) -> Result<String, FieldOutOfRange> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        let expected = match most {
            40 => "one line of 1 to 40 characters",
            80 => "one line of 1 to 80 characters",
            120 => "one line of 1 to 120 characters",
            _ => "one line of 1 to 160 characters",
        };
        return Err(FieldOutOfRange { field, expected });
    }
    Ok(text.to_owned())
}

pub(super) fn maybe(
    field: &'static str,
    text: Option<&String>,
    most: usize,
) -> Result<Option<String>, FieldOutOfRange> {
    text.map(|it| line(field, it, most)).transpose()
}

pub(super) fn locale(text: &str) -> Result<String, FieldOutOfRange> {
    if matches!(text, "id" | "en") {
        return Ok(text.to_owned());
    }
    Err(FieldOutOfRange { field: "locale", expected: "`id` or `en`" })
}
