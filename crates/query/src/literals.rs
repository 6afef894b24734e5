//! Which of many byte strings stand in a text: a few bytes of each are looked for at once, and only where they stand the rest is compared.
//!
//! Every string is known by some of its grams (three, four or eight bytes in a row), those that fewest others have. A long string is known by four
//! that follow each other, so that one in four places of the text needs a look. A place costs a multiplication and a bit; where the bit is set,
//! the strings with that gram are compared. Strings that share their grams with too many others are found by an automaton instead.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Bytes of any value that must follow a text, so that a gram may be read from its last byte on.
pub(crate) const PAD: usize = aboveboard_text::LINE_PAD;

/// Most strings of one gram: what bounds the work at a place.
const BUCKET_MAX: usize = 8;
/// Places of a string at which a gram may be chosen.
const OFFSET_MAX: usize = 1 << 12;
/// What grams are multiplied with: the golden ratio in 64 bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// Bits of a filter for each of its grams, and the fewest and most bits it may have (as powers of two).
const BITS_A_GRAM: usize = 32;
const FILTER_BITS: std::ops::RangeInclusive<u32> = 12..=22;

/// Many byte strings, to be looked for together.
#[derive(Debug, Default)]
pub(crate) struct Literals {
    /// The strings after each other, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<u32>,
    passes: Vec<Pass>,
    /// Strings that share their grams with too many others; their numbers.
    crowd: Option<(AhoCorasick, Vec<u32>)>,
    /// Strings that are too short to look for.
    short: Vec<u32>,
}

/// What strings of a range of lengths are known by.
#[derive(Clone, Copy, Debug)]
struct Kind {
    /// Bytes of a gram.
    width: usize,
    /// Grams of each string, and the distance of the places looked at.
    stride: usize,
}

/// From the longest strings to the shortest.
const KINDS: [Kind; 3] =
    [Kind { width: 8, stride: 4 }, Kind { width: 4, stride: 1 }, Kind { width: 3, stride: 1 }];

impl Kind {
    fn len_min(self) -> usize {
        self.width + self.stride - 1
    }

    fn mask(self) -> u64 {
        u64::MAX >> (64 - 8 * self.width)
    }

    fn gram(self, bytes: &[u8]) -> u64 {
        number_of(&bytes[..self.width])
    }
}

/// Eight bytes at most, as a number; the first is the lowest.
fn number_of(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The eight bytes from a place on, in the same way.
fn eight_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// The grams of one kind.
#[derive(Debug)]
struct Pass {
    kind: Kind,
    filter: Box<[u64]>,
    filter_shift: u32,
    slots: Box<[Slot]>,
    slots_shift: u32,
    places: Vec<Place>,
    /// Bytes of the shortest string.
    len_min: usize,
}

/// A gram, by a part of its hash, and where its strings are listed; of no string where it is free.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    tag: u32,
    /// The first of its places, times 16, and how many they are.
    places: u32,
}

/// A string and where in it a gram stands.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// The string's first bytes, eight at most.
    head: u64,
    literal: u32,
    /// Where the gram stands in it, and how many bytes of `head` are its own.
    offset: u16,
    own: u16,
}

/// Most strings of three bytes that are looked for as those of four are, with every byte that may follow.
const THREES_MAX: usize = 24;

impl Literals {
    /// Prepares strings, numbered in the order given.
    pub(crate) fn new<'l>(literals: impl IntoIterator<Item = &'l [u8]>) -> Self {
        let mut all = Self::default();
        for literal in literals {
            all.bytes.extend_from_slice(literal);
            all.ends.push(all.bytes.len() as u32);
        }
        let mut by_kind: [Vec<u32>; KINDS.len()] = Default::default();
        for number in 0..all.ends.len() as u32 {
            let len = all.literal(number).len();
            match KINDS.iter().position(|kind| len >= kind.len_min()) {
                Some(at) => by_kind[at].push(number),
                None => all.short.push(number),
            }
        }
        if by_kind[2].len() <= THREES_MAX {
            let threes = std::mem::take(&mut by_kind[2]);
            by_kind[1].extend(threes);
        }
        let mut crowd = Vec::new();
        for (kind, numbers) in KINDS.into_iter().zip(by_kind).filter(|(_, numbers)| !numbers.is_empty()) {
            all.passes.push(Pass::new(kind, &numbers, &all, &mut crowd));
        }
        if !crowd.is_empty() {
            let texts = crowd.iter().map(|&number| all.literal(number));
            let built = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(texts);
            match built {
                Ok(automaton) => all.crowd = Some((automaton, crowd)),
                Err(_) => all.short.extend(crowd),
            }
        }
        all
    }

    fn literal(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.bytes[start..self.ends[at] as usize]
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Strings that are never looked for, being shorter than three bytes, or too many for an automaton.
    pub(crate) fn unsought(&self) -> &[u32] {
        &self.short
    }

    /// Gives the number of each string that stands in a text, some of them more than once. `padded` is the text with `PAD` bytes more.
    pub(crate) fn find(&self, padded: &[u8], found: &mut impl FnMut(u32)) {
        let text_len = padded.len().saturating_sub(PAD);
        for pass in &self.passes {
            pass.find(self, padded, text_len, found);
        }
        if let Some((automaton, numbers)) = &self.crowd {
            let mut is_found = vec![false; numbers.len()];
            let mut left = numbers.len();
            for hit in automaton.find_overlapping_iter(&padded[..text_len]) {
                let at = hit.pattern().as_usize();
                if !std::mem::replace(&mut is_found[at], true) {
                    found(numbers[at]);
                    left -= 1;
                    if left == 0 {
                        break;
                    }
                }
            }
        }
    }
}

