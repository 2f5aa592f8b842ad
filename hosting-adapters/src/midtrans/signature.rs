//! The one secret-based check that the provider offers: SHA-512 over three texts and the server key.

use std::fmt::Write;

use hosting_core::kernel::Secret;
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

/// The lower-case hexadecimal SHA-512 of the four texts written one after the other, exactly as they
/// stand in the body.
pub(super) fn sign(
    order_id: &str,
    status_code: &str,
    gross_amount: &str,
    server_key: &Secret,
) -> String {
    let mut hasher = Sha512::new();
    for text in [order_id, status_code, gross_amount, server_key.expose()] {
        hasher.update(text.as_bytes());
    }
    hex(&hasher.finalize())
}

/// Whether two signatures are the same; how long it takes does not depend on where they differ.
pub(super) fn matches(expected: &str, given: &str) -> bool {
    expected.len() == given.len() && bool::from(expected.as_bytes().ct_eq(given.as_bytes()))
}

/// Lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "SB-Mid-server-TESTKEY0123456789abcdef";
    /// V5: the amount without its two decimals; must not be taken for V2.
    const V5: &str = "f1c9c917abe38fa029fa6d110f07e435a2a319fd06ea41b6bafe91966a8c56822f2833b2351d59505bd564d9add99b56cc16f104beb1e70f7444fdab0c51b1f4";

    /// Order, code, amount, key and digest of V1 to V4
    /// (`docs/providers/midtrans.md`, "Signatures").
    const VECTORS: [(&str, &str, &str, &str, &str); 4] = [
        (
            "1111",
            "200",
            "100000.00",
            "askvnoibnosifnboseofinbofinfgbiufglnbfg",
            "edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231",
        ),
        (
            "INV-2026-0001",
            "200",
            "145000.00",
            KEY,
            "06222d4fc5de6c5205c150887b475bfbb61b3d938e20417f2a2c1b0c81349e783de93d22fc2508244ad105e62b9c333fd2e8ce27ad60373f6b3ebed381523f24",
        ),
        (
            "INV-2026-0002",
            "201",
            "145000.00",
            KEY,
            "e42119f6056aeef1c999283be12a0c4693625e904d8efc0dc20174e49a6a2219067a06c9c690233292aae9a8aa0de3566e9299b3fab7a5541a0db9886fdf1a33",
        ),
        (
            "INV-2026-0003",
            "407",
            "145000.00",
            KEY,
            "aa04087a8ed260f345acb20a79c2f6695a441391d6e1ed6b7110eff2a4a049823bcf810d21146232b9c3adb466cf87fd952518293390ca3c22def457a2c7772b",
        ),
    ];

    #[test]
    fn the_vectors_are_met() {
        for (order, code, amount, key, digest) in VECTORS {
            let signed = sign(order, code, amount, &Secret::new(key));
            assert_eq!(signed, digest, "{order}");
            assert!(matches(&signed, digest));
        }
    }

    #[test]
    fn the_amount_is_signed_with_its_decimals() {
        let v2 = sign("INV-2026-0001", "200", "145000.00", &Secret::new(KEY));
        assert_eq!(sign("INV-2026-0001", "200", "145000", &Secret::new(KEY)), V5);
        assert!(!matches(&v2, V5));
    }

    #[test]
    fn a_signature_must_match_as_a_whole() {
        let signed = sign("INV-2026-0001", "200", "145000.00", &Secret::new(KEY));
        for wrong in ["", &signed[..127], &format!("{signed}0"), &signed.to_uppercase()] {
            assert!(!matches(&signed, wrong), "{wrong}");
        }
    }
}
