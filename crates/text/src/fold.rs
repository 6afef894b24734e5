//! What one character becomes in the normal form: NFKD, case, accents, look-alikes, digits.

use std::sync::LazyLock;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_security::confusable_detection::skeleton;

use crate::classes::{ascii_digit, is_accent, is_ignorable, is_joining_starter};

/// Which distinctions the normal form forgets, beside compatibility forms, width, invisible characters and digit shapes,
/// which it always forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Options {
    /// Folds case fully: "STRASSE" meets "Straße".
    pub case: bool,
    /// Drops accents, Arabic harakat, Hebrew points, the Devanagari nukta and skin tones: "sao" meets "são".
    pub accents: bool,
    /// Folds letters that look like Latin ones (Cyrillic "раураl" meets "paypal"), typographic quotes and dashes, and the
    /// Arabic, Persian and Urdu shapes of yeh and kaf.
    pub look_alikes: bool,
}

impl Options {
    /// The form that search, policies, index and detectors share.
    pub const SEARCH: Self = Self { case: true, accents: true, look_alikes: true };
    /// Keeps case, accents and look-alikes apart, for a term that asks to be taken literally.
    pub const LITERAL: Self = Self { case: false, accents: false, look_alikes: false };
}

/// The combining breve: an accent, except on и, where it makes another letter of the alphabet.
pub(crate) const BREVE: char = '\u{306}';

/// Whether this is the Cyrillic letter that a breve turns into й.
pub(crate) fn is_cyrillic_i(c: char) -> bool {
    matches!(c, 'и' | 'И')
}

