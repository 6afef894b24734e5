//! The leaf: what the log says in public about an entry, as canonical JSON with nothing about a person in it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::Unit;

use crate::error::{Error, Result};

/// Longest leaf, in bytes.
pub const LEAF_BYTES_MAX: usize = 1023;
/// Longest type, in bytes.
pub const KIND_BYTES_MAX: usize = 64;

/// One leaf. `encode` and `parse` are inverse; what does not re-encode to itself is not a leaf (RFC 8785 order).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// When it was recorded, in whole microseconds, years 0 to 9999.
    pub at: At,
    /// HMAC-SHA-256 of the manifest under the entry's salt.
    pub commit: [u8; 32],
    /// The entry's random id.
    pub rid: Rid,
    /// SHA-256 of the sealed bytes.
    pub sealed: [u8; 32],
    /// The type, the field `t`.
    pub kind: Kind,
}

impl Leaf {
    /// Writes the canonical JSON.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        format!(
            r#"{{"at":"{}","commit":"hmac-sha256:{}","rid":"{}","sealed":"sha256:{}","t":"{}","v":1}}"#,
            self.at,
            STANDARD.encode(self.commit),
            self.rid,
            STANDARD.encode(self.sealed),
            self.kind
        )
        .into_bytes()
    }

    /// Reads canonical JSON.
    ///
    /// # Errors
    /// `Invalid` for anything that `encode` does not write.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes)
            .filter(|leaf| leaf.encode() == bytes)
            .ok_or_else(|| Error::Invalid("the leaf is not canonical".to_owned()))
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > LEAF_BYTES_MAX {
            return None;
        }
        let mut rest = std::str::from_utf8(bytes).ok()?;
        let mut field = |before: &str| {
            let (value, after) = rest.strip_prefix(before)?.split_once('"')?;
            rest = after;
            Some(value)
        };
        let at = field(r#"{"at":""#)?;
        let commit = field(r#","commit":"hmac-sha256:"#)?;
        let rid = field(r#","rid":""#)?;
        let sealed = field(r#","sealed":"sha256:"#)?;
        let kind = field(r#","t":""#)?;
        Some(Self {
            at: At::new(at.parse().ok()?).ok()?,
            commit: STANDARD.decode(commit).ok()?.try_into().ok()?,
            rid: Rid::parse(rid)?,
            sealed: STANDARD.decode(sealed).ok()?.try_into().ok()?,
            kind: Kind::new(kind).ok()?,
        })
    }
}

/// An instant in whole microseconds, UTC, printed as `2026-11-21T09:35:00.000000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At(Timestamp);

impl At {
    /// Cuts an instant to whole microseconds.
    ///
    /// # Errors
    /// `Invalid` outside the years 0 to 9999.
    pub fn new(at: Timestamp) -> Result<Self> {
        let out_of_range = || Error::Invalid(format!("{at} is outside the years 0 to 9999"));
        let round = jiff::TimestampRound::new().smallest(Unit::Microsecond).mode(jiff::RoundMode::Floor);
        let at = at.round(round).map_err(|_| out_of_range())?;
        let year_zero_second = -62_167_219_200;
        if at.as_second() < year_zero_second { Err(out_of_range()) } else { Ok(Self(at)) }
    }

    /// The instant.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.0)
    }
}

/// A random UUID, version 4 (RFC 9562).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rid([u8; 16]);

impl Rid {
    /// Makes an id of random bytes, of which 6 bits are overwritten by version and variant.
    #[must_use]
    pub fn from_random(mut bytes: [u8; 16]) -> Self {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Self(bytes)
    }

    /// Reads the lower-case hyphenated form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.split('-').collect();
        let bytes: [u8; 16] = hex::decode(digits).ok()?.try_into().ok()?;
        Some(Self(bytes)).filter(|rid| *rid == Self::from_random(bytes) && rid.to_string() == text)
    }

    /// The 16 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Rid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [b'-'; 36];
        for (digits, bytes) in
            [(0..8, 0..4), (9..13, 4..6), (14..18, 6..8), (19..23, 8..10), (24..36, 10..16)]
        {
            hex::encode_to_slice(&self.0[bytes], &mut text[digits]).expect("two digits hold a byte");
        }
        f.write_str(std::str::from_utf8(&text).expect("hex digits are ASCII"))
    }
}

/// An entry's type: 1 to 64 of `a` to `z`, digits, `.`, `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(String);

impl Kind {
    /// Checks a type.
    ///
    /// # Errors
    /// `Invalid` when it is empty, too long or has other characters.
    pub fn new(kind: &str) -> Result<Self> {
        let fits = (1..=KIND_BYTES_MAX).contains(&kind.len());
        if fits && kind.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_')) {
            Ok(Self(kind.to_owned()))
        } else {
            Err(Error::Invalid(format!("{kind:?} is not an entry type")))
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = concat!(
        r#"{"at":"2026-11-21T09:35:00.000000Z","commit":"hmac-sha256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","#,
        r#""rid":"00010203-0405-4607-8809-0a0b0c0d0e0f","sealed":"sha256://////////////////////////////////////////8=","#,
        r#""t":"message.captured","v":1}"#
    );

    #[test]
    fn a_leaf_has_exactly_the_documented_bytes() {
        let leaf = Leaf {
            at: At::new("2026-11-21T09:35:00.000000999Z".parse().unwrap()).unwrap(),
            commit: std::array::from_fn(|i| i as u8),
            rid: Rid::from_random(std::array::from_fn(|i| i as u8)),
            sealed: [0xff; 32],
            kind: Kind::new("message.captured").unwrap(),
        };
        assert_eq!(String::from_utf8(leaf.encode()).unwrap(), TEXT);
        assert_eq!(Leaf::parse(TEXT.as_bytes()).unwrap(), leaf);
    }

    #[test]
    fn what_encode_would_not_write_is_refused() {
        assert!(Leaf::parse(TEXT.as_bytes()).is_ok());
        let twists = [
            ("09:35:00.000000Z", "09:35:00Z"),
            ("09:35:00.000000Z", "10:35:00.000000+01:00"),
            ("2026-", "-002026-"),
            ("-4607-", "-1607-"),
            ("-8809-", "-0809-"),
            ("0a0b0c", "0A0b0c"),
            ("message.captured", "Message.captured"),
            ("message.captured", ""),
            (r#""v":1"#, r#""v":2"#),
            (r#""v":1}"#, r#""v":1} "#),
            (r#"{"at""#, r#"{ "at""#),
            ("//8=", "//9="),
        ];
        for (from, to) in twists {
            assert!(Leaf::parse(TEXT.replacen(from, to, 1).as_bytes()).is_err(), "{from} to {to}");
        }
    }

    proptest! {
        #[test]
        fn every_leaf_reads_back(second in -62_167_219_200i64..253_402_200_000, nano in 0i32..999_999_999,
            commit: [u8; 32], rid: [u8; 16], sealed: [u8; 32], kind in "[a-z0-9._]{1,64}") {
            let at = At::new(Timestamp::new(second, if second < 0 { 0 } else { nano }).unwrap()).unwrap();
            let leaf = Leaf { at, commit, rid: Rid::from_random(rid), sealed, kind: Kind::new(&kind).unwrap() };
            let bytes = leaf.encode();
            prop_assert!(bytes.len() <= LEAF_BYTES_MAX);
            prop_assert_eq!(Leaf::parse(&bytes).unwrap(), leaf);
        }

        #[test]
        fn no_bytes_make_parse_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = Leaf::parse(&bytes);
        }
    }
}
