//! Small real files, each made from its media id alone, so that the stand-in keeps none.

mod files;

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::random::Random;

/// What kind of file a media id stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PNG.
    Image,
    /// Ogg with Opus.
    Voice,
    /// PDF.
    Document,
    /// XLSX: a list of invented customers.
    Sheet,
    /// WebP.
    Sticker,
}

impl Kind {
    /// Every kind; its place is the second digit of a media id.
    pub const ALL: [Self; 5] = [Self::Image, Self::Voice, Self::Document, Self::Sheet, Self::Sticker];

    /// The `mime_type` Meta gives.
    #[must_use]
    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Image => "image/png",
            Self::Voice => "audio/ogg; codecs=opus",
            Self::Document => "application/pdf",
            Self::Sheet => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Sticker => "image/webp",
        }
    }
}

/// A file that a message refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    /// What it is.
    pub kind: Kind,
    /// Decides its content; below 10^14.
    pub number: u64,
}

/// Digits of a media id: a `9`, the kind, and the number.
const NUMBER_DIGITS: usize = 14;

impl Media {
    pub(crate) fn draw(kind: Kind, random: &mut Random) -> Self {
        Self { kind, number: random.below(100_000_000_000_000) }
    }

    /// The id under which Graph knows it: 16 digits.
    #[must_use]
    pub fn id(&self) -> String {
        let place = Kind::ALL.iter().position(|kind| *kind == self.kind).unwrap_or(0);
        format!("9{place}{:014}", self.number)
    }

    /// The file an id stands for; none for an id that this stand-in never gave.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        let digits = id.strip_prefix('9')?;
        if digits.len() != NUMBER_DIGITS + 1 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kind = *Kind::ALL.get(digits[..1].parse::<usize>().ok()?)?;
        Some(Self { kind, number: digits[1..].parse().ok()? })
    }

    /// The file's bytes: the same for the same id, under 64 KiB.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut random = Random::new(self.number).fork("media");
        match self.kind {
            Kind::Image => files::png(&mut random),
            Kind::Voice => files::ogg(&mut random),
            Kind::Document => files::pdf(&mut random),
            Kind::Sheet => files::xlsx(&mut random),
            Kind::Sticker => files::webp(&mut random),
        }
    }

    /// SHA-256 of the bytes in base64, as webhooks give it.
    #[must_use]
    pub fn sha256_base64(&self) -> String {
        STANDARD.encode(Sha256::digest(self.bytes()))
    }

    /// SHA-256 of the bytes in hexadecimal, as `GET /{media-id}` gives it.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        hex::encode(Sha256::digest(self.bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_file_and_a_foreign_one_to_none() {
        let mut random = Random::new(5);
        for kind in Kind::ALL {
            let media = Media::draw(kind, &mut random);
            assert_eq!(Media::from_id(&media.id()), Some(media));
            assert_eq!(media.id().len(), 16);
            assert_eq!(media.bytes(), media.bytes());
            assert!(media.bytes().len() < 64 * 1024);
        }
        for foreign in ["", "9", "1234567890123456", "97123456789012345", "9512345678901234", "9é23456789012"]
        {
            assert_eq!(Media::from_id(foreign), None, "{foreign}");
        }
    }
}
