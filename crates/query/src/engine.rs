//! One look at a text for everything that thousands of rules need of it: strings, and regexes where what they need stands.

use std::collections::HashMap;

use aboveboard_text::marks;
use regex_syntax::hir::Hir;

use crate::literals::{Literals, PAD};
use crate::needs::Needs;
use crate::patterns::Patterns;

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

/// A regex's targets, and the marks that it needs.
#[derive(Debug)]
struct Gate {
    targets: Vec<u32>,
    marks: u8,
    /// Lists of strings of which one each is needed.
    lists: u8,
}

/// What an engine is made of.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    strings: Vec<(Vec<u8>, Wire)>,
    regexes: Vec<Expression>,
}

/// A regex as the automata read it, what a text needs for it, and the targets that it meets.
#[derive(Debug)]
struct Expression {
    hir: Hir,
    needs: Needs,
    targets: Vec<u32>,
}

/// Room to work in, to be used again for the next text.
#[derive(Debug, Default)]
pub(crate) struct Room {
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

    /// Adds a regex that meets its target, and gives its number.
    pub(crate) fn regex(&mut self, hir: Hir, needs: Needs, target: u32) -> usize {
        self.regexes.push(Expression { hir, needs, targets: vec![target] });
        self.regexes.len() - 1
    }

    /// Lets a regex meet another target too.
    pub(crate) fn target(&mut self, regex: usize, target: u32) {
        self.regexes[regex].targets.push(target);
    }

    /// Makes the engine. The strings that regexes need must stand in the look.
    pub(crate) fn build(mut self) -> Engine {
        let mut gates = Vec::new();
        let mut hirs = Vec::new();
        let mut ungated: Vec<(u8, Vec<u32>)> = Vec::new();
        for (number, Expression { hir, needs, targets }) in (0..).zip(self.regexes) {
            let mut gate = Gate { targets, marks: needs.marks, lists: 0 };
            let lists = needs.any_of.into_iter();
            for (at, list) in (0..).zip(lists.filter(|list| list.iter().all(|string| string.len() >= 3))) {
                gate.lists += 1;
                let wire = Wire::Pattern(number, at);
                self.strings.extend(list.into_iter().map(|string| (string.into_bytes(), wire)));
            }
            hirs.push(hir);
            if gate.lists == 0 {
                match ungated.iter_mut().find(|(marks, _)| *marks == needs.marks) {
                    Some((_, numbers)) => numbers.push(number),
                    None => ungated.push((needs.marks, vec![number])),
                }
            }
            gates.push(gate);
        }
        let patterns = Patterns::new(&hirs);
        Engine { patterns, gates, ungated, ..Engine::of_strings(self.strings) }
    }
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

    /// Adds the targets that strings of a text meet to those of the room; says whether a regex must be tried on it.
    pub(crate) fn look(&self, look: &Look<'_>, room: &mut Room) -> bool {
        let Room { given, open, met, .. } = room;
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
        open.sort_unstable();
        open.dedup();
        !open.is_empty()
    }

    /// Tries the regexes that the last look left open on a text, and adds the targets of those that match to what is met, or to what is
    /// unsure.
    pub(crate) fn try_open(&self, text: &[u8], room: &mut Room) {
        let Room { open, met, unsure, .. } = room;
        self.patterns.find(open, text, &mut |number, is_sure| {
            let targets = &self.gates[number as usize].targets;
            if is_sure { met.extend(targets) } else { unsure.extend(targets) }
        });
    }

    /// Opens the regexes of which all lists have a string in the text.
    fn open_given(&self, marks: u8, given: &mut Vec<(u32, u32)>, open: &mut Vec<u32>) {
        given.sort_unstable();
        given.dedup();
        for own in given.chunk_by(|one, two| one.0 == two.0) {
            let gate = &self.gates[own[0].0 as usize];
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