impl Place {
    fn new(number: u32, literal: &[u8], offset: usize) -> Self {
        let len = literal.len().min(8);
        Self { head: number_of(&literal[..len]), literal: number, offset: offset as u16, own: len as u16 }
    }
}

impl Pass {
    /// Chooses the grams of strings; those that find none with room go to the crowd.
    fn new(kind: Kind, numbers: &[u32], all: &Literals, crowd: &mut Vec<u32>) -> Self {
        let grams = |literal: &[u8]| -> Vec<u64> {
            (kind.width..=literal.len()).map(|end| kind.gram(&literal[end - kind.width..])).collect()
        };
        // How many strings have a gram tells how common it is in texts too.
        let mut common: HashMap<u64, u32> = HashMap::new();
        for &number in numbers {
            grams(all.literal(number)).into_iter().for_each(|gram| *common.entry(gram).or_default() += 1);
        }
        let mut chosen: HashMap<u64, Vec<Place>> = HashMap::new();
        for &number in numbers {
            let literal = all.literal(number);
            if literal.len() < kind.width {
                // Whatever follows it.
                for next in 0..=255 {
                    let gram = kind.gram(&[literal, &[next]].concat());
                    chosen.entry(gram).or_default().push(Place::new(number, literal, 0));
                }
                continue;
            }
            let grams = grams(literal);
            let cost = |window: &[u64]| -> Option<u32> {
                let load = |gram| chosen.get(gram).map_or(0, Vec::len);
                if window.iter().any(|gram| load(gram) >= BUCKET_MAX) {
                    return None;
                }
                Some(window.iter().map(|gram| common[gram] + 4 * load(gram) as u32).sum())
            };
            let windows = grams.windows(kind.stride).take(OFFSET_MAX).enumerate();
            let best = windows.filter_map(|(at, window)| Some((cost(window)?, at))).min();
            let Some((_, start)) = best else {
                crowd.push(number);
                continue;
            };
            for (at, gram) in grams.iter().enumerate().skip(start).take(kind.stride) {
                chosen.entry(*gram).or_default().push(Place::new(number, literal, at));
            }
        }
        let len_min = numbers.iter().map(|&number| all.literal(number).len()).min().unwrap_or(kind.width);
        Self::of_grams(kind, chosen, len_min.min(kind.width))
    }

    fn of_grams(kind: Kind, chosen: HashMap<u64, Vec<Place>>, len_min: usize) -> Self {
        let bits = (chosen.len() * BITS_A_GRAM).next_power_of_two().ilog2();
        let bits = bits.clamp(*FILTER_BITS.start(), *FILTER_BITS.end());
        let slot_bits = (4 * chosen.len() / 3 + 1).next_power_of_two().ilog2().max(1);
        let mut pass = Self {
            kind,
            filter: vec![0; 1 << (bits - 6)].into(),
            filter_shift: 64 + 6 - bits,
            slots: vec![Slot::default(); 1 << slot_bits].into(),
            slots_shift: 64 - slot_bits,
            places: Vec::new(),
            len_min,
        };
        let mut chosen: Vec<_> = chosen.into_iter().collect();
        chosen.sort_unstable_by_key(|(gram, _)| *gram);
        for (gram, places) in chosen {
            let hash = gram.wrapping_mul(SPREAD);
            pass.filter[(hash >> pass.filter_shift) as usize] |= two_bits(hash);
            let mut at = (hash >> pass.slots_shift) as usize;
            while pass.slots[at].places != 0 {
                at = (at + 1) & (pass.slots.len() - 1);
            }
            let places_at = (pass.places.len() as u32) << 4 | places.len().min(15) as u32;
            pass.slots[at] = Slot { tag: hash as u32, places: places_at };
            pass.places.extend(places);
        }
        pass
    }

