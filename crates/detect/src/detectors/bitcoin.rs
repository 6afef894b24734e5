//! BTC: a Bitcoin address: base58check with version 0 or 5, or SegWit (BIP 173, BIP 350); normal form as written, since case is part of
//! the checksum; SegWit in lower case.

use aboveboard_model::features::Role;

use crate::{
    checks,
    findings::{Findings, Found},
    reading::{Reading, ascii_words},
};

/// Shortest and longest address, in bytes.
const ADDRESS_LEN: std::ops::RangeInclusive<usize> = 26..=90;
/// Base58check versions: pay to public key hash, pay to script hash.
const VERSIONS: &[u8] = &[0, 5];

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    for (start, word) in ascii_words(reading.text()).filter(|(_, word)| ADDRESS_LEN.contains(&word.len())) {
        let is_segwit = word.get(..3).is_some_and(|head| head.eq_ignore_ascii_case("bc1"))
            && checks::segwit_address(word, "bc");
        if is_segwit || (word.starts_with(['1', '3']) && checks::base58_address(word, VERSIONS)) {
            let value = if is_segwit { word.to_ascii_lowercase() } else { word.to_owned() };
            findings
                .push(Found::new("BTC", Role::Payment, value, start..start + word.len(), 0.98).enclosing());
        }
    }
}
