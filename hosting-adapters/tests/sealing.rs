//! The key ring: what it opens, what it refuses, and what it never shows.

use hosting_adapters::sealing::{KeyRing, KeyRingError};
use hosting_core::{
    kernel::Secret,
    port::sealing::{SealError, Sealed, SecretBox},
};
use proptest::prelude::*;

const OLD: &str = "k2025:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NEW: &str = "k2026:Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";
const PLACE: &str = "servers/secret/01J0000000000000000000000A";

fn ring(text: &str) -> KeyRing {
    KeyRing::parse(&Secret::new(text)).expect("the ring of the test is right")
}

fn refusal(text: &str) -> KeyRingError {
    KeyRing::parse(&Secret::new(text)).expect_err("the ring of the test is wrong")
}

#[test]
fn a_sealed_secret_names_its_key_and_hides_its_content() {
    let sealed = ring(NEW).seal(&Secret::new("hunter2"), PLACE, [7; 24]);
    assert!(sealed.as_str().starts_with("e1.k2026."), "{}", sealed.as_str());
    assert_eq!(sealed.as_str().len(), "e1.k2026.".len() + (24_usize + 7 + 16).div_ceil(3) * 4 - 1);
    assert!(!sealed.as_str().contains("hunter2"));
}

#[test]
fn the_envelope_is_stable_so_stored_secrets_open_for_ever() {
    // Frozen: a change here is a change of the stored format and needs a new version.
    let stored = ring(OLD).seal(&Secret::new("s3cret"), "a/b/c", [1; 24]);
    assert_eq!(
        stored.as_str(),
        "e1.k2025.AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBueFDXz_Qxe0clqWy9gc6Ky9eOJAx3A"
    );
}

#[test]
fn rotation_opens_the_old_and_seals_with_the_new() {
    let before = ring(OLD);
    let sealed = before.seal(&Secret::new("hunter2"), PLACE, [1; 24]);
    assert!(before.is_current(&sealed));

    let during = ring(&format!("{NEW},{OLD}"));
    assert!(!during.is_current(&sealed), "rotation must find it");
    let opened = during.open(&sealed, PLACE).expect("the old key is still in the ring");
    assert_eq!(opened.expose(), "hunter2");
    let again = during.seal(&opened, PLACE, [2; 24]);
    assert!(during.is_current(&again));

    let after = ring(NEW);
    assert_eq!(after.open(&again, PLACE).expect("sealed with the new key").expose(), "hunter2");
    assert_eq!(after.open(&sealed, PLACE), Err(SealError::UnknownKey("k2025".to_owned())));
}

#[test]
fn one_id_with_another_key_does_not_open() {
    let sealed = ring(OLD).seal(&Secret::new("hunter2"), PLACE, [1; 24]);
    let impostor = ring(&NEW.replace("k2026", "k2025"));
    assert_eq!(impostor.open(&sealed, PLACE), Err(SealError::Tampered));
}

#[test]
fn what_is_no_envelope_is_said_to_be_malformed() {
    let ring = ring(NEW);
    for text in
        ["", "hunter2", "e1.k2026", "e1.k2026.", "e1.k2026.AAAA", "e1.k2026.====", "e2.k2026.AAAA"]
    {
        let sealed = Sealed::from_stored(text);
        assert_eq!(ring.open(&sealed, PLACE), Err(SealError::Malformed), "{text}");
        assert!(!ring.is_current(&sealed), "{text}");
    }
}

#[test]
fn a_wrong_ring_says_what_is_wrong_and_no_key_material() {
    let id = |text: &str| text.to_owned();
    assert_eq!(refusal(" , "), KeyRingError::Empty);
    assert_eq!(refusal("AAECAwQF"), KeyRingError::NotAPair { position: 1 });
    assert_eq!(refusal(&format!("{OLD},a.b:AAAA")), KeyRingError::Id { position: 2 });
    assert_eq!(refusal("k:%%%%"), KeyRingError::NotBase64 { id: id("k") });
    assert_eq!(refusal("k:AAECAwQF"), KeyRingError::Length { id: id("k"), found: 6 });
    assert_eq!(refusal(&format!("{OLD},{OLD}")), KeyRingError::Twice { id: id("k2025") });
    for text in ["k:c2VjcmV0", "c2VjcmV0", "k!:c2VjcmV0"] {
        assert!(!refusal(text).to_string().contains("c2VjcmV0"), "{text}");
    }
}

#[test]
fn keys_may_be_written_without_padding_and_over_several_lines() {
    let text = format!("{}\n{OLD}", NEW.trim_end_matches('='));
    assert_eq!(ring(&text).ids().collect::<Vec<_>>(), ["k2026", "k2025"]);
}

#[test]
fn debug_shows_ids_and_nothing_else() {
    assert_eq!(format!("{:?}", ring(OLD)), "KeyRing { ids: [\"k2025\"], .. }");
}

#[test]
fn each_purpose_has_its_own_key() {
    let ring = ring(OLD);
    assert_eq!(*ring.derive("cookies"), *ring.derive("cookies"));
    assert_ne!(*ring.derive("cookies"), *ring.derive("tokens"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sealed_opens_in_its_place_and_in_no_other(
        text in ".{0,200}", place in "[a-z/0-9]{1,40}", other in "[a-z/0-9]{1,40}", nonce: [u8; 24],
    ) {
        let ring = ring(&format!("{NEW},{OLD}"));
        let secret = Secret::new(text.clone());
        let sealed = ring.seal(&secret, &place, nonce);
        let opened = ring.open(&sealed, &place).expect("it was sealed for this place");
        prop_assert_eq!(opened.expose(), text.as_str());
        if other != place {
            prop_assert_eq!(ring.open(&sealed, &other), Err(SealError::Tampered));
        }
    }

    #[test]
    fn changing_any_character_makes_it_useless(
        text in ".{0,40}", nonce: [u8; 24], at: prop::sample::Index, to in "[A-Za-z0-9_.-]",
    ) {
        let ring = ring(NEW);
        let sealed = ring.seal(&Secret::new(text), PLACE, nonce);
        let mut changed = sealed.as_str().to_owned();
        let at = at.index(changed.len());
        prop_assume!(&changed[at..=at] != to.as_str());
        changed.replace_range(at..=at, &to);
        prop_assert!(ring.open(&Sealed::from_stored(changed), PLACE).is_err());
    }

    #[test]
    fn reading_any_text_never_panics(text in ".{0,80}") {
        let _ = ring(NEW).open(&Sealed::from_stored(text.clone()), PLACE);
        let _ = KeyRing::parse(&Secret::new(text));
    }
}
