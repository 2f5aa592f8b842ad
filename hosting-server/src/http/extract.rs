//! Body, query and path as values; what does not fit is a [`Problem`] that names the field.

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request, rejection::BytesRejection},
    http::{StatusCode, header, request::Parts},
};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::problem::Problem;

/// A JSON body. The content type must say so; unknown fields are refused when `T` refuses them
/// (`#[serde(deny_unknown_fields)]`, which every command here does).
#[derive(Debug, Clone, Copy)]
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let kind = kind.map(|it| it.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
        if kind.as_deref() != Some("application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Send a body of type application/json",
            ));
        }
        let body = Bytes::from_request(request, state).await.map_err(|it| unread(&it))?;
        parse_json(&body).map(Self)
    }
}

fn unread(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Problem::too_large()
    } else {
        Problem::malformed("The body could not be read.")
    }
}

fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            misfit("/", &path, &inner.to_string())
        } else if serde_json::from_slice::<IgnoredAny>(body).is_ok() {
            // Where the name of a choice is expected, JSON of another type passes for broken JSON.
            misfit("/", &path, "is of another type than is expected here")
        } else {
            not_json(&inner)
        }
    })?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::malformed(format!("The body is not JSON (line {line}, column {column})."))
}

/// Turns serde's path and words into a pointer and a detail.
fn misfit(lead: &str, path: &str, message: &str) -> Problem {
    let message = message.rsplit_once(" at line ").map_or(message, |(text, _)| text);
    let mut parts: Vec<String> = Vec::new();
    for part in path.split(['.', '[', ']']).filter(|it| !it.is_empty() && *it != "?") {
        parts.push(part.to_owned());
    }
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let (missing, unknown) =
        (message.starts_with("missing field"), message.starts_with("unknown field"));
    if (missing || unknown) && parts.last().is_none_or(|it| it != quoted) {
        parts.push(quoted.to_owned());
    }
    let detail = if missing {
        "is missing".to_owned()
    } else if unknown {
        "is not a field that is known here".to_owned()
    } else {
        message.to_owned()
    };
    let name: Vec<String> =
        parts.iter().map(|it| it.replace('~', "~0").replace('/', "~1")).collect();
    Problem::field(format!("{lead}{}", name.join("/")), detail)
}

/// The query string.
#[derive(Debug, Clone, Copy)]
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        let axum::extract::Query(value) = query.map_err(|rejection| {
            let text = std::error::Error::source(&rejection)
                .map_or_else(|| rejection.to_string(), ToString::to_string);
            let (path, message) = text.split_once(": ").unwrap_or(("", &text));
            misfit("?", path, message)
        })?;
        Ok(Self(value))
    }
}

/// A part of the path. What cannot be one is simply not there: 404.
#[derive(Debug, Clone, Copy)]
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let found = Path::<T>::from_request_parts(parts, state).await;
        found.map(|Path(value)| Self(value)).map_err(|_| Problem::not_found())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only reading is tested")]
    struct Inner {
        city: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only reading is tested")]
    struct Outer {
        name: String,
        items: Vec<Inner>,
    }

    #[test]
    fn the_pointer_names_the_field() {
        for (body, pointer) in [
            (r#"{"items":[]}"#, "/name"),
            (r#"{"name":1,"items":[]}"#, "/name"),
            (r#"{"name":"a","items":[],"extra":1}"#, "/extra"),
            (r#"{"name":"a","items":[{"city":"x"},{}]}"#, "/items/1/city"),
            (r#"{"name":"a","items":[{"city":"x","town":1}]}"#, "/items/0/town"),
            (r#"{"name":"a","items":"none"}"#, "/items"),
        ] {
            let problem = parse_json::<Outer>(body.as_bytes()).unwrap_err();
            let pointers: Vec<_> = problem.errors().iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(pointers, [pointer], "{body}");
            assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "terms", content = "count", rename_all = "snake_case", deny_unknown_fields)]
    enum Choice {
        First,
        #[expect(dead_code, reason = "only reading is tested")]
        Terms(u32),
    }

    #[test]
    fn a_choice_of_another_type_is_no_broken_json() {
        for wrong in ["null", "7", "[]", r#"{"terms":null}"#, r#"{"terms":7}"#, r#"{"count":1}"#] {
            let problem = parse_json::<Choice>(wrong.as_bytes()).unwrap_err();
            assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert_eq!(problem.errors().len(), 1, "{wrong}");
        }
        assert!(matches!(parse_json(br#"{"terms":"first"}"#), Ok(Choice::First)));
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for body in ["", "{", "nonsense", r#"{"name":"a","items":[]} trailing"#] {
            let problem = parse_json::<Outer>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.status(), StatusCode::BAD_REQUEST, "{body}");
        }
    }
}
