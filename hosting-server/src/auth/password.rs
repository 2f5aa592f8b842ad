//! Passwords: Argon2id, on a blocking thread, few at a time.

use std::{sync::Arc, time::Duration};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};
use hosting_core::{
    kernel::{Entropy, Secret},
    model::access::PasswordHash,
};
use tokio::sync::Semaphore;

/// Fewest characters of a password.
pub const LEAST: usize = 10;
/// Most characters of a password; hashing takes time with length.
pub const MOST: usize = 128;
/// How long a log-in waits for its turn to hash before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hashing is not possible right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Too many log-ins at once.
    #[error("too many passwords are being checked")]
    Busy,
    /// The hash failed: parameters or memory.
    #[error("the password could not be hashed")]
    Failed,
}

/// What checking a password told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is another password.
    Wrong,
    /// It is right.
    Right,
    /// It is right, and was hashed at a lower cost than today's: hash it again.
    Outdated,
}

/// Hashes and checks passwords.
///
/// The cost is OWASP's first choice for Argon2id (19 MiB, two passes, one lane). At most as many
/// hashes run at once as the machine has cores, so that a flood of log-ins cannot take its memory.
#[derive(Debug, Clone)]
pub struct Passwords {
    params: Params,
    turns: Arc<Semaphore>,
    /// Checked when there is no such user, so that the answer takes as long.
    decoy: PasswordHash,
}

impl Passwords {
    /// At today's cost.
    ///
    /// # Errors
    /// [`HashError::Failed`] when the decoy cannot be hashed.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, HashError> {
        Self::with(Params::DEFAULT, entropy)
    }

    /// At next to no cost, so that tests are quick. Never for a shop.
    ///
    /// # Errors
    /// [`HashError::Failed`] when the decoy cannot be hashed.
    pub fn cheap(entropy: &dyn Entropy) -> Result<Self, HashError> {
        Self::with(Params::new(8, 1, 1, None).map_err(|_| HashError::Failed)?, entropy)
    }

    fn with(params: Params, entropy: &dyn Entropy) -> Result<Self, HashError> {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let decoy = hash(&params, &Secret::new("nobody's password"), salt(entropy))?;
        Ok(Self { params, turns: Arc::new(Semaphore::new(cores)), decoy })
    }

    /// Hashes a password.
    ///
    /// # Errors
    /// A [`HashError`].
    pub async fn hash(
        &self,
        password: &Secret,
        entropy: &dyn Entropy,
    ) -> Result<PasswordHash, HashError> {
        let (params, password, salt) = (self.params.clone(), password.clone(), salt(entropy));
        self.in_turn(move || hash(&params, &password, salt)).await?
    }

    /// Checks a password against `hash`, or against nobody's: that takes as long and is never right.
    ///
    /// # Errors
    /// A [`HashError`].
    pub async fn check(
        &self,
        password: &Secret,
        hash: Option<&PasswordHash>,
    ) -> Result<Checked, HashError> {
        // An account without a password is nobody's too, and must take as long.
        let hash = hash.filter(|it| phc::PasswordHash::new(it.as_str()).is_ok());
        let (params, password, known) = (self.params.clone(), password.clone(), hash.is_some());
        let hash = hash.unwrap_or(&self.decoy).clone();
        self.in_turn(move || {
            let right = verify(&password, &hash);
            match (right && known, current(&params, &hash)) {
                (false, _) => Checked::Wrong,
                (true, true) => Checked::Right,
                (true, false) => Checked::Outdated,
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(HashError::Busy) };
        // The turn goes with the work: a caller that gives up must not let the next one in early.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| HashError::Failed)
    }
}

fn salt(entropy: &dyn Entropy) -> [u8; 16] {
    entropy.next().to_le_bytes()
}

fn argon(params: &Params) -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone())
}

fn hash(params: &Params, password: &Secret, salt: [u8; 16]) -> Result<PasswordHash, HashError> {
    let hash: phc::PasswordHash = argon(params)
        .hash_password_with_salt(password.expose().as_bytes(), &salt)
        .map_err(|_| HashError::Failed)?;
    Ok(PasswordHash::new(hash.to_string()))
}

fn verify(password: &Secret, hash: &PasswordHash) -> bool {
    let Ok(parsed) = phc::PasswordHash::new(hash.as_str()) else { return false };
    Argon2::default().verify_password(password.expose().as_bytes(), &parsed).is_ok()
}

fn current(params: &Params, hash: &PasswordHash) -> bool {
    let Ok(parsed) = phc::PasswordHash::new(hash.as_str()) else { return false };
    let used = Params::try_from(&parsed);
    parsed.algorithm.as_str() == "argon2id"
        && used.is_ok_and(|used| {
            (used.m_cost(), used.t_cost(), used.p_cost())
                == (params.m_cost(), params.t_cost(), params.p_cost())
        })
}

/// What a password must be; `None` when it is.
pub fn refusal(password: &str, email: &str) -> Option<&'static str> {
    let length = password.chars().count();
    let first = password.chars().next();
    if !(LEAST..=MOST).contains(&length) {
        return Some("10 to 128 characters");
    }
    if password.chars().all(|c| Some(c) == first) || password.eq_ignore_ascii_case(email) {
        return Some("harder to guess");
    }
    None
}

#[cfg(test)]
mod tests {
    use hosting_core::testing::SeededEntropy;

    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right_and_nobody_has_none() {
        let dice = SeededEntropy::new(1);
        let passwords = Passwords::cheap(&dice).unwrap();
        let hash = passwords.hash(&Secret::new("correct horse"), &dice).await.unwrap();
        let check = |text: &str, hash: Option<PasswordHash>| {
            let (passwords, text) = (passwords.clone(), Secret::new(text));
            async move { passwords.check(&text, hash.as_ref()).await.unwrap() }
        };
        assert_eq!(check("correct horse", Some(hash.clone())).await, Checked::Right);
        assert_eq!(check("correct horsf", Some(hash)).await, Checked::Wrong);
        assert_eq!(check("nobody's password", None).await, Checked::Wrong);
        let broken = PasswordHash::new("not a hash");
        assert_eq!(check("correct horse", Some(broken)).await, Checked::Wrong);
    }

    #[tokio::test]
    async fn a_cheaper_hash_is_outdated() {
        let dice = SeededEntropy::new(1);
        let (cheap, dear) = (Passwords::cheap(&dice).unwrap(), Passwords::new(&dice).unwrap());
        let password = Secret::new("correct horse");
        let hash = cheap.hash(&password, &dice).await.unwrap();
        assert_eq!(dear.check(&password, Some(&hash)).await, Ok(Checked::Outdated));
        let hash = dear.hash(&password, &dice).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(dear.check(&password, Some(&hash)).await, Ok(Checked::Right));
    }

    #[test]
    fn weak_passwords_are_refused() {
        for weak in ["short", "aaaaaaaaaaaa", "Rani@Example.com", &"x1".repeat(65)] {
            assert!(refusal(weak, "rani@example.com").is_some(), "{weak}");
        }
        assert_eq!(refusal("correct horse", "rani@example.com"), None);
    }
}
