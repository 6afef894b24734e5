//! What a query may name: lists of words, macros, and the time it is asked at.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use crate::compile::{self, Test, Words, keyword_form};
use crate::diagnostic::nearest;
use crate::glob::Glob;
use crate::matching::phrase;
use crate::reading::ZoneReading;
use crate::scan::Scanner;
use crate::seek::{Place, Seek};
use crate::stem::Spoken;

/// Most entries of one list.
pub const LIST_ENTRIES_MAX: usize = 100_000;
/// Most entries of one list that have wildcards elsewhere than at the end of a single word: each is looked for on its own.
pub const LIST_PATTERNS_MAX: usize = 1_000;
/// Longest entry, in bytes.
pub const LIST_ENTRY_BYTES_MAX: usize = 1_024;
/// Longest text of a list, in bytes.
pub const LIST_BYTES_MAX: usize = 8 << 20;

/// Entries with one longest word among which repetitions are looked for.
const REPEATS_LOOKED_AT_MAX: usize = 64;

/// What queries may name. Nothing is read from elsewhere: a query is what its text and its environment say.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// What `now` is. Without it `now` is when a document was written, or what its reading says.
    pub now: Option<Timestamp>,
    /// Lists by name, `@name`.
    pub lists: Lists,
    /// Parts of queries by name, `$name`.
    pub macros: BTreeMap<String, String>,
}

/// Lists by name; whatever the case.
#[derive(Clone, Debug, Default)]
pub struct Lists(BTreeMap<String, Arc<Lexicon>>);

impl Lists {
    /// Adds a list, or puts it in the place of another.
    pub fn insert(&mut self, name: &str, lexicon: Lexicon) {
        self.0.insert(name.to_lowercase(), Arc::new(lexicon));
    }

    /// The list of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Lexicon>> {
        self.0.get(&name.to_lowercase())
    }

    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.0.keys().map(String::as_str))
    }
}

/// Why entries are no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListProblem {
    /// There are more than [`LIST_ENTRIES_MAX`], or [`LIST_BYTES_MAX`].
    TooMany,
    /// This one, counted from 0, is longer than [`LIST_ENTRY_BYTES_MAX`].
    TooLong(usize),
    /// More than [`LIST_PATTERNS_MAX`] have wildcards that must be looked for one by one.
    TooManyPatterns,
}

/// A list, ready for any number of queries: words, phrases, and either with wildcards; or values of a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lexicon {
    entries: Vec<String>,
    /// Words and phrases by their longest token.
    rows: HashMap<String, Vec<Words>>,
    /// Beginnings of words, and the length of the longest in bytes.
    prefixes: HashSet<String>,
    prefix_bytes_max: usize,
    patterns: Vec<Seek>,
    /// As values of a field.
    forms: HashSet<String>,
    globs: Vec<Glob>,
}

impl Lexicon {
    /// A list of entries. Each is a word or phrase, in which `*` and `?` are wildcards as in a query, or a phrase in quotation marks
    /// with a distance, `"a b"~5`. One without any letter or digit finds nothing.
    ///
    /// # Errors
    /// Why it is too large.
    pub fn new<T: AsRef<str>>(entries: impl IntoIterator<Item = T>) -> Result<Self, ListProblem> {
        let mut lexicon = Self::default();
        let mut bytes = 0;
        for (number, entry) in entries.into_iter().enumerate() {
            let entry = entry.as_ref().trim();
            bytes += entry.len();
            if number >= LIST_ENTRIES_MAX || bytes > LIST_BYTES_MAX {
                return Err(ListProblem::TooMany);
            }
            if entry.len() > LIST_ENTRY_BYTES_MAX {
                return Err(ListProblem::TooLong(number));
            }
            lexicon.add(entry);
            if lexicon.patterns.len() > LIST_PATTERNS_MAX || lexicon.globs.len() > LIST_ENTRIES_MAX {
                return Err(ListProblem::TooManyPatterns);
            }
        }
        Ok(lexicon)
    }

    /// A list from a text with one entry a line: the first column of a CSV, with or without quotation marks. Lines that are empty
    /// or begin with `#` are no entries.
    ///
    /// # Errors
    /// As of [`Lexicon::new`].
    pub fn of_lines(text: &str) -> Result<Self, ListProblem> {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        Self::new(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(first_column))
    }

