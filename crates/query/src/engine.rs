//! One look at a text for everything that thousands of rules need of it: strings, and regexes where what they need stands.

use std::collections::HashMap;

use aboveboard_text::marks;

use crate::literals::{Literals, PAD};
use crate::needs::Needs;
use crate::patterns::{Caches, Patterns};

/// Strings and regexes, each of which stands for a target; a target may have many.
#[derive(Debug)]
pub(crate) struct Engine {
    literals: Literals,
    /// For each string, where what it leads to begins in `wires`; and the end.
    starts: Vec<u32>,
    wires: Vec<Wire>,
    /// Targets that are met in every text, since a string of theirs is too short to look for.
    always: Vec<u32>,
    patterns: Patterns,
    /// By regex.
    gates: Vec<Gate>,
    /// Regexes that need no string, by the marks that they need.
    ungated: Vec<(u8, Vec<u32>)>,
}

/// What a string leads to.
#[derive(Clone, Copy, Debug)]
enum Wire {
    /// A target that is met.
    Target(u32),
    /// A regex that may match, and the list of strings that it needs which this one is of.
    Pattern(u32, u32),
}

/// A regex's target, and the marks that it needs.
#[derive(Clone, Copy, Debug)]
struct Gate {
    target: u32,
    marks: u8,
    /// Lists of strings of which one each is needed.
    lists: u8,
}

/// What an engine is made of.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    strings: Vec<(Vec<u8>, Wire)>,
    regexes: Vec<(String, u32)>,
}

/// Room to work in, to be used again for the next text.
#[derive(Debug, Default)]
pub(crate) struct Room {
    caches: Caches,
    /// Regexes and lists of theirs of which a string stands in the text.
    given: Vec<(u32, u32)>,
    open: Vec<u32>,
    /// Targets that are met, in any order, some more than once.
    pub(crate) met: Vec<u32>,
    /// Values of fields that hold, by number.
    pub(crate) held: Vec<u32>,
    /// Targets whose regex must be looked at by itself.
    pub(crate) unsure: Vec<u32>,
}

/// A text as an engine looks at it.
pub(crate) struct Look<'t> {
    /// As strings are looked for, with `PAD` bytes more.
    pub(crate) padded: &'t [u8],
    /// The marks of the text.
    pub(crate) marks: u8,
    /// Whether strings of regexes may be torn apart in it.
    pub(crate) is_broken: bool,
}

impl Parts {
    /// Adds a string that meets its target.
    pub(crate) fn string(&mut self, string: Vec<u8>, target: u32) {
        self.strings.push((string, Wire::Target(target)));
    }

    /// Adds a regex that meets its target.
    pub(crate) fn regex(&mut self, regex: &str, target: u32) {
        self.regexes.push((regex.to_owned(), target));
    }

    /// Makes the engine. `fold` makes of a string that a regex needs what stands in the look; an empty one cannot be looked for.
    pub(crate) fn build(mut self, fold: impl Fn(&str) -> Vec<u8>) -> Engine {
        let mut gates = Vec::new();
        let mut ungated: Vec<(u8, Vec<u32>)> = Vec::new();
        for (number, (regex, target)) in (0..).zip(&self.regexes) {
            let needs = needs(regex);
            let lists: Vec<Vec<Vec<u8>>> =
                needs.any_of.iter().map(|list| list.iter().map(|string| fold(string)).collect()).collect();
            let lists = lists.into_iter().filter(|list| list.iter().all(|string| string.len() >= 3));
            let mut gate = Gate { target: *target, marks: needs.marks, lists: 0 };
            for (at, list) in (0..).zip(lists) {
                gate.lists += 1;
                self.strings.extend(list.into_iter().map(|string| (string, Wire::Pattern(number, at))));
            }
            gates.push(gate);
            if gate.lists == 0 {
                match ungated.iter_mut().find(|(marks, _)| *marks == needs.marks) {
                    Some((_, numbers)) => numbers.push(number),
                    None => ungated.push((needs.marks, vec![number])),
                }
            }
        }
        let regexes: Vec<&str> = self.regexes.iter().map(|(regex, _)| regex.as_str()).collect();
        let patterns = Patterns::new(&regexes);
        Engine { patterns, gates, ungated, ..Engine::of_strings(self.strings) }
    }
}

fn needs(regex: &str) -> Needs {
    let mut parser = regex_syntax::ParserBuilder::new();
    let parsed = parser.unicode(false).utf8(false).case_insensitive(true).build().parse(regex);
    parsed.map_or_else(|_| Needs::default(), |hir| Needs::of(&hir))
}

