//! Wildcards within one word: `*` for any letters or none, `?` for exactly one.

/// A word with wildcards, in normal form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Glob {
    /// What stands between the stars, each as letters and single wildcards (`None`).
    parts: Vec<Vec<Option<char>>>,
    prefix: String,
    /// The longest run of letters without a wildcard, if there is any.
    longest: String,
}

impl Glob {
    /// Of the pieces of a word: a letter, or a wildcard.
    pub(crate) fn of(pieces: impl Iterator<Item = Piece>) -> Self {
        let mut parts = vec![Vec::new()];
        for piece in pieces {
            match piece {
                Piece::Many => parts.push(Vec::new()),
                Piece::One => parts.iter_mut().next_back().into_iter().for_each(|part| part.push(None)),
                Piece::Letter(c) => {
                    parts.iter_mut().next_back().into_iter().for_each(|part| part.push(Some(c)))
                }
            }
        }
        // Stars side by side are one.
        let last = parts.len() - 1;
        let mut at = 0;
        parts.retain(|part| {
            at += 1;
            at == 1 || at == last + 1 || !part.is_empty()
        });
        let prefix = parts.first().into_iter().flatten().map_while(|one| *one).collect();
        let mut glob = Self { parts, prefix, longest: String::new() };
        glob.longest = glob.literals().into_iter().next().unwrap_or_default();
        glob
    }

    /// What every word begins with that fits.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The prefix alone, if it is all that is asked.
    pub(crate) fn is_prefix(&self) -> bool {
        self.parts.len() == 2
            && self.parts[1].is_empty()
            && self.prefix.chars().count() == self.parts[0].len()
    }

    /// The longest run of letters that every word has that fits.
    pub fn longest(&self) -> Option<&str> {
        Some(self.longest.as_str()).filter(|run| !run.is_empty())
    }

    /// Runs of letters that every word has that fits, longest first.
    pub(crate) fn literals(&self) -> Vec<String> {
        let runs = self.parts.iter().flat_map(|part| part.split(Option::is_none));
        let mut runs: Vec<String> =
            runs.map(|run| run.iter().flatten().collect()).filter(|run: &String| !run.is_empty()).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.len()));
        runs
    }

    /// Whether a word fits: time is the product of both lengths at most.
    pub fn fits(&self, word: &str) -> bool {
        if !word.starts_with(self.prefix.as_str()) {
            return false;
        }
        let letters: Vec<char> = word.chars().collect();
        let (first, last) = (&self.parts[0], &self.parts[self.parts.len() - 1]);
        if self.parts.len() == 1 {
            return letters.len() == first.len() && stands(first, &letters);
        }
        if letters.len() < first.len() + last.len() || !stands(first, &letters) {
            return false;
        }
        let end = letters.len() - last.len();
        if !stands(last, &letters[end..]) {
            return false;
        }
        let mut at = first.len();
        // Whatever stands leftmost leaves the most to those after it.
        self.parts[1..self.parts.len() - 1].iter().all(|part| {
            let found =
                (at..=end.saturating_sub(part.len())).find(|&start| stands(part, &letters[start..end]));
            at = found.map_or(end, |start| start + part.len());
            found.is_some()
        })
    }
}

/// A letter of a pattern, or a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Letter(char),
    One,
    Many,
}

/// Whether letters begin like a part.
fn stands(part: &[Option<char>], letters: &[char]) -> bool {
    part.len() <= letters.len()
        && part.iter().zip(letters).all(|(want, has)| want.is_none_or(|want| want == *has))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::of(text.chars().map(|c| match c {
            '*' => Piece::Many,
            '?' => Piece::One,
            c => Piece::Letter(c),
        }))
    }

    /// The plain meaning, without haste.
    fn fits(glob: &[char], word: &[char]) -> bool {
        match glob {
            [] => word.is_empty(),
            ['*', rest @ ..] => (0..=word.len()).any(|at| fits(rest, &word[at..])),
            ['?', rest @ ..] => !word.is_empty() && fits(rest, &word[1..]),
            [c, rest @ ..] => word.first() == Some(c) && fits(rest, &word[1..]),
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_longer_than_both_lengths_allow() {
        let pattern = glob(&"*a".repeat(2_000));
        let word = "a".repeat(1_999) + "b";
        let started = std::time::Instant::now();
        assert!(!pattern.fits(&word));
        assert!(started.elapsed().as_secs() < 5);
        assert_eq!(glob("**a***").parts.len(), 3);
        assert_eq!(
            (glob("ab?c*").prefix(), glob("ab*").is_prefix(), glob("a?*").is_prefix()),
            ("ab", true, false)
        );
        assert_eq!(glob("a*bcd?e").literals(), ["bcd", "a", "e"]);
    }

    proptest! {
        #[test]
        fn a_word_fits_as_trying_everything_says(pattern in "[ab?*é]{0,8}", word in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(glob(&pattern).fits(&word), fits(&chars(&pattern), &chars(&word)));
        }
    }
}
