//! What a transport failure means for the effect of the call (law 3, defect D8).
//!
//! | seen | effect |
//! |---|---|
//! | the request could not be built | nothing happened, final |
//! | no connection | nothing happened, retry |
//! | time-out, cut, or unreadable answer after the request may have left | unknown |
//! | a body longer than the limit | unknown |
//!
//! What a *status code* means is documented by each provider, so it stays in each adapter.

use hosting_core::port::Failure;

/// Answers longer than this are not read to the end.
pub const MAX_BODY: usize = 4 * 1024 * 1024;

/// An answer that arrived whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The `Content-Type`, as sent.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Sends `request` and reads the whole answer. Never retries, never follows what it should not:
/// give it a client whose redirect policy is `none`.
///
/// # Errors
/// A [`Failure`] with the effect of the module's table.
pub async fn send(
    action: &'static str,
    request: reqwest::RequestBuilder,
) -> Result<Answer, Failure> {
    let mut response = request.send().await.map_err(|error| classify(action, error))?;
    let status = response.status().as_u16();
    let content_type = response
        .headers()
        .get(reqwest::header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .map(str::to_owned);
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| classify(action, error))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Failure::unknown(
                action,
                format!("the answer is longer than {MAX_BODY} bytes"),
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, content_type, body })
}

/// The effect of a call that ended in `error`.
pub fn classify(action: &'static str, error: reqwest::Error) -> Failure {
    // Addresses can carry identifiers that do not belong in logs.
    let error = error.without_url();
    if error.is_builder() {
        Failure::refused(action, "the request could not be built").because(error)
    } else if error.is_connect() {
        Failure::retry(action, "no connection to the provider").because(error)
    } else if error.is_timeout() {
        Failure::unknown(action, "no answer in time").because(error)
    } else {
        Failure::unknown(action, "the connection was cut before a whole answer").because(error)
    }
}
