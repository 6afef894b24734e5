//! Lines of a text that may be huge and hostile: exact bytes, numbers, places, and no line longer than a limit.

use std::io::{self, BufRead, Read};

/// Reads one line after the other.
pub(super) struct Lines<R> {
    input: R,
    line_bytes_max: u64,
    /// The number of the line that is read next, from 1.
    number: u64,
    /// The place of the next byte.
    offset: u64,
    /// Whether the line before was cut, so that what follows is its rest.
    cut: bool,
}

/// A line with its exact bytes, line end included.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1, as editors count. A piece of an over-long line carries that line's number.
    pub number: u64,
    /// The place of its first byte in the text.
    pub offset: u64,
    /// Its bytes, at most the limit.
    pub bytes: Vec<u8>,
    /// Whether it is the rest of an over-long line.
    pub is_rest: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R, line_bytes_max: u64) -> Self {
        Lines { input, line_bytes_max: line_bytes_max.max(1), number: 1, offset: 0, cut: false }
    }

    /// Reads the next line into `line`. Gives `false` at the end.
    pub(super) fn next(&mut self, line: &mut Line) -> io::Result<bool> {
        line.bytes.clear();
        self.input.by_ref().take(self.line_bytes_max).read_until(b'\n', &mut line.bytes)?;
        line.number = self.number;
        line.offset = self.offset;
        line.is_rest = self.cut;
        self.offset += line.bytes.len() as u64;
        let ended = line.bytes.ends_with(b"\n");
        self.cut = !ended;
        if ended {
            self.number += 1;
        }
        Ok(!line.bytes.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8], line_bytes_max: u64) -> Vec<(u64, bool, Vec<u8>)> {
        let mut lines = Lines::new(text, line_bytes_max);
        let mut line = Line::default();
        let mut found = Vec::new();
        while lines.next(&mut line).unwrap() {
            assert_eq!(&text[line.offset as usize..][..line.bytes.len()], line.bytes);
            found.push((line.number, line.is_rest, line.bytes.clone()));
        }
        found
    }

    #[test]
    fn lines_keep_their_ends_and_count_from_one() {
        let found = all(b"a\r\n\nb", 10);
        assert_eq!(
            found,
            [(1, false, b"a\r\n".to_vec()), (2, false, b"\n".to_vec()), (3, false, b"b".to_vec())]
        );
    }

    #[test]
    fn an_over_long_line_comes_in_pieces_of_one_number() {
        let found = all(b"abcdefg\nh\n", 3);
        let numbers: Vec<(u64, bool)> = found.iter().map(|(number, rest, _)| (*number, *rest)).collect();
        assert_eq!(numbers, [(1, false), (1, true), (1, true), (2, false)]);
        assert_eq!(found.concat_bytes(), b"abcdefg\nh\n");
    }

    trait ConcatBytes {
        fn concat_bytes(&self) -> Vec<u8>;
    }

    impl ConcatBytes for Vec<(u64, bool, Vec<u8>)> {
        fn concat_bytes(&self) -> Vec<u8> {
            self.iter().flat_map(|(_, _, bytes)| bytes.clone()).collect()
        }
    }
}