    /// How many entries it has.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn add(&mut self, entry: &str) {
        let mut scanner = Scanner::new(entry);
        let quoted = if entry.starts_with('"') { scanner.quoted().ok() } else { None };
        let (marked, slop) = match quoted {
            Some((marked, _)) => {
                let slop = scanner.eat("~").and_then(|_| scanner.number().parse().ok()).unwrap_or(0);
                (marked, u32::min(slop, crate::SLOP_MAX))
            }
            None => (Scanner::new(&entry.replace('"', "")).marked(None).unwrap_or_default(), 0),
        };
        let form = keyword_form(&marked.text);
        if form.is_empty() {
            return;
        }
        self.entries.push(entry.to_owned());
        if marked.wildcards.is_empty() {
            self.forms.insert(form);
        } else {
            self.globs.push(compile::keyword_glob(&marked.text, &marked.wildcards));
        }
        match compile::entry(&marked.text, &marked.wildcards, slop) {
            Some(Test::Words(words)) if words.is_prefix && words.tokens.len() == 1 => {
                let prefix = words.tokens[0].text.clone();
                self.prefix_bytes_max = self.prefix_bytes_max.max(prefix.len());
                self.prefixes.insert(prefix);
            }
            Some(Test::Words(words)) if words.slop == 0 && !words.is_prefix => {
                let Some(key) = words.tokens.iter().max_by_key(|token| token.text.len()) else { return };
                let rows = self.rows.entry(key.text.clone()).or_default();
                if rows.len() > REPEATS_LOOKED_AT_MAX || !rows.contains(&words) {
                    rows.push(words);
                }
            }
            Some(Test::Words(words)) => self.patterns.push(compile::row_of(words)),
            Some(Test::Seek { seek, .. }) => self.patterns.push(Seek::clone(&seek)),
            _ => {}
        }
    }

    /// Whether a value of a field, in its form, is an entry.
    pub(crate) fn holds(&self, form: &str) -> bool {
        self.forms.contains(form) || self.globs.iter().any(|glob| glob.fits(form))
    }

    /// The places of all entries in a zone, so many at least if there are. Each word is looked up once.
    pub(crate) fn places(&self, zone: &ZoneReading<'_>, spoken: Spoken, most: usize) -> Vec<Place> {
        let mut places = Vec::new();
        let mut known: HashMap<&str, Cow<'_, [u32]>> = HashMap::new();
        for (text, found) in zone.distinct() {
            zone.spend(1);
            if places.len() >= most || zone.is_spent() {
                break;
            }
            if self.has_prefix_of(text) {
                places.extend(found.iter().map(|&at| zone.place_of(at, at)));
            }
            for words in self.rows.get(text).into_iter().flatten() {
                let mut occurrences = Vec::with_capacity(words.tokens.len());
                for token in &words.tokens {
                    zone.spend(1);
                    let found =
                        known.entry(&token.text).or_insert_with(|| zone.occurrences(&token.text, false));
                    if found.is_empty() {
                        break;
                    }
                    occurrences.push(found.clone());
                }
                if occurrences.len() < words.tokens.len() {
                    continue;
                }
                phrase(|at| words.tokens[at].position, &occurrences, zone, &mut |found| {
                    if let [first, .., last] | [first @ last] = *found {
                        places.push(zone.place_of(first, last));
                    }
                    places.len() < most
                });
            }
        }
        places.extend(self.patterns.iter().flat_map(|pattern| pattern.places(zone, spoken, most)));
        places
    }

    fn has_prefix_of(&self, text: &str) -> bool {
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
        !self.prefixes.is_empty()
            && ends
                .take_while(|end| *end <= self.prefix_bytes_max)
                .any(|end| self.prefixes.contains(&text[..end]))
    }

    /// Words and phrases, beginnings, and all else that is looked for.
    pub(crate) fn parts(&self) -> (impl Iterator<Item = &Words>, impl Iterator<Item = &String>, &[Seek]) {
        (self.rows.values().flatten(), self.prefixes.iter(), &self.patterns)
    }

    /// Values of a field without wildcards, and whether those are all.
    pub(crate) fn forms(&self) -> (impl Iterator<Item = &String>, bool) {
        (self.forms.iter(), self.globs.is_empty())
    }

    pub(crate) fn globs(&self) -> &[Glob] {
        &self.globs
    }
}

/// The first column of a line of a CSV; a line that begins with a phrase and a distance is an entry as it stands.
fn first_column(line: &str) -> String {
    let Some(rest) = line.strip_prefix('"') else {
        return line.split([',', ';', '\t']).next().unwrap_or_default().to_owned();
    };
    let mut column = String::new();
    let mut rest = rest.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if rest.peek() == Some(&'"') => column.extend(rest.next()),
            '"' if rest.peek() == Some(&'~') => return line.to_owned(),
            '"' => break,
            c => column.push(c),
        }
    }
    column
}
