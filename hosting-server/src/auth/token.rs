//! Random tokens: 32 bytes, base64url as text, SHA-256 in the database.

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hosting_core::{
    kernel::{Entropy, Secret},
    model::{ApiKeyId, access::TokenHash},
    service::access::FreshToken,
};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// What every key of a program begins with; secret scanners look for it.
pub const KEY_PREFIX: &str = "hbk_";

/// A token nobody has seen yet.
pub fn fresh(entropy: &dyn Entropy) -> FreshToken {
    let bytes = entropy.bytes();
    FreshToken { text: Secret::new(URL_SAFE_NO_PAD.encode(bytes)), hash: hash(&bytes) }
}

/// The hash of a token's text; `None` when the text cannot be one of ours.
pub fn hash_of(text: &str) -> Option<TokenHash> {
    let bytes: [u8; 32] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    Some(hash(&bytes))
}

fn hash(bytes: &[u8]) -> TokenHash {
    TokenHash::new(hex(&Sha256::digest(bytes)))
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether two texts are equal, in a time that does not tell where they differ.
pub fn same(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

/// What a program sends: `hbk_<id>_<secret>`.
pub fn key_text(id: ApiKeyId, secret: &FreshToken) -> String {
    format!("{KEY_PREFIX}{}_{}", id.stored(), secret.text.expose())
}

/// The id and the secret's hash of what a program sent.
pub fn parse_key(text: &str) -> Option<(ApiKeyId, TokenHash)> {
    let (id, secret) = text.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    Some((ApiKeyId::from_stored(id).ok()?, hash_of(secret)?))
}

/// The credential of an `Authorization: Bearer` header, if there is one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, text) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| text.trim())
}

#[cfg(test)]
mod tests {
    use hosting_core::testing::SeededEntropy;

    use super::*;

    #[test]
    fn a_token_is_found_again_by_its_text() {
        let token = fresh(&SeededEntropy::new(1));
        assert_eq!(hash_of(token.text.expose()), Some(token.hash));
        assert_eq!(token.text.expose().len(), 43);
    }

    #[test]
    fn what_is_no_token_has_no_hash() {
        for text in ["", "abc", "=", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43)] {
            assert_eq!(hash_of(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_survives_underscores_in_its_secret() {
        let dice = SeededEntropy::new(7);
        for _ in 0..200 {
            let (id, secret) = (ApiKeyId::from_stored("01ARZ3NDEKTSV4RRFFQ69G5FAV"), fresh(&dice));
            let id = id.unwrap();
            assert_eq!(parse_key(&key_text(id, &secret)), Some((id, secret.hash)));
        }
        assert_eq!(parse_key("hbk_x_y"), None);
    }
}
