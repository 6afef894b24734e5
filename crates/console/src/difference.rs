//! What changed between two texts, line by line.

/// Lines of each text that are compared; what is longer is shown as gone and new as a whole.
const LINES_MAX: usize = 2_000;

/// A line of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line<'t> {
    /// In both.
    Kept(&'t str),
    /// In the old text only.
    Gone(&'t str),
    /// In the new text only.
    New(&'t str),
}

/// The lines of both texts in order: a longest common sequence is kept, what is gone stands before what is new.
pub(crate) fn lines<'t>(old: &'t str, new: &'t str) -> Vec<Line<'t>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let alike = |(one, other): &(&&str, &&str)| one == other;
    let head = old.iter().zip(&new).take_while(alike).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(alike).count();
    let (old_middle, new_middle) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut lines: Vec<Line<'t>> = old[..head].iter().map(|line| Line::Kept(line)).collect();
    middle(old_middle, new_middle, &mut lines);
    lines.extend(old_rest[old_rest.len() - tail..].iter().map(|line| Line::Kept(line)));
    lines
}

fn middle<'t>(old: &[&'t str], new: &[&'t str], lines: &mut Vec<Line<'t>>) {
    let (mut at_old, mut at_new) = (0, 0);
    if old.len() <= LINES_MAX && new.len() <= LINES_MAX {
        let common = common(old, new);
        let width = new.len() + 1;
        while at_old < old.len() && at_new < new.len() {
            if old[at_old] == new[at_new] {
                lines.push(Line::Kept(old[at_old]));
                (at_old, at_new) = (at_old + 1, at_new + 1);
            } else if common[(at_old + 1) * width + at_new] >= common[at_old * width + at_new + 1] {
                lines.push(Line::Gone(old[at_old]));
                at_old += 1;
            } else {
                lines.push(Line::New(new[at_new]));
                at_new += 1;
            }
        }
    }
    lines.extend(old[at_old..].iter().map(|line| Line::Gone(line)));
    lines.extend(new[at_new..].iter().map(|line| Line::New(line)));
}

/// For each pair of places how many lines both texts have in common from there on.
fn common(old: &[&str], new: &[&str]) -> Vec<u16> {
    let width = new.len() + 1;
    let mut common = vec![0u16; (old.len() + 1) * width];
    for at_old in (0..old.len()).rev() {
        for at_new in (0..new.len()).rev() {
            common[at_old * width + at_new] = if old[at_old] == new[at_new] {
                common[(at_old + 1) * width + at_new + 1] + 1
            } else {
                common[(at_old + 1) * width + at_new].max(common[at_old * width + at_new + 1])
            };
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_gone_stands_before_what_is_new() {
        use Line::{Gone, Kept, New};
        assert_eq!(lines("a\nb\nc", "a\nx\nc"), [Kept("a"), Gone("b"), New("x"), Kept("c")]);
        assert_eq!(lines("", "a"), [New("a")]);
        assert_eq!(lines("a\nb", "b"), [Gone("a"), Kept("b")]);
        assert_eq!(lines("a", "a"), [Kept("a")]);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_the_comparison(
            old in prop::collection::vec("[abc]", 0..20),
            new in prop::collection::vec("[abc]", 0..20),
        ) {
            let (old, new) = (old.join("\n"), new.join("\n"));
            let lines = lines(&old, &new);
            let of = |is_meant: fn(&Line<'_>) -> Option<String>| lines.iter().filter_map(is_meant).collect::<Vec<_>>();
            let olds = of(|line| match line { Line::Kept(text) | Line::Gone(text) => Some((*text).to_owned()), Line::New(_) => None });
            let news = of(|line| match line { Line::Kept(text) | Line::New(text) => Some((*text).to_owned()), Line::Gone(_) => None });
            prop_assert_eq!(olds, old.lines().map(str::to_owned).collect::<Vec<_>>());
            prop_assert_eq!(news, new.lines().map(str::to_owned).collect::<Vec<_>>());
        }
    }
}
