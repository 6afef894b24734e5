//! The deployment key and what is derived from it: the key table's key, the keyed hashes, the checkpoint's signature.

use aboveboard_archive::{aead::Key, journal::KeyHash, keys::ScopeHash};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of a deployment key.
pub const DEPLOYMENT_KEY_BYTES: usize = 32;

/// The deployment's one secret. Everything else that is secret follows from it or lies under it.
pub struct DeploymentKey([u8; DEPLOYMENT_KEY_BYTES]);

impl DeploymentKey {
    /// Takes 32 random bytes.
    pub fn new(bytes: [u8; DEPLOYMENT_KEY_BYTES]) -> Self {
        Self(bytes)
    }

    fn derive(&self, purpose: &str) -> [u8; 32] {
        keyed(&self.0, &[b"aboveboard/1/", purpose.as_bytes()])
    }

    /// What wraps scope keys.
    pub(crate) fn key_table(&self) -> Key {
        Key::new(self.derive("key table"))
    }

    /// What signs checkpoints: an Ed25519 seed.
    pub(crate) fn checkpoint_seed(&self) -> [u8; 32] {
        self.derive("checkpoint")
    }

    /// What hashes are keyed with.
    pub(crate) fn hasher(&self) -> Hasher {
        Hasher(self.derive("keyed hash"))
    }
}

impl Drop for DeploymentKey {
    fn drop(&mut self) {
        self.0.fill(0);
    }
}

/// Makes keyed hashes: a wamid is a phone number in base64, so a plain hash of it would be personal data.
#[derive(Clone)]
pub(crate) struct Hasher([u8; 32]);

impl Hasher {
    /// The hash by which the journal knows an aggregate or an item.
    pub fn identity(&self, text: &str) -> KeyHash {
        KeyHash(self.cut("identity", text))
    }

    /// The hash by which the key table knows a scope.
    pub fn scope(&self, text: &str) -> ScopeHash {
        ScopeHash(self.cut("scope", text))
    }

    /// The 64 bits of an id that is derived from what it names.
    pub fn id(&self, kind: &str, text: &str) -> u64 {
        let hash: [u8; 16] = self.cut(kind, text);
        u64::from_be_bytes(std::array::from_fn(|at| hash[at]))
    }

    fn cut(&self, kind: &str, text: &str) -> [u8; 16] {
        let hash = keyed(&self.0, &[kind.as_bytes(), b"\0", text.as_bytes()]);
        std::array::from_fn(|at| hash[at])
    }
}

fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_differ_by_deployment_by_kind_and_by_text() {
        let (one, two) = (DeploymentKey::new([1; 32]).hasher(), DeploymentKey::new([2; 32]).hasher());
        assert_eq!(one.id("contact", "a"), one.id("contact", "a"));
        assert_ne!(one.id("contact", "a"), two.id("contact", "a"));
        assert_ne!(one.id("contact", "a"), one.id("conversation", "a"));
        assert_ne!(one.id("contact", "a"), one.id("contact", "b"));
        assert_ne!(one.identity("a").0, one.scope("a").0);
    }
}
