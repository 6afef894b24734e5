//! The word that was probably meant.

/// The longest word that is compared, in characters; a longer one is simply far from all.
const WORD_CHARS_MAX: usize = 40;

/// The candidate with the fewest letters wrong, if at most a third of them are.
pub(crate) fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    if word.chars().count() > WORD_CHARS_MAX {
        return None;
    }
    let word = word.to_lowercase();
    let scored = candidates.iter().map(|candidate| (edits(&word, candidate), *candidate));
    let (distance, candidate) = scored.min_by_key(|(distance, _)| *distance)?;
    (distance <= (candidate.len() / 3).max(1)).then_some(candidate)
}

/// How many letters must be added, dropped, changed or swapped with their neighbour to turn one word into the other.
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let changed = rows[i][j] + usize::from(a != b);
            let mut least = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_does_not() {
        let words = ["severity", "scope", "query", "action"];
        assert_eq!(nearest("serverity", &words), Some("severity"));
        assert_eq!(nearest("Querry", &words), Some("query"));
        assert_eq!(nearest("hihg", &["low", "high"]), Some("high"));
        assert_eq!(nearest("banana", &words), None);
        assert_eq!(nearest(&"x".repeat(500), &words), None);
    }
}