    fn find(&self, all: &Literals, padded: &[u8], text_len: usize, found: &mut impl FnMut(u32)) {
        let Some(last) = text_len.checked_sub(self.len_min) else { return };
        // The padding lets every place be read whole.
        let (mask, shift) = (self.kind.mask(), self.filter_shift);
        for at in (0..last + 1).step_by(self.kind.stride) {
            let Some(word) = eight_at(padded, at) else { return };
            let hash = (word & mask).wrapping_mul(SPREAD);
            let bits = two_bits(hash);
            let word = self.filter.get((hash >> shift) as usize).copied().unwrap_or(0);
            if word & bits == bits {
                self.compare(all, padded, text_len, at, found);
            }
        }
    }

    /// Compares the strings that have the gram at a place.
    fn compare(
        &self,
        all: &Literals,
        padded: &[u8],
        text_len: usize,
        at: usize,
        found: &mut impl FnMut(u32),
    ) {
        let gram = eight_at(padded, at).unwrap_or(0) & self.kind.mask();
        let hash = gram.wrapping_mul(SPREAD);
        let mut slot = (hash >> self.slots_shift) as usize;
        loop {
            let Slot { tag, places } = self.slots[slot];
            if places == 0 {
                return;
            }
            if tag == hash as u32 {
                let (start, count) = ((places >> 4) as usize, (places & 15) as usize);
                for place in &self.places[start..start + count] {
                    let Some(from) = at.checked_sub(usize::from(place.offset)) else { continue };
                    let head = eight_at(padded, from).unwrap_or(0);
                    if head << (64 - 8 * place.own) != place.head << (64 - 8 * place.own) {
                        continue;
                    }
                    let literal = all.literal(place.literal);
                    if from + literal.len() <= text_len && padded[from..].starts_with(literal) {
                        found(place.literal);
                    }
                }
            }
            slot = (slot + 1) & (self.slots.len() - 1);
        }
    }
}

/// The bits of a gram within its word of the filter.
fn two_bits(hash: u64) -> u64 {
    1 << (hash >> 20 & 63) | 1 << (hash >> 26 & 63)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(literals: &[String], text: &str) -> Vec<u32> {
        let literals = Literals::new(literals.iter().map(String::as_bytes));
        let mut padded = text.as_bytes().to_vec();
        padded.extend([b'a'; PAD]);
        let mut numbers = literals.unsought().to_vec();
        numbers.retain(|&number| {
            text.as_bytes()
                .windows(literals.literal(number).len().max(1))
                .any(|part| part == literals.literal(number))
        });
        literals.find(&padded, &mut |number| numbers.push(number));
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    fn naive(literals: &[String], text: &str) -> Vec<u32> {
        (0..)
            .zip(literals)
            .filter(|(_, literal)| !literal.is_empty() && text.contains(*literal))
            .map(|(at, _)| at)
            .collect()
    }

    #[test]
    fn a_string_is_found_wherever_it_stands() {
        let literal = "guaranteed return".to_owned();
        for before in 0..40 {
            let text = "x".repeat(before) + &literal;
            assert_eq!(found(std::slice::from_ref(&literal), &text), [0], "{before}");
            assert_eq!(found(std::slice::from_ref(&literal), &text[..text.len() - 1]), [0; 0]);
        }
    }

    #[test]
    fn strings_that_share_all_their_grams_are_found_too() {
        let literals: Vec<String> = (4..200).map(|len| "a".repeat(len)).collect();
        let text = "a".repeat(100);
        assert_eq!(found(&literals, &text), naive(&literals, &text));
        let set = Literals::new(literals.iter().map(String::as_bytes));
        assert!(set.crowd.as_ref().is_some_and(|(_, numbers)| numbers.len() > 150));
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_stands_there(
            literals in proptest::collection::vec("[ab客]{1,6}[abc ]{0,12}", 0..60),
            text in "[abc 客]{0,80}",
        ) {
            prop_assert_eq!(found(&literals, &text), naive(&literals, &text));
        }
    }
}
