//! What announces a regular expression where many are looked for together, and what finding it by itself costs.

use std::sync::OnceLock;

use aboveboard_text::{Normal, Options, line_of_run, normalise};
use regex_syntax::hir::Hir;

use crate::needs::Needs;
use crate::patterns::Alone;
use crate::shadow;
use crate::text_pattern::is_shifting;

/// Bytes of a text that a pattern reads in a step, and states that it looks at in one where an automaton is of no use.
pub(crate) const BYTES_A_STEP: u64 = 16;
const STATES_A_STEP: u64 = 4;
/// Bytes of a text times states of an automaton up to which it does not matter whether one is of use.
const UNCOUNTED: u64 = 1 << 22;

/// A regular expression as automata over many read it: it finds no less in the shadows of a text and its normal form than the expression in
/// these.
#[derive(Debug)]
pub(crate) struct Herald {
    /// Of two with the same name one is enough.
    pub(crate) name: String,
    pub(crate) shadow: Hir,
    /// What must stand in the text; the strings in its line.
    pub(crate) needs: Needs,
    /// Its automaton by itself, made when it is first asked for; nothing where that is too large.
    alone: OnceLock<Option<Alone>>,
}

impl PartialEq for Herald {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// What looking for a pattern in a text costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// So many steps, and it is not there.
    Absent(u64),
    /// So many steps.
    Steps(u64),
}

impl Herald {
    /// Of an expression's shadow, and the expression as it was written.
    pub(crate) fn new(name: String, shadow: Hir, written: &Hir) -> Self {
        Self { name, shadow, needs: in_line(&Needs::of(written)), alone: OnceLock::new() }
    }

    /// What it costs to find the expression's places in a text. Where much may be to do for each byte an automaton is tried first: mostly
    /// it goes through the text as quickly as any other, and only where it does not all that may be to do is counted.
    pub(crate) fn cost<'n>(&self, written: &str, normal: impl FnOnce() -> &'n Normal) -> Cost {
        let bytes = written.len() as u64;
        let read = bytes / BYTES_A_STEP;
        let all = bytes.saturating_mul(shadow::states(&self.shadow));
        if all <= UNCOUNTED {
            return Cost::Steps(read);
        }
        let alone = self.alone.get_or_init(|| Alone::new(&self.shadow));
        let mut shadow = Vec::new();
        let mut is_in = |text: &str| {
            shadow::cast(text, &mut shadow);
            alone.as_ref().and_then(|alone| alone.is_in(&shadow))
        };
        let is_in = match is_in(written) {
            Some(false) if !written.is_ascii() => is_in(normal().text()),
            known => known,
        };
        match is_in {
            Some(false) => Cost::Absent(read),
            Some(true) => Cost::Steps(read),
            None => Cost::Steps(all / STATES_A_STEP),
        }
    }
}

/// What is needed, with of each string what stands in the line of every text that it stands in; nothing of those lists of which one string
/// stands in none.
fn in_line(needs: &Needs) -> Needs {
    let lines = |list: &Vec<String>| -> Option<Vec<String>> {
        list.iter().map(|string| Some(line_of(string)).filter(|line| !line.is_empty())).collect()
    };
    Needs { marks: needs.marks, any_of: needs.any_of.iter().filter_map(lines).collect() }
}

/// The longest stretch of a string that stands in a line as it is.
fn line_of(string: &str) -> String {
    let mut runs = vec![String::new()];
    for c in string.chars() {
        let normal = normalise(c.encode_utf8(&mut [0; 4]), Options::SEARCH);
        let normal = normal.text();
        let is_letters = !normal.is_empty() && normal.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if c.is_ascii() || is_letters && !is_shifting(c) {
            runs.iter_mut().next_back().into_iter().for_each(|run| run.push_str(normal));
        } else {
            runs.push(String::new());
        }
    }
    runs.iter().map(|run| line_of_run(run)).max_by_key(String::len).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_string_what_stands_in_a_line_whatever_is_beside_it_is_looked_for() {
        for (string, line) in [
            ("bit.ly", "bit ly"),
            ("https://", "https"),
            ("-----begin ", "begin"),
            ("são joão", "sao joao"),
            ("наличные pix", "pix"),
            ("straße", "strasse"),
            ("客户", ""),
            ("://", ""),
        ] {
            assert_eq!(line_of(string), line, "{string}");
        }
    }

    #[test]
    fn an_expression_costs_much_only_where_an_automaton_is_of_no_use() {
        let cost = |regex: &str, text: &str| {
            let hir = regex_syntax::parse(regex).unwrap();
            let normal = normalise(text, Options::SEARCH);
            Herald::new(String::new(), shadow::of_regex(&hir), &hir).cost(text, || &normal)
        };
        let long = "ab ".repeat(1 << 20);
        let read = long.len() as u64 / BYTES_A_STEP;
        assert_eq!(cost("a+c", "ab"), Cost::Steps(0));
        assert_eq!(cost("a+b", &long), Cost::Steps(read));
        assert_eq!(cost("a+c", &long), Cost::Absent(read));
        assert_eq!(cost("a+c", &(long.clone() + "á\u{301}c")), Cost::Steps(read));
        let mut scattered = 1_u32;
        let hard = std::iter::repeat_with(|| {
            scattered = scattered.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if scattered >> 31 == 0 { 'a' } else { 'b' }
        });
        let hard: String = hard.take(1 << 17).collect();
        assert_eq!(cost("a[ab]{2000}c", &hard), Cost::Steps((2_004 << 17) / STATES_A_STEP));
    }
}
