//! The way back: from places in the normal form to places in the original, and from bytes to code points.

use std::ops::Range;

/// Where the characters of a normal form come from, as runs of equal steps.
///
/// A run says that from `normal` on, every `normal_step` bytes came from `original_step` bytes, from `original` on. Plain text is one
/// run whatever its length; the map grows only where the two forms part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OffsetMap {
    runs: Vec<Run>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    normal: u32,
    original: u32,
    normal_step: u32,
    original_step: u32,
}

impl OffsetMap {
    /// Notes that the bytes `normal` of the normal form are those at `original`, one to one and character by character.
    pub(crate) fn push_equal(&mut self, normal: usize, original: usize) {
        let run =
            Run { normal: narrow(normal), original: narrow(original), normal_step: 1, original_step: 1 };
        let continues = self.runs.last().is_some_and(|last| {
            (last.normal_step, last.original_step) == (1, 1)
                && run.normal - last.normal == run.original - last.original
        });
        if !continues {
            self.runs.push(run);
        }
    }

    /// Notes that the bytes `normal` of the normal form come, as one piece, from the bytes `original`.
    pub(crate) fn push_piece(&mut self, normal: Range<usize>, original: Range<usize>) {
        let run = Run {
            normal: narrow(normal.start),
            original: narrow(original.start),
            normal_step: narrow(normal.len()),
            original_step: narrow(original.len()),
        };
        let continues = self.runs.last().is_some_and(|last| {
            (last.normal_step, last.original_step) == (run.normal_step, run.original_step)
                && (run.normal - last.normal) / run.normal_step * run.original_step
                    == run.original - last.original
        });
        if !continues {
            self.runs.push(run);
        }
    }

    /// The run that holds a byte of the normal form, as an index to look from next time.
    fn run_at(&self, normal: usize) -> usize {
        self.runs.partition_point(|run| run.normal as usize <= normal).saturating_sub(1)
    }

    /// The original bytes behind `normal`, which must be a range of the normal form.
    pub(crate) fn original(&self, normal: Range<usize>) -> Range<usize> {
        let (first, last) = (self.run_at(normal.start), self.run_at(normal.end.saturating_sub(1)));
        self.between(first, last, normal)
    }

    /// The same for ranges asked in ascending order, from a cursor that starts at 0: linear over all of them.
    pub(crate) fn original_from(&self, cursor: &mut usize, normal: Range<usize>) -> Range<usize> {
        let advance = |mut at: usize, byte: usize| {
            while self.runs.get(at + 1).is_some_and(|next| next.normal as usize <= byte) {
                at += 1;
            }
            at
        };
        *cursor = advance(*cursor, normal.start);
        let last = advance(*cursor, normal.end.saturating_sub(1).max(normal.start));
        self.between(*cursor, last, normal)
    }

    fn between(&self, first: usize, last: usize, normal: Range<usize>) -> Range<usize> {
        let (Some(first), Some(last)) = (self.runs.get(first), self.runs.get(last)) else {
            return 0..0;
        };
        let start = first.start_of(normal.start);
        if normal.is_empty() {
            return start..start;
        }
        start..last.end_of(normal.end - 1)
    }

    /// How many runs the map keeps.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.runs.len()
    }
}

impl Run {
    fn start_of(&self, normal: usize) -> usize {
        let steps = (normal - self.normal as usize) / self.normal_step as usize;
        self.original as usize + steps * self.original_step as usize
    }

    fn end_of(&self, normal: usize) -> usize {
        self.start_of(normal) + self.original_step as usize
    }
}

/// An offset as the map stores it: texts are cut to `TEXT_BYTES_MAX` and grow at most elevenfold, far below 4 GiB.
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).expect("bounded by TEXT_BYTES_MAX")
}

/// Turns byte ranges of `text` into ranges of Unicode code points, in time linear in the text and the number of ranges.
///
/// Ranges may come in any order; an offset past the end counts as the end, one inside a character as its start.
pub fn code_points(text: &str, spans: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut ends: Vec<(usize, usize)> = spans
        .iter()
        .flat_map(|span| [span.start, span.end])
        .enumerate()
        .map(|(slot, byte)| (byte, slot))
        .collect();
    ends.sort_unstable();
    let mut points = vec![0; ends.len()];
    let mut characters = text.char_indices().skip(1).map(|(at, _)| at).peekable();
    let mut count = 0;
    for (byte, slot) in ends {
        while characters.next_if(|&at| at <= byte).is_some() {
            count += 1;
        }
        points[slot] = if byte >= text.len() { count + usize::from(!text.is_empty()) } else { count };
    }
    points.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_count_characters_before_each_end() {
        for (text, span, expected) in [
            ("abc", 0..3, 0..3),
            ("aé中😀z", 1..3, 1..2),
            ("aé中😀z", 6..10, 3..4),
            ("aé中😀z", 10..11, 4..5),
            ("aé中", 2..2, 1..1),
            ("", 0..0, 0..0),
            ("é", 0..99, 0..1),
        ] {
            assert_eq!(code_points(text, std::slice::from_ref(&span)), [expected], "{text} {span:?}");
        }
        assert_eq!(code_points("ééé", &[4..6, 0..2, 2..6]), [2..3, 0..1, 1..3]);
    }
}
