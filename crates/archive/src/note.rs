//! Signed notes and checkpoints (C2SP signed-note and tlog-checkpoint), Ed25519.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};

use crate::aead::sha256;
use crate::error::{Error, Result};
use crate::tree::Hash;

/// Longest note, in bytes.
pub const NOTE_BYTES_MAX: usize = 64 << 10;
/// Signatures looked at in a note.
pub const SIGNATURES_MAX: usize = 100;
/// Longest name of a key, in bytes.
pub const NAME_BYTES_MAX: usize = 255;

const ED25519: u8 = 1;
const KEY_ID_BYTES: usize = 4;

/// A log's private key with its name, which is also the checkpoint's origin.
pub struct Signer {
    name: String,
    key: SigningKey,
}

impl Signer {
    /// Takes a name such as `aboveboard.example/acme/eu-1/evidence` and a 32-byte seed.
    ///
    /// # Errors
    /// `Invalid` for a name that is empty, too long, or holds a space, a control character or `+`.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self> {
        check_name(name)?;
        Ok(Self { name: name.to_owned(), key: SigningKey::from_bytes(seed) })
    }

    /// The public half.
    #[must_use]
    pub fn verifier(&self) -> Verifier {
        Verifier::new(&self.name, self.key.verifying_key())
    }

    /// Signs a text, which ends in a line feed, and gives the note.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let mut signature = self.verifier().id.to_vec();
        signature.extend_from_slice(&self.key.sign(text.as_bytes()).to_bytes());
        format!("{text}\n— {} {}\n", self.name, STANDARD.encode(signature))
    }
}

/// A log's public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    name: String,
    id: [u8; KEY_ID_BYTES],
    key: VerifyingKey,
}

impl Verifier {
    fn new(name: &str, key: VerifyingKey) -> Self {
        let typed = [&[ED25519], key.as_bytes().as_slice()].concat();
        let hash = sha256(&[name.as_bytes(), b"\n", &typed].concat());
        Self { name: name.to_owned(), id: [hash[0], hash[1], hash[2], hash[3]], key }
    }

    /// Reads the text form `name+id+key`, as `vkey` writes it.
    ///
    /// # Errors
    /// `Invalid` for any other form, type of key, or an id that is not the key's.
    pub fn parse(vkey: &str) -> Result<Self> {
        let invalid = || Error::Invalid(format!("{vkey:?} is not an Ed25519 verifier key"));
        let mut fields = vkey.trim_end().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(invalid());
        };
        check_name(name)?;
        let typed = STANDARD.decode(key).map_err(|_| invalid())?;
        let key = typed.strip_prefix(&[ED25519]).and_then(|key| key.try_into().ok()).ok_or_else(invalid)?;
        let verifier = Self::new(name, VerifyingKey::from_bytes(key).map_err(|_| invalid())?);
        if hex::encode(verifier.id) == id { Ok(verifier) } else { Err(invalid()) }
    }

    /// The text form `name+id+key`.
    #[must_use]
    pub fn vkey(&self) -> String {
        let typed = [&[ED25519], self.key.as_bytes().as_slice()].concat();
        format!("{}+{}+{}", self.name, hex::encode(self.id), STANDARD.encode(typed))
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Gives a note's text when this key signed it. Signatures of other keys are passed over.
    ///
    /// # Errors
    /// `Invalid` when the form is wrong or no good signature of this key is there.
    pub fn open<'a>(&self, note: &'a [u8]) -> Result<&'a str> {
        let invalid = |what: &str| Error::Invalid(format!("the note {what}"));
        if note.len() > NOTE_BYTES_MAX {
            return Err(invalid("is too long"));
        }
        let note = std::str::from_utf8(note).map_err(|_| invalid("is not UTF-8"))?;
        if note.bytes().any(|b| b < b' ' && b != b'\n') || !note.ends_with('\n') {
            return Err(invalid("has control characters or an open end"));
        }
        let at = note.rfind("\n\n").ok_or_else(|| invalid("has no signatures"))?;
        let (text, signatures) = (&note[..=at], &note[at + 2..]);
        let mut signed = false;
        for (at, line) in signatures.lines().enumerate() {
            let (name, signature) = signature_line(line)
                .filter(|_| at < SIGNATURES_MAX)
                .ok_or_else(|| invalid("is malformed"))?;
            if name == self.name && signature.get(..KEY_ID_BYTES) == Some(&self.id) {
                let bytes = signature[KEY_ID_BYTES..].try_into().map_err(|_| invalid("is malformed"))?;
                let good = self.key.verify_strict(text.as_bytes(), &Signature::from_bytes(bytes));
                good.map_err(|_| invalid(&format!("has a wrong signature of {name}")))?;
                signed = true;
            }
        }
        if signed { Ok(text) } else { Err(invalid(&format!("is not signed by {}", self.name))) }
    }
}