/// Look-alikes of Latin letters in the scripts that people also write in, lower case, in code point order.
///
/// Unicode's confusables (UTS 39) compare shapes of one case at a time; here a letter and its capital must stay one letter, so
/// each takes the Latin letter that its small shape resembles or else its capital. Left out is what would merge two letters
/// of one living alphabet (σ with ο, б and ь with в). A test holds every pair to the published data.
const LOOK_ALIKES: [(char, char); 57] = [
    ('α', 'a'),
    ('β', 'b'),
    ('γ', 'y'),
    ('ε', 'e'),
    ('ζ', 'z'),
    ('η', 'n'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('μ', 'm'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('υ', 'u'),
    ('χ', 'x'),
    ('ϳ', 'j'),
    ('а', 'a'),
    ('в', 'b'),
    ('г', 'r'),
    ('е', 'e'),
    ('к', 'k'),
    ('м', 'm'),
    ('н', 'h'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('т', 't'),
    ('у', 'y'),
    ('х', 'x'),
    ('ѕ', 's'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ѡ', 'w'),
    ('ѳ', 'o'),
    ('ѵ', 'v'),
    ('ҫ', 'c'),
    ('ү', 'y'),
    ('ұ', 'y'),
    ('һ', 'h'),
    ('ҽ', 'e'),
    ('ӏ', 'l'),
    ('ӕ', 'æ'),
    ('ө', 'o'),
    ('ԁ', 'd'),
    ('ԍ', 'g'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('զ', 'q'),
    ('հ', 'h'),
    ('յ', 'j'),
    ('ո', 'n'),
    ('ս', 'u'),
    ('ց', 'g'),
    ('օ', 'o'),
    ('ᲂ', 'o'),
    ('ᲃ', 'c'),
    ('ᲄ', 't'),
];

/// Greek capitals whose shape is another Latin letter than their small form's: beside a written Latin letter the shape
/// decides, so that a forged "Νame" is "name" while Greek "ΝΑΙ" and "ναι" stay one word.
const SHIFTING_CAPITALS: [(char, char); 3] = [('Η', 'h'), ('Ν', 'n'), ('Υ', 'y')];

/// Code points below this are folded by table; it covers every alphabet in daily use.
const TABLE_LEN: usize = 0x3000;
/// Table entry of a character that does not become exactly one other.
const UNTABLED: u32 = u32::MAX;
/// Set in a table entry if what the character becomes never joins the character before it.
const STARTS: u32 = 1 << 31;

/// What each character below `TABLE_LEN` becomes under `Options::SEARCH`, worked out once the long way.
static TABLE: LazyLock<Box<[u32]>> = LazyLock::new(|| {
    let entry = |c| {
        let mut folded = Vec::new();
        expand_slowly(c, Options::SEARCH, &mut |d| folded.push(d));
        match folded[..] {
            [only] if canonical_combining_class(only) == 0 && !is_joining_starter(only) => {
                u32::from(only) | STARTS
            }
            [only] => u32::from(only),
            _ => UNTABLED,
        }
    };
    ('\0'..).take(TABLE_LEN).map(entry).collect()
});

/// Gives the decomposed characters that stand for `c` in the normal form, in order; none for what is dropped. (Hangul
/// syllables stay whole.) Folding any of them again changes nothing.
pub(crate) fn expand(c: char, options: Options, emit: &mut impl FnMut(char)) {
    if let Some(starter) = starter(c, options) {
        return emit(starter);
    }
    expand_slowly(c, options, emit);
}

/// The one character that stands for `c`, if there is one and it joins nothing before it: the usual case, without a search.
pub(crate) fn starter(c: char, options: Options) -> Option<char> {
    if is_whole(c) {
        return Some(c);
    }
    let entry = *TABLE.get(c as usize).filter(|_| options == Options::SEARCH)?;
    if entry == UNTABLED || entry & STARTS == 0 { None } else { char::from_u32(entry & !STARTS) }
}

/// Unified ideographs, which have no other form, and Hangul syllables, which compose by arithmetic.
fn is_whole(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}')
}

/// The Latin letter that a capital is drawn as, where it stands beside a written Latin letter.
pub(crate) fn shape_beside_latin(c: char, options: Options) -> Option<char> {
    let (_, latin) = SHIFTING_CAPITALS.iter().find(|(capital, _)| *capital == c)?;
    options.look_alikes.then(|| if options.case { *latin } else { latin.to_ascii_uppercase() })
}

fn expand_slowly(c: char, options: Options, emit: &mut impl FnMut(char)) {
    if is_whole(c) {
        return emit(c);
    }
    if is_ignorable(c) {
        return;
    }
    decompose_compatible(c, |part| {
        if options.case {
            // Down, up, down: the up step spells out ß and ligatures, the first down step lets ẞ join them.
            for small in part.to_lowercase() {
                for large in small.to_uppercase() {
                    for folded in large.to_lowercase() {
                        decompose_compatible(folded, |d| fold_part(d, options, emit));
                    }
                }
            }
        } else {
            fold_part(part, options, emit);
        }
    });
}

/// Folds one decomposed character that has its final case.
fn fold_part(c: char, options: Options, emit: &mut impl FnMut(char)) {
    if is_ignorable(c) || (options.accents && is_accent(c) && c != BREVE) {
        return;
    }
    if c.is_ascii() {
        return emit(c);
    }
    if let Some(digit) = ascii_digit(c) {
        return emit(digit);
    }
    if options.accents && c == '\u{901}' {
        return emit('\u{902}'); // Candrabindu and anusvara are spelt one for the other in Hindi.
    }
    if options.look_alikes
        && let Some(plain) = plain_punctuation(c).or_else(|| arabic_shape(c))
    {
        return emit(plain);
    }
    match latin_letters(c, options) {
        Some(letters) => letters.chars().for_each(emit),
        None => emit(c),
    }
}

/// Typographic quotes, dashes and slashes as a plain keyboard has them.
fn plain_punctuation(c: char) -> Option<char> {
    Some(match c {
        '‘' | '’' | '‚' | '‛' | '′' | 'ʼ' | 'ʹ' | 'ʻ' | '´' | '׳' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '״' => '"',
        '‐' | '‒' | '–' | '—' | '―' | '−' | '⁃' | '־' => '-',
        '⁄' | '∕' => '/',
        _ => return None,
    })
}

/// The Arabic shape of letters that Persian and Urdu keyboards send as their own.
fn arabic_shape(c: char) -> Option<char> {
    match c {
        'ى' | 'ی' => Some('ي'),
        'ک' => Some('ك'),
        _ => None,
    }
}

/// The ASCII letters that a letter is written with, if folding accents or look-alikes makes it Latin.
fn latin_letters(c: char, options: Options) -> Option<String> {
    if !options.accents && !options.look_alikes {
        return None;
    }
    let small = c.to_lowercase().next().filter(|_| c.to_lowercase().len() == 1)?;
    let (letters, is_accent) = small_latin_letters(small)?;
    let wanted = if is_accent { options.accents } else { options.look_alikes };
    wanted.then(|| if small == c { letters } else { letters.to_ascii_uppercase() })
}

/// The letters for a small letter, and whether the difference is an accent (a stroke, a hook) or the letter itself.
fn small_latin_letters(small: char) -> Option<(String, bool)> {
    match small {
        'æ' | 'ӕ' => return Some(("ae".into(), small == 'æ')),
        'œ' => return Some(("oe".into(), true)),
        'ð' => return Some(("d".into(), true)),
        'þ' => return None, // A letter of its own in Icelandic, only the published data takes it for a p.
        _ => {}
    }
    if let Ok(at) = LOOK_ALIKES.binary_search_by_key(&small, |pair| pair.0) {
        return Some((LOOK_ALIKES[at].1.to_string(), false));
    }
    if !is_latin_like(small) {
        return None;
    }
    let capital = small.to_uppercase().next().filter(|_| small.to_uppercase().len() == 1);
    [Some(small), capital].into_iter().flatten().find_map(prototype)
}

/// Blocks whose letters nobody mixes into Latin text except as ornament or forgery: extended Latin and phonetics, Cherokee,
/// Coptic, Lisu.
fn is_latin_like(c: char) -> bool {
    matches!(c,
        '\u{A1}'..='\u{2AF}' | '\u{1D00}'..='\u{1DBF}' | '\u{1E00}'..='\u{1EFF}' | '\u{2C60}'..='\u{2CFF}'
        | '\u{13A0}'..='\u{13FF}' | '\u{A4D0}'..='\u{A4FF}' | '\u{A720}'..='\u{A7FF}' | '\u{AB30}'..='\u{ABBF}')
        && c.is_alphabetic()
}

/// A letter's prototype in Unicode's confusables, if that is small ASCII letters once accents are dropped.
fn prototype(c: char) -> Option<(String, bool)> {
    let mut buffer = [0; 4];
    let (mut letters, mut has_accent) = (String::new(), false);
    for part in skeleton(c.encode_utf8(&mut buffer)) {
        decompose_compatible(part, |d| match d {
            d if is_accent(d) => has_accent = true,
            d => letters.extend(d.to_lowercase()),
        });
    }
    // The data writes m as "rn"; a single letter that looks like "rn" is an m.
    let letters = letters.replace("rn", "m");
    (!letters.is_empty() && letters.bytes().all(|b| b.is_ascii_lowercase())).then_some((letters, has_accent))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character that Unicode 17 assigns, and the many unassigned among them.
    fn characters() -> impl Iterator<Item = char> {
        ('\0'..='\u{3347F}').chain('\u{E0000}'..='\u{E0FFF}').chain([char::MAX])
    }

    fn folded(c: char, options: Options) -> String {
        let mut all = String::new();
        expand(c, options, &mut |d| all.push(d));
        all
    }

    #[test]
    fn every_character_folds_to_what_folds_to_itself() {
        for bits in 0..8u8 {
            let options = Options { case: bits & 1 > 0, accents: bits & 2 > 0, look_alikes: bits & 4 > 0 };
            for c in characters() {
                for d in folded(c, options).chars().filter(|&d| d != c) {
                    assert_eq!(folded(d, options), d.to_string(), "{c:?} {options:?}");
                }
            }
        }
    }

    #[test]
    fn short_cuts_fold_like_the_long_way() {
        for c in characters() {
            let mut slowly = String::new();
            expand_slowly(c, Options::SEARCH, &mut |d| slowly.push(d));
            assert_eq!(folded(c, Options::SEARCH), slowly, "{c:?}");
        }
    }

    #[test]
    fn a_letter_and_its_capital_fold_alike() {
        for c in characters() {
            let fold_all = |text: String| -> String {
                text.chars().map(|d| folded(d, Options::SEARCH)).collect::<String>().replace(BREVE, "")
            };
            let (small, large) = (c.to_lowercase().to_string(), c.to_uppercase().to_string());
            assert_eq!(fold_all(small), fold_all(large), "{c:?}");
        }
    }

    #[test]
    fn the_table_of_look_alikes_is_sorted_and_follows_the_published_data() {
        assert!(LOOK_ALIKES.is_sorted_by_key(|pair| pair.0));
        let capital = |c: char| c.to_uppercase().next().unwrap();
        for (small, latin) in LOOK_ALIKES {
            let own = |c: char| prototype(c).map(|found| found.0);
            let shapes = [own(small), own(capital(small))];
            let latin = if latin == 'æ' { "ae".into() } else { latin.to_string() };
            assert!(shapes.contains(&Some(latin)), "{small} {shapes:?}");
        }
        for (large, latin) in SHIFTING_CAPITALS {
            assert_eq!(prototype(large).unwrap().0, latin.to_string());
        }
    }

    #[test]
    fn no_two_letters_of_a_living_alphabet_become_one() {
        let alphabets = [
            "абвгдежзийклмнопрстуфхцчшщъыьэюя",
            "абвгґдежзиіклмнопрстуфхцчшщьюя",
            "αβγδεζηθικλμνξοπρστυφχψω",
        ];
        for alphabet in alphabets {
            let mut letters: Vec<String> = alphabet.chars().map(|c| folded(c, Options::SEARCH)).collect();
            letters.sort();
            letters.dedup();
            assert_eq!(letters.len(), alphabet.chars().count(), "{letters:?}");
        }
    }

    #[test]
    fn folds_reach_what_people_and_forgers_write() {
        for (written, normal) in [
            ('Ａ', "a"),
            ('ß', "ss"),
            ('ẞ', "ss"),
            ('ς', "σ"),
            ('İ', "i"),
            ('ı', "i"),
            ('ﬁ', "fi"),
            ('é', "e"),
            ('ø', "o"),
            ('Ł', "l"),
            ('đ', "d"),
            ('æ', "ae"),
            ('Œ', "oe"),
            ('𝓟', "p"),
            ('Р', "p"),
            ('ᴘ', "ᴘ"),
            ('ℓ', "l"),
            ('½', "1/2"),
            ('١', "1"),
            ('५', "5"),
            ('أ', "ا"),
            ('ی', "ي"),
            ('ـ', ""),
            ('\u{200d}', ""),
            ('\u{202e}', ""),
            ('’', "'"),
            ('—', "-"),
            ('\u{a0}', " "),
            ('ｶ', "カ"),
            ('𝟗', "9"),
            ('⑤', "5"),
            ('Ꭺ', "a"),
            ('ɡ', "g"),
        ] {
            assert_eq!(folded(written, Options::SEARCH), normal, "{written:?}");
        }
    }

    #[test]
    fn each_option_forgets_its_own_distinction_only() {
        let only = |case, accents, look_alikes| Options { case, accents, look_alikes };
        for (options, from, to) in [
            (only(true, false, false), "ÀР’", "a\u{300}р’"),
            (only(false, true, false), "ÀРØ’", "AРO’"),
            (only(false, false, true), "ÀРØ’", "A\u{300}PØ'"),
            (Options::LITERAL, "ＡÀРØ’²", "AA\u{300}РØ’2"),
        ] {
            assert_eq!(from.chars().map(|c| folded(c, options)).collect::<String>(), to, "{options:?}");
        }
    }
}
