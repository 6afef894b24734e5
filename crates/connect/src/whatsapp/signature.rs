//! Whether a delivery was signed by Meta: `X-Hub-Signature-256`, HMAC-SHA256 of the raw body with the app's secret.

use aboveboard_model::personal::Secret;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// The header that carries the signature.
pub const HEADER: &str = "x-hub-signature-256";
/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 32;

/// The signature that came with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature([u8; SIGNATURE_BYTES]);

/// Why a header is not a signature. It says nothing of the header's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature header is not `sha256=` and 64 hexadecimal digits")]
pub struct NotASignature;

impl Signature {
    /// Reads the value of the header: `sha256=` and 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`NotASignature`] for anything else.
    pub fn parse(header: &str) -> Result<Signature, NotASignature> {
        let digits = header.trim().strip_prefix("sha256=").ok_or(NotASignature)?;
        let mut bytes = [0; SIGNATURE_BYTES];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NotASignature)?;
        Ok(Signature(bytes))
    }
}

/// Which of the secrets signed the raw body, as its place in the list; `None` if none did. During a rotation the list
/// holds the new and the old one. An empty secret signs nothing. The time it takes depends on the body's length and on
/// the number of secrets only: every secret is tried, and the comparison looks at every byte.
pub fn signer(body: &[u8], signature: &Signature, secrets: &[Secret]) -> Option<usize> {
    let mut found = u64::MAX;
    for (slot, secret) in secrets.iter().enumerate().rev() {
        let secret = secret.reveal().as_bytes();
        let usable = Choice::from(u8::from(!secret.is_empty()));
        let same = signed(body, secret).ct_eq(&signature.0);
        found.conditional_assign(&(slot as u64), same & usable);
    }
    usize::try_from(found).ok().filter(|slot| *slot < secrets.len())
}

/// The signature of a body: what Meta would send. The stand-in for Meta and tests sign with it.
pub fn sign(body: &[u8], secret: &Secret) -> String {
    format!("sha256={}", hex::encode(signed(body, secret.reveal().as_bytes())))
}

fn signed(body: &[u8], secret: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets(list: &[&str]) -> Vec<Secret> {
        list.iter().map(|text| Secret::new(*text)).collect()
    }

    #[test]
    fn the_published_vector_of_rfc_4231_is_reproduced() {
        let signature = sign(b"what do ya want for nothing?", &secrets(&["Jefe"])[0]);
        assert_eq!(signature, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn either_secret_of_a_rotation_is_recognised_by_its_place() {
        let both = secrets(&["new secret", "old secret"]);
        for (slot, secret) in both.iter().enumerate() {
            let signature = Signature::parse(&sign(b"{}", secret)).unwrap();
            assert_eq!(signer(b"{}", &signature, &both), Some(slot));
        }
    }

    #[test]
    fn the_first_of_two_equal_secrets_is_named() {
        let both = secrets(&["same", "same"]);
        let signature = Signature::parse(&sign(b"{}", &both[0])).unwrap();
        assert_eq!(signer(b"{}", &signature, &both), Some(0));
    }

    #[test]
    fn a_changed_byte_another_secret_an_empty_secret_and_no_secret_are_refused() {
        let ours = secrets(&["ours"]);
        let signature = Signature::parse(&sign(b"{\"a\":1}", &ours[0])).unwrap();
        assert_eq!(signer(b"{\"a\": 1}", &signature, &ours), None, "the raw bytes count, not the JSON");
        assert_eq!(signer(b"{\"a\":1}", &signature, &secrets(&["theirs"])), None);
        assert_eq!(signer(b"{\"a\":1}", &signature, &[]), None);
        let empty = secrets(&[""]);
        let by_nobody = Signature::parse(&sign(b"{}", &empty[0])).unwrap();
        assert_eq!(signer(b"{}", &by_nobody, &empty), None);
    }

    #[test]
    fn a_header_of_another_form_is_no_signature() {
        let good = "ab".repeat(32);
        assert!(Signature::parse(&format!("sha256={good}")).is_ok());
        assert!(Signature::parse(&format!("sha256={}", good.to_uppercase())).is_ok());
        for bad in ["", "sha256=", "sha1=abcd", &good, &format!("sha256={good}0"), "sha256=zz", "sha256=é"] {
            assert_eq!(Signature::parse(bad), Err(NotASignature), "{bad}");
        }
    }
}
