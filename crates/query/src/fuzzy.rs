//! Words with mistakes: how many letters are changed, added, left out or exchanged with their neighbour.

/// Most mistakes in a word.
pub const EDITS_MAX: u32 = 2;

/// A word in normal form, of which some letters may be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fuzzy {
    letters: Vec<char>,
    edits: usize,
}

impl Fuzzy {
    pub(crate) fn of(word: &str, edits: u32) -> Self {
        Self { letters: word.chars().collect(), edits: edits.min(EDITS_MAX) as usize }
    }

    /// How many letters it has.
    pub(crate) fn len(&self) -> usize {
        self.letters.len()
    }

    pub(crate) fn edits(&self) -> usize {
        self.edits
    }

    pub(crate) fn letters(&self) -> &[char] {
        &self.letters
    }

    /// Whether a word is near enough. As in Lucene there must be fewer mistakes than the shorter of both has letters.
    pub fn fits(&self, word: &str) -> bool {
        // A letter takes at most four bytes.
        if word.len() > 4 * (self.letters.len() + self.edits) {
            return false;
        }
        let letters: Vec<char> = word.chars().collect();
        self.distance(&letters).is_some()
    }

    /// How many mistakes there are, if they are few enough.
    pub(crate) fn distance(&self, word: &[char]) -> Option<usize> {
        let most = self.edits.min(self.letters.len().min(word.len()).checked_sub(1)?);
        distance(&self.letters, word, most)
    }
}

/// How many letters must be changed, added, left out or exchanged with their neighbour to make one word of another, if no more than
/// `most`: the optimal string alignment, along a band as wide as that.
pub(crate) fn distance(own: &[char], word: &[char], most: usize) -> Option<usize> {
    if own.len().abs_diff(word.len()) > most {
        return None;
    }
    let far = most + 1;
    let (mut before, mut last): (Vec<usize>, Vec<usize>) =
        (vec![far; word.len() + 1], (0..=word.len()).collect());
    for i in 1..=own.len() {
        let mut row = vec![far; word.len() + 1];
        if i <= most {
            row[0] = i;
        }
        let (from, to) = (i.saturating_sub(most).max(1), (i + most).min(word.len()));
        for j in from..=to {
            let change = usize::from(own[i - 1] != word[j - 1]);
            let mut least = (last[j - 1] + change).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && own[i - 1] == word[j - 2] && own[i - 2] == word[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row[j] = least.min(far);
        }
        if row[from - 1..=to].iter().all(|&cell| cell >= far) && last.iter().all(|&cell| cell >= far) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    Some(last[word.len()]).filter(|&distance| distance <= most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By the definition, without haste: the alignment of all but the last letters, and what is done with those.
    fn slowly(one: &[char], other: &[char]) -> usize {
        let ([ones @ .., a], [others @ .., b]) = (one, other) else { return one.len() + other.len() };
        let mut least = (slowly(ones, others) + usize::from(a != b))
            .min(slowly(ones, other) + 1)
            .min(slowly(one, others) + 1);
        if let ([ones @ .., a], [others @ .., b]) = (ones, others)
            && one.ends_with(&[*a, *b])
            && other.ends_with(&[*b, *a])
        {
            least = least.min(slowly(ones, others) + 1);
        }
        least
    }

    #[test]
    fn a_word_with_mistakes_is_near() {
        for (word, edits, other, is_near) in [
            ("transfer", 1, "tranfser", true),
            ("transfer", 1, "transfers", true),
            ("transfer", 1, "tranfers", false),
            ("transfer", 2, "tranfers", true),
            ("pix", 1, "pxi", true),
            ("pix", 2, "p", false),
            ("ab", 2, "cd", false),
            ("a", 1, "b", false),
            ("pix", 0, "pix", true),
            ("客户", 1, "客服", true),
        ] {
            assert_eq!(Fuzzy::of(word, edits).fits(other), is_near, "{word}~{edits} {other}");
        }
    }

    proptest! {
        #[test]
        fn the_band_finds_what_the_definition_does(one in "[abc]{1,7}", other in "[abc]{0,7}", edits in 0..3u32, most in 0..8usize) {
            let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
            let wanted = slowly(&a, &b);
            prop_assert_eq!(distance(&a, &b, most), Some(wanted).filter(|&wanted| wanted <= most));
            let is_near = wanted <= edits as usize && wanted < a.len().min(b.len());
            prop_assert_eq!(Fuzzy::of(&one, edits).fits(&other), is_near);
        }
    }
}
