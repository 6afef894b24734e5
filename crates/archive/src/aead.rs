//! Keys, and the one cipher: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03).

use std::fmt;

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use chacha20::{R20, hchacha};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::{Error, Result};

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 24;
/// Bytes that sealing adds after the ciphertext.
pub const TAG_BYTES: usize = 16;

/// A 256-bit key: wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Key([u8; 32]);

impl Key {
    /// Takes 32 random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Derives a key for one purpose: HMAC-SHA-256 under this key.
    pub(crate) fn derive(&self, purpose: &[u8]) -> Self {
        Self(hmac_sha256(&self.0, purpose))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Encrypts; the tag is the last 16 bytes.
pub(crate) fn encrypt(key: &Key, nonce: &[u8; NONCE_BYTES], aad: &[u8], plain: &[u8]) -> Result<Vec<u8>> {
    let (key, nonce) = once(key, nonce);
    let mut sealed = Vec::with_capacity(plain.len() + TAG_BYTES);
    sealed.extend_from_slice(plain);
    key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed)
        .map_err(|_| Error::Invalid("too long to seal".to_owned()))?;
    Ok(sealed)
}

/// Decrypts; nothing when the key, the nonce, the data or a byte is another one.
pub(crate) fn decrypt(key: &Key, nonce: &[u8; NONCE_BYTES], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (key, nonce) = once(key, nonce);
    let mut plain = sealed.to_vec();
    let len = key.open_in_place(nonce, Aad::from(aad), &mut plain).ok()?.len();
    plain.truncate(len);
    Some(plain)
}

/// Key and nonce of ChaCha20-Poly1305 (RFC 8439) for a key and a nonce of 24 bytes: section 2.3 of the draft.
fn once(key: &Key, nonce: &[u8; NONCE_BYTES]) -> (LessSafeKey, Nonce) {
    let (first, last) = nonce.split_first_chunk::<16>().expect("a nonce has 24 bytes");
    let subkey: Zeroizing<[u8; 32]> = Zeroizing::new(hchacha::<R20>(&key.0.into(), &(*first).into()).into());
    let mut short = [0; 12];
    short[4..].copy_from_slice(last);
    let key = UnboundKey::new(&CHACHA20_POLY1305, subkey.as_slice()).expect("a key has 32 bytes");
    (LessSafeKey::new(key), Nonce::assume_unique_for_key(short))
}

/// HMAC-SHA-256 (RFC 2104).
pub(crate) fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// SHA-256 (FIPS 180-4).
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use chacha20poly1305::aead::{Aead, KeyInit, Payload};
    use chacha20poly1305::{XChaCha20Poly1305, XNonce};
    use proptest::prelude::*;

    use super::*;

    /// Draft, appendix A.3.1.
    #[test]
    fn the_published_vector_is_reproduced() {
        let plain = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        let key = Key::new(std::array::from_fn(|at| 0x80 + at as u8));
        let nonce = std::array::from_fn(|at| 0x40 + at as u8);
        let aad = hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap();
        let sealed = encrypt(&key, &nonce, &aad, plain).unwrap();
        assert_eq!(hex::encode(&sealed[..16]), "bd6d179d3e83d43b9576579493c0e939");
        assert_eq!(hex::encode(&sealed[plain.len()..]), "c0875924c1c7987947deafd8780acf49");
        assert_eq!(decrypt(&key, &nonce, &aad, &sealed).unwrap(), plain);
    }

    proptest! {
        #[test]
        fn it_is_what_another_implementation_makes(key: [u8; 32], nonce: [u8; 24],
            aad in prop::collection::vec(any::<u8>(), 0..80), plain in prop::collection::vec(any::<u8>(), 0..2000)) {
            let sealed = encrypt(&Key::new(key), &nonce, &aad, &plain).unwrap();
            let other = XChaCha20Poly1305::new(&key.into());
            let theirs = other.encrypt(&XNonce::from(nonce), Payload { msg: &plain, aad: &aad }).unwrap();
            prop_assert_eq!(&sealed, &theirs);
            prop_assert_eq!(decrypt(&Key::new(key), &nonce, &aad, &sealed), Some(plain));
        }

        #[test]
        fn nothing_opens_that_was_changed(plain in prop::collection::vec(any::<u8>(), 0..300), what in 0..4,
            at: prop::sample::Index, bit in 0..8u8) {
            let (key, nonce, aad) = ([1; 32], [2; 24], [3; 20]);
            let sealed = encrypt(&Key::new(key), &nonce, &aad, &plain).unwrap();
            let (mut key, mut nonce, mut aad, mut sealed) = (key, nonce, aad, sealed);
            let changed: &mut [u8] = match what { 0 => &mut key, 1 => &mut nonce, 2 => &mut aad, _ => &mut sealed };
            let at = at.index(changed.len());
            changed[at] ^= 1u8 << bit;
            prop_assert_eq!(decrypt(&Key::new(key), &nonce, &aad, &sealed), None);
        }

        #[test]
        fn no_bytes_make_it_panic(sealed in prop::collection::vec(any::<u8>(), 0..40)) {
            prop_assert_eq!(decrypt(&Key::new([1; 32]), &[2; 24], &[], &sealed), None);
        }
    }
}