impl Engine {
    fn of_strings(strings: Vec<(Vec<u8>, Wire)>) -> Self {
        let mut numbers: HashMap<&[u8], usize> = HashMap::new();
        let mut distinct: Vec<&[u8]> = Vec::new();
        let mut by_string: Vec<Vec<Wire>> = Vec::new();
        for (string, wire) in &strings {
            let at = *numbers.entry(string).or_insert_with(|| {
                distinct.push(string);
                by_string.push(Vec::new());
                distinct.len() - 1
            });
            by_string[at].push(*wire);
        }
        let literals = Literals::new(distinct.iter().copied());
        let is_target = |wire: &Wire| match wire {
            Wire::Target(target) => Some(*target),
            Wire::Pattern(..) => None,
        };
        let unsought = literals.unsought().iter().flat_map(|&number| &by_string[number as usize]);
        let always = unsought.filter_map(is_target).collect();
        let (mut starts, mut wires) = (vec![0], Vec::new());
        for own in by_string {
            wires.extend(own);
            starts.push(wires.len() as u32);
        }
        let patterns = Patterns::new(&[]);
        Self { literals, starts, wires, always, patterns, gates: Vec::new(), ungated: Vec::new() }
    }

    /// Whether there is nothing to look for.
    pub(crate) fn is_empty(&self) -> bool {
        self.literals.is_empty() && self.gates.is_empty()
    }

    /// Targets that are met in every text.
    pub(crate) fn always(&self) -> &[u32] {
        &self.always
    }

    /// Adds the targets that a text meets to those of the room. `text` is given where a regex must be tried.
    pub(crate) fn look<'t>(&self, look: &Look<'t>, text: impl FnOnce() -> &'t [u8], room: &mut Room) {
        let Room { caches, given, open, met, unsure, .. } = room;
        given.clear();
        open.clear();
        self.literals.find(look.padded, &mut |number| {
            let at = number as usize;
            for wire in &self.wires[self.starts[at] as usize..self.starts[at + 1] as usize] {
                match *wire {
                    Wire::Target(target) => met.push(target),
                    Wire::Pattern(pattern, list) => given.push((pattern, list)),
                }
            }
        });
        if look.is_broken {
            open.extend(0..self.gates.len() as u32);
        } else {
            self.open_given(look.marks, given, open);
            for (_, numbers) in self.ungated.iter().filter(|(needed, _)| has(look.marks, *needed)) {
                open.extend(numbers);
            }
        }
        if open.is_empty() {
            return;
        }
        open.sort_unstable();
        open.dedup();
        self.patterns.find(open, text(), caches, &mut |number, is_sure| {
            let target = self.gates[number as usize].target;
            if is_sure { met.push(target) } else { unsure.push(target) }
        });
    }
}

impl Engine {
    /// Opens the regexes of which all lists have a string in the text.
    fn open_given(&self, marks: u8, given: &mut Vec<(u32, u32)>, open: &mut Vec<u32>) {
        given.sort_unstable();
        given.dedup();
        for own in given.chunk_by(|one, two| one.0 == two.0) {
            let gate = self.gates[own[0].0 as usize];
            if own.len() == usize::from(gate.lists) && has(marks, gate.marks) {
                open.push(own[0].0);
            }
        }
    }
}

fn has(marks: u8, needed: u8) -> bool {
    marks & needed == needed
}

/// Lower-cases the ASCII letters of a text into a buffer, with `PAD` bytes more; gives the marks of the text.
pub(crate) fn fold_ascii(text: &[u8], padded: &mut Vec<u8>) -> u8 {
    padded.clear();
    padded.extend_from_slice(text);
    padded.make_ascii_lowercase();
    padded.resize(text.len() + PAD, 0);
    // Compared one by one, which a processor does for many bytes at once, where a table would be asked for each.
    let mut seen = [0u8; 8];
    for byte in text {
        seen[0] |= u8::from(byte.is_ascii_digit());
        for (at, sign) in b"@/.:%$-".iter().enumerate() {
            seen[at + 1] |= u8::from(byte == sign);
        }
    }
    let signs =
        [marks::AT, marks::SLASH, marks::POINT, marks::COLON, marks::PERCENT, marks::DOLLAR, marks::DASH];
    let signs = signs.into_iter().zip(&seen[1..]).fold(0, |all, (mark, seen)| all | (mark * seen));
    signs | (marks::DIGIT * seen[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_mark() {
        for byte in 0..=255 {
            assert_eq!(fold_ascii(&[b'x', byte], &mut Vec::new()), marks::of(byte), "{byte}");
        }
    }
}
