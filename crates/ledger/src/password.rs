//! Passwords: Argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane), checked in equal time for unknown names.

use aboveboard_model::personal::Secret;
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash,
};

/// KiB of memory.
const MEMORY_KIB: u32 = 19_456;
/// Passes over it.
const PASSES: u32 = 2;
/// Lanes.
const LANES: u32 = 1;

fn argon2() -> Argon2<'static> {
    let params =
        Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within Argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The hash of a password in PHC form, under a random salt of 16 bytes.
pub(crate) fn hash(password: &str, salt: [u8; 16]) -> Secret {
    let hash = argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("Argon2 takes any password and a salt of 16 bytes");
    Secret::new(hash.to_string())
}

/// Whether a password is the one of a hash. Against `None` the work is the same and the answer no.
pub(crate) fn verify(password: &str, hash: Option<&Secret>) -> bool {
    match hash.and_then(|hash| PasswordHash::new(hash.reveal()).ok()) {
        Some(parsed) => argon2().verify_password(password.as_bytes(), &parsed).is_ok(),
        None => {
            let _ = self::hash(password, [0; 16]);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let hash = hash("correct horse battery", [7; 16]);
        assert!(hash.reveal().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse battery", Some(&hash)));
        assert!(!verify("correct horse batterz", Some(&hash)));
        assert!(!verify("correct horse battery", None));
        assert!(!verify("x", Some(&Secret::new("not a hash"))));
    }
}
