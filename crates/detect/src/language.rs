//! The language of a message, where it is clear: by script where a script says it, else by letter statistics, with a threshold.

use aboveboard_model::document::Zone;
use whatlang::{Detector, Lang};

/// How much text is looked at, in bytes.
const LANGUAGE_BYTES_MAX: usize = 4096;
/// Fewest letters for a decision by script.
const SCRIPT_LETTERS_MIN: usize = 2;
/// Fewest letters for a decision by statistics.
const STATISTICS_LETTERS_MIN: usize = 24;
/// Share of the letters that a script must have.
const SCRIPT_SHARE_MIN: f64 = 0.5;
/// The statistics' own confidence from which they are believed.
const CONFIDENCE_MIN: f64 = 0.85;

/// Zones that hold what somebody said, in the order in which they are asked.
const ZONES: &[Zone] = &[Zone::Text, Zone::Caption, Zone::Transcript, Zone::Ocr];

/// Languages written in Latin letters or Cyrillic that the statistics choose from, and their ISO 639-1 codes.
const LANGUAGES: &[(Lang, &str)] = &[
    (Lang::Eng, "en"),
    (Lang::Por, "pt"),
    (Lang::Spa, "es"),
    (Lang::Fra, "fr"),
    (Lang::Deu, "de"),
    (Lang::Ita, "it"),
    (Lang::Nld, "nl"),
    (Lang::Ind, "id"),
    (Lang::Tur, "tr"),
    (Lang::Pol, "pl"),
    (Lang::Swe, "sv"),
    (Lang::Dan, "da"),
    (Lang::Nob, "no"),
    (Lang::Fin, "fi"),
    (Lang::Ron, "ro"),
    (Lang::Ces, "cs"),
    (Lang::Hun, "hu"),
    (Lang::Vie, "vi"),
    (Lang::Tgl, "tl"),
    (Lang::Rus, "ru"),
    (Lang::Ukr, "uk"),
    (Lang::Pes, "fa"),
    (Lang::Urd, "ur"),
];

/// Scripts that one language of our clients uses, or one above all.
const SCRIPTS: &[(std::ops::RangeInclusive<char>, &str)] = &[
    ('\u{900}'..='\u{97F}', "hi"),
    ('\u{980}'..='\u{9FF}', "bn"),
    ('\u{A00}'..='\u{A7F}', "pa"),
    ('\u{A80}'..='\u{AFF}', "gu"),
    ('\u{B80}'..='\u{BFF}', "ta"),
    ('\u{C00}'..='\u{C7F}', "te"),
    ('\u{C80}'..='\u{CFF}', "kn"),
    ('\u{D00}'..='\u{D7F}', "ml"),
    ('\u{E00}'..='\u{E7F}', "th"),
    ('\u{370}'..='\u{3FF}', "el"),
    ('\u{590}'..='\u{5FF}', "he"),
    ('\u{600}'..='\u{6FF}', "ar"),
    ('\u{AC00}'..='\u{D7AF}', "ko"),
    ('\u{3040}'..='\u{30FF}', "ja"),
    ('\u{3400}'..='\u{9FFF}', "zh"),
];

/// Letters of Persian and Urdu that Arabic does not have.
const NOT_ARABIC: &[char] = &['پ', 'چ', 'ژ', 'گ', 'ٹ', 'ڈ', 'ڑ', 'ں', 'ے', 'ک', 'ی'];

/// The language of the first zone that has a clear one, as ISO 639-1.
pub(crate) fn of(zones: &[(Zone, &str)]) -> Option<&'static str> {
    ZONES.iter().find_map(|wanted| {
        let (_, text) = zones.iter().find(|(zone, _)| zone == wanted)?;
        detect(&text[..text.floor_char_boundary(LANGUAGE_BYTES_MAX)])
    })
}

/// The country whose ways of writing numbers a language suggests, where it is mostly spoken in one.
pub(crate) fn home(language: &str) -> Option<&'static str> {
    Some(match language {
        "pt" => "BR",
        "hi" => "IN",
        "zh" => "CN",
        "ja" => "JP",
        "th" => "TH",
        "ko" => "KR",
        "id" => "ID",
        _ => return None,
    })
}

fn detect(text: &str) -> Option<&'static str> {
    let words: Vec<&str> =
        text.split_whitespace().filter(|word| !word.contains(['@', '/', '_']) && !is_host(word)).collect();
    let letters = words.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphabetic());
    let count = letters.clone().count();
    if count < SCRIPT_LETTERS_MIN {
        return None;
    }
    match by_script(letters, count) {
        Some("ar") if text.contains(NOT_ARABIC) => by_statistics(&words, count),
        None => by_statistics(&words, count),
        clear => clear,
    }
}

/// Whether a word has a full stop inside, as hosts have.
fn is_host(word: &str) -> bool {
    word.trim_end_matches('.').contains('.')
}

fn by_script(letters: impl Iterator<Item = char>, count: usize) -> Option<&'static str> {
    let mut counts = [0usize; SCRIPTS.len()];
    for letter in letters {
        if let Some(at) = SCRIPTS.iter().position(|(range, _)| range.contains(&letter)) {
            counts[at] += 1;
        }
    }
    let of =
        |language: &str| SCRIPTS.iter().position(|(_, known)| *known == language).map_or(0, |at| counts[at]);
    let is_enough = |part: usize| part >= SCRIPT_LETTERS_MIN && part as f64 > SCRIPT_SHARE_MIN * count as f64;
    if of("ja") >= SCRIPT_LETTERS_MIN && is_enough(of("ja") + of("zh")) {
        return Some("ja");
    }
    SCRIPTS.iter().zip(counts).find(|(_, part)| is_enough(*part)).map(|((_, language), _)| *language)
}

fn by_statistics(words: &[&str], letters: usize) -> Option<&'static str> {
    if letters < STATISTICS_LETTERS_MIN {
        return None;
    }
    let detector = Detector::with_allowlist(LANGUAGES.iter().map(|(language, _)| *language).collect());
    let info = detector.detect(&words.join(" "))?;
    let (_, code) = LANGUAGES.iter().find(|(language, _)| *language == info.lang())?;
    (info.confidence() >= CONFIDENCE_MIN).then_some(*code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clear_languages_are_told_and_unclear_ones_are_not() {
        for (text, expected) in [
            (
                "Good morning, I would like to know whether the washing machine is still in stock please",
                Some("en"),
            ),
            (
                "Bom dia, vocês ainda têm a geladeira que eu vi na loja ontem? Queria saber o preço com desconto",
                Some("pt"),
            ),
            (
                "Buenos días, quisiera saber si todavía tienen la lavadora que vi ayer en la tienda",
                Some("es"),
            ),
            ("नमस्ते, क्या यह फ्रिज अभी मिल जाएगा?", Some("hi")),
            ("你好，冰箱还有货吗？", Some("zh")),
            ("صباح الخير، هل الغسالة متوفرة اليوم؟", Some("ar")),
            ("冷蔵庫はまだありますか", Some("ja")),
            ("ตู้เย็นยังมีอยู่ไหมครับ", Some("th")),
            ("ok", None),
            ("👍👍👍 123 456", None),
            ("ok thanks bro", None),
            ("https://aurora.example/produtos/geladeiras-e-freezers", None),
        ] {
            assert_eq!(detect(text), expected, "{text}");
        }
    }
}
