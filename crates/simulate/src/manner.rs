//! How one person writes: capitals, full stops, a word to begin with, an emoji at the end.

use crate::{company::Language, random::Random};

/// A text shorter than this stays as it is: there is no manner in "ok".
const CHARS_MIN: usize = 9;

const EMOJI: [&str; 8] = ["🙂", "😊", "🙏", "👍", "😄", "🙌", "😉", "✨"];

/// One writer's habits, the same in everything they write.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    openings: &'static [&'static str],
    opening_percent: u32,
    emoji: &'static str,
    emoji_percent: u32,
    lowers: bool,
    drops_stops: bool,
    doubles_stops: bool,
}

impl Manner {
    pub(crate) fn draw(language: Language, mut random: Random) -> Self {
        Self {
            openings: openings(language),
            opening_percent: u32::try_from(random.between(2, 22)).unwrap_or(0),
            emoji: EMOJI[random.index(EMOJI.len())],
            emoji_percent: u32::try_from(random.between(0, 16)).unwrap_or(0),
            lowers: random.chance(30),
            drops_stops: random.chance(45),
            doubles_stops: random.chance(12),
        }
    }

    /// The text as this person would write it; the first message of a conversation keeps its greeting in front.
    pub(crate) fn dress(&self, text: String, first: bool, random: &mut Random) -> String {
        if text.chars().count() < CHARS_MIN {
            return text;
        }
        let mut dressed = text;
        if !first && random.chance(self.opening_percent) {
            dressed = format!("{}{}", random.pick(self.openings), lowered(&dressed));
        } else if self.lowers {
            dressed = lowered(&dressed);
        }
        if dressed.ends_with(['.', '。']) {
            if self.drops_stops {
                dressed.pop();
            } else if self.doubles_stops {
                dressed.pop();
                dressed.push('…');
            }
        }
        if random.chance(self.emoji_percent) && dressed.chars().next_back().is_some_and(|c| c < '\u{2600}') {
            dressed = format!("{dressed} {}", self.emoji);
        }
        dressed
    }
}

fn openings(language: Language) -> &'static [&'static str] {
    match language {
        Language::Portuguese => {
            &["Então, ", "Ah, ", "Olha, ", "Bom, ", "Assim, ", "Na verdade, ", "É que ", "Hmm, "]
        }
        Language::English => {
            &["So ", "Well, ", "Ah, ", "Right, ", "Actually, ", "Hmm, ", "Oh, ", "Just thinking, "]
        }
        Language::IndianEnglish => &["Actually ", "See, ", "Ok so ", "Ji, ", "Basically ", "And ", "Haan, "],
        Language::Hindi => &["अच्छा, ", "देखिए, ", "वैसे ", "हाँ, ", "असल में ", "तो "],
        Language::Hinglish => &["Accha ", "Arre ", "Haan to ", "Waise ", "Dekho ", "Matlab ", "Suno, "],
        Language::Spanish => &["Ah, ", "Mirá, ", "Bueno, ", "La verdad, ", "Y ", "Che, "],
        Language::Chinese => &["嗯,", "那个,", "对了,", "其实", "哦,", "这样,"],
        Language::Arabic => &["طيب، ", "يعني ", "بصراحة، ", "آه، ", "والله ", "بالمناسبة، "],
    }
}

/// The text with a small first letter, unless its first word stands in capitals, is a name in camel case or `I`.
fn lowered(text: &str) -> String {
    let mut chars = text.chars();
    let (Some(first), Some(second)) = (chars.next(), chars.next()) else { return text.to_owned() };
    if !first.is_uppercase() || !(second.is_lowercase() || (second == ' ' && first != 'I')) {
        return text.to_owned();
    }
    first.to_lowercase().chain(std::iter::once(second)).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_letter_is_lowered_only_in_an_ordinary_word() {
        for (text, expected) in [
            ("Temos uma", "temos uma"),
            ("A cor verde", "a cor verde"),
            ("I can do", "I can do"),
            ("TV nova", "TV nova"),
            ("你好", "你好"),
            ("Ação", "ação"),
        ] {
            assert_eq!(lowered(text), expected);
        }
    }

    #[test]
    fn a_short_text_and_a_greeting_keep_their_beginning() {
        let mut random = Random::new(3);
        for seed in 0..200 {
            let manner = Manner::draw(Language::English, Random::new(seed));
            assert_eq!(manner.dress("Ok".into(), false, &mut random), "Ok");
            let first = manner.dress("Hello there, is it in?".into(), true, &mut random);
            assert!(first.to_lowercase().starts_with("hello there, is it in?"), "{first}");
        }
    }
}