fn signature_line(line: &str) -> Option<(&str, Vec<u8>)> {
    let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
    Some((name, STANDARD.decode(signature).ok()?))
}

fn check_name(name: &str) -> Result<()> {
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len());
    if fits && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
        Ok(())
    } else {
        Err(Error::Invalid(format!("{name:?} cannot name a key")))
    }
}

/// What a log commits to: so many leaves, with this root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Leaves.
    pub size: u64,
    /// The root of their tree.
    pub root: Hash,
}

impl Checkpoint {
    /// Writes the note's text: three lines.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Opens a signed checkpoint of the verifier's log.
    ///
    /// # Errors
    /// `Invalid` as `Verifier::open`, for another origin, and for any text but the canonical one.
    pub fn open(note: &[u8], verifier: &Verifier) -> Result<Self> {
        let text = verifier.open(note)?;
        Self::parse(text)
            .filter(|checkpoint| checkpoint.encode() == text && checkpoint.origin == verifier.name())
            .ok_or_else(|| Error::Invalid("the note is not this log's checkpoint".to_owned()))
    }

    /// Reads the text of a checkpoint whose signature is checked elsewhere or not at all.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let origin = lines.next()?.to_owned();
        let size = lines.next()?.parse().ok()?;
        let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
        Some(Self { origin, size, root })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new("log.example/one", &[7; 32]).unwrap()
    }

    #[test]
    fn a_checkpoint_opens_with_its_own_key_only() {
        let checkpoint = Checkpoint { origin: "log.example/one".to_owned(), size: 5, root: [3; 32] };
        let note = signer().sign(&checkpoint.encode());
        let verifier = Verifier::parse(&signer().verifier().vkey()).unwrap();
        assert_eq!(verifier, signer().verifier());
        assert_eq!(Checkpoint::open(note.as_bytes(), &verifier).unwrap(), checkpoint);
        let other = Signer::new("log.example/one", &[8; 32]).unwrap();
        assert!(Checkpoint::open(note.as_bytes(), &other.verifier()).is_err());
        let cosigned = format!("{note}— witness.example/w AAAAAAAA\n");
        assert_eq!(Checkpoint::open(cosigned.as_bytes(), &verifier).unwrap(), checkpoint);
    }

    #[test]
    fn a_checkpoint_of_another_origin_or_form_is_refused() {
        let root = STANDARD.encode([3; 32]);
        for text in [
            format!("log.example/two\n5\n{root}\n"),
            format!("log.example/one\n05\n{root}\n"),
            format!("log.example/one\n5\n{root}\nextension\n"),
            "log.example/one\n5\nAAAA\n".to_owned(),
        ] {
            let note = signer().sign(&text);
            assert!(Checkpoint::open(note.as_bytes(), &signer().verifier()).is_err(), "{text}");
        }
    }

    #[test]
    fn every_flipped_byte_of_a_note_is_noticed() {
        let note = signer().sign("log.example/one\n5\nAAAA\n");
        let verifier = signer().verifier();
        assert!(verifier.open(note.as_bytes()).is_ok());
        for at in 0..note.len() {
            for mask in [1, 0x20, 0x80, 0xff] {
                let mut bytes = note.clone().into_bytes();
                bytes[at] ^= mask;
                assert!(verifier.open(&bytes).is_err(), "byte {at} mask {mask}");
            }
        }
    }

    #[test]
    fn malformed_names_and_keys_are_refused() {
        for name in ["", "a b", "a+b", "a\n", "a\u{2003}b"] {
            assert!(Signer::new(name, &[1; 32]).is_err(), "{name:?}");
        }
        let good = signer().verifier().vkey();
        for vkey in
            [good.replace("+", "-"), good.replacen("one", "two", 1), format!("{good}A"), String::new()]
        {
            assert!(Verifier::parse(&vkey).is_err(), "{vkey}");
        }
    }
}
