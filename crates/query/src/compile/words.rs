//! Words of running text: as they are, as they were written, by their stem, with wildcards, with mistakes, from lists.

use std::sync::Arc;

use aboveboard_model::document::Zone;
use aboveboard_text::{Normal, Options, Token, TokenKind, is_unspaced, normalise};

use super::{OWN_ZONES, PHRASE_TOKENS_MAX, Site, Sought, Test, Words, Written};
use crate::diagnostic::{Code, Diagnostic};
use crate::fuzzy::Fuzzy;
use crate::glob::{Glob, Piece};
use crate::lists::Environment;
use crate::seek::{Form, Row, Seek, Wanted};
use crate::stem::Stem;
use crate::syntax::{Literal, Manner, Node, NodeKind};
use crate::text_pattern::TextPattern;

/// Most wildcards in one word or phrase.
pub const WILDCARDS_MAX: usize = 64;
/// Longest word of an unspaced script that may have mistakes, in letters.
pub const FUZZY_RUN_LETTERS_MAX: usize = 16;

impl Site<'_> {
    pub(super) fn words(&self, zones: &'static [Zone]) -> Result<Test, Diagnostic> {
        let sought = |seek: Seek| Test::Seek { zones, seek: Arc::new(seek) };
        match self.literal {
            Literal::Word { text, is_prefix: true } => match self.beginning(text, zones)? {
                Some(test) => Ok(test),
                None => self.pattern(&format!("{text}*"), &[text.len()], false, 0).map(sought),
            },
            Literal::Word { text, .. } => self.plain_words(text, 0, zones),
            Literal::Phrase { text, slop } => self.plain_words(text, *slop, zones),
            Literal::Pattern { text, wildcards, is_quoted, slop } => {
                self.pattern(text, wildcards, *is_quoted, *slop).map(sought)
            }
            Literal::Fuzzy { text, edits: 0 } => self.plain_words(text, 0, zones),
            Literal::Fuzzy { text, edits } => self.fuzzy(text, *edits).map(sought),
            Literal::Regex { source, flags } => {
                self.no_stem("a regular expression")?;
                let pattern = TextPattern::regex(source, flags, self.manner == Manner::Exact);
                Ok(sought(Seek::Pattern(Box::new(pattern.map_err(|reason| self.broken_regex(&reason))?))))
            }
            Literal::List { name } => {
                self.no_stem("a list")?;
                if self.manner == Manner::Exact {
                    return Err(self.unsupported("a list is never exact", "remove `exact:`"));
                }
                Ok(sought(Seek::List(self.list(name)?.clone())))
            }
            Literal::Range { .. } | Literal::Any | Literal::Near(_) => Err(self.no_range()),
        }
    }

    fn no_stem(&self, what: &str) -> Result<(), Diagnostic> {
        match self.manner {
            Manner::Stem | Manner::StemOf(_) => {
                Err(self.unsupported(&format!("{what} has no stem"), "remove `stem:`, or name a word"))
            }
            Manner::Folded | Manner::Exact => Ok(()),
        }
    }

    fn nothing(&self) -> Diagnostic {
        self.wrong(
            Code::NothingToFind,
            "there is no letter, digit or emoji here, so no word can match",
            "remove it or name a word",
        )
    }

    fn too_many(&self) -> Diagnostic {
        let message = format!("a phrase has at most {PHRASE_TOKENS_MAX} words");
        self.wrong(Code::TooManyTerms, message, "join shorter phrases with AND")
    }

    /// Words as they are written down: in the usual way as plain as can be, else each with its manner.
    fn plain_words(&self, text: &str, slop: u32, zones: &'static [Zone]) -> Result<Test, Diagnostic> {
        let normal = normalise(text, Options::SEARCH);
        let found: Vec<Token<'_>> = normal.sought_tokens().take(PHRASE_TOKENS_MAX + 1).collect();
        let Some(first) = found.first().map(|token| token.position) else { return Err(self.nothing()) };
        if found.len() > PHRASE_TOKENS_MAX {
            return Err(self.too_many());
        }
        if self.manner == Manner::Folded {
            let sought = |token: &Token<'_>| Sought {
                text: token.text.to_owned(),
                position: token.position - first,
                width: token.end_position() - token.position,
            };
            return Ok(Test::Words(Words {
                zones,
                tokens: found.iter().map(sought).collect(),
                is_prefix: false,
                slop,
            }));
        }
        let wanted = |token: &Token<'_>| {
            let written = &text[token.span.clone()];
            let form = match self.manner {
                Manner::Stem if token.kind == TokenKind::Word => Form::Stem(Stem::of(written, None)),
                Manner::StemOf(language) if token.kind == TokenKind::Word => {
                    Form::Stem(Stem::of(written, Some(language)))
                }
                _ => Form::Same(token.text.to_owned()),
            };
            let exact = (self.manner == Manner::Exact)
                .then(|| Form::Same(normalise(written, Options::LITERAL).text().to_owned()));
            Wanted { form, exact, position: token.position - first }
        };
        let seek = Seek::Row(Row { words: found.iter().map(wanted).collect(), slop });
        Ok(Test::Seek { zones, seek: Arc::new(seek) })
    }

    /// The beginning of a single word, which is the usual wildcard; `None` if it is more than that. At the end of a run of an
    /// unspaced script a star says nothing, since words are found inside it anyway.
    fn beginning(&self, text: &str, zones: &'static [Zone]) -> Result<Option<Test>, Diagnostic> {
        if self.manner != Manner::Folded {
            return Ok(None);
        }
        let normal = normalise(text, Options::SEARCH);
        let tokens: Vec<Token<'_>> = normal.sought_tokens().take(2).collect();
        match tokens.as_slice() {
            [only]
                if only.kind == TokenKind::Word
                    && only.place == (0..normal.text().len())
                    && is_plain(only.text) =>
            {
                let token = Sought { text: only.text.to_owned(), position: 0, width: 1 };
                Ok(Some(Test::Words(Words { zones, tokens: vec![token], is_prefix: true, slop: 0 })))
            }
            [_, ..] if normal.text().chars().all(is_unspaced) => self.plain_words(text, 0, zones).map(Some),
            _ => Ok(None),
        }
    }

    fn fuzzy(&self, text: &str, edits: u32) -> Result<Seek, Diagnostic> {
        self.no_stem("a word with mistakes")?;
        let normal = normalise(text, Options::SEARCH);
        let tokens: Vec<Token<'_>> = normal.sought_tokens().take(PHRASE_TOKENS_MAX + 1).collect();
        let Some(first) = tokens.first().map(|token| token.position) else { return Err(self.nothing()) };
        if tokens.len() > PHRASE_TOKENS_MAX {
            return Err(self.too_many());
        }
        if normal.text().chars().all(is_unspaced) {
            if normal.text().chars().count() > FUZZY_RUN_LETTERS_MAX {
                let message = format!(
                    "a word with mistakes has at most {FUZZY_RUN_LETTERS_MAX} letters in this script"
                );
                return Err(self.unsupported(&message, "shorten it"));
            }
            return Ok(Seek::Stretch(Fuzzy::of(normal.text(), edits)));
        }
        if tokens.iter().any(|token| matches!(token.kind, TokenKind::Character | TokenKind::Pair)) {
            return Err(
                self.unsupported("these are words of two kinds of script", "write `~` after each of them")
            );
        }
        let wanted = |token: &Token<'_>| {
            let literal = normalise(&text[token.span.clone()], Options::LITERAL).text().to_owned();
            let exact = (self.manner == Manner::Exact).then(|| Form::Fuzzy(Fuzzy::of(&literal, edits)));
            Wanted {
                form: Form::Fuzzy(Fuzzy::of(token.text, edits)),
                exact,
                position: token.position - first,
            }
        };
        Ok(Seek::Row(Row { words: tokens.iter().map(wanted).collect(), slop: 0 }))
    }

    /// Words with wildcards. One word that is more than letters and digits is also looked for as it stands, from the edge of a word
    /// to the edge of a word; so is one in an unspaced script.
    fn pattern(
        &self,
        text: &str,
        wildcards: &[usize],
        is_quoted: bool,
        slop: u32,
    ) -> Result<Seek, Diagnostic> {
        self.no_stem("a word with wildcards")?;
        if wildcards.len() > WILDCARDS_MAX {
            let message = format!("there are more than {WILDCARDS_MAX} wildcards here");
            return Err(self.wrong(Code::TooManyTerms, message, "use fewer, or a regular expression"));
        }
        let marked = Placed::of(text, wildcards);
        let normal = normalise(&marked.text, Options::SEARCH);
        let found: Vec<Token<'_>> = normal.sought_tokens().take(PHRASE_TOKENS_MAX + 1).collect();
        let Some(first) = found.first().map(|token| token.position) else { return Err(self.nothing()) };
        if found.len() > PHRASE_TOKENS_MAX {
            return Err(self.too_many());
        }
        let is_exact = self.manner == Manner::Exact;
        let wanted = |token: &Token<'_>| {
            let literal = normalise(&marked.text[token.span.clone()], Options::LITERAL);
            Wanted {
                form: marked.form(token.text),
                exact: is_exact.then(|| marked.form(literal.text())),
                position: token.position - first,
            }
        };
        let row = Row { words: found.iter().map(wanted).collect(), slop };
        let is_alone = |wanted: &Wanted| match &wanted.form {
            Form::Any => true,
            Form::Glob(glob) => glob.longest().is_none(),
            _ => false,
        };
        if is_quoted && text.chars().any(char::is_whitespace) {
            return Ok(Seek::Row(row));
        }
        let is_run = normal.text().chars().any(is_unspaced);
        if row.words.len() == 1 && is_plain(found[0].text) && !is_run {
            return Ok(Seek::Row(row));
        }
        let pattern = match is_exact {
            true => TextPattern::written(marked.running(&normalise(&marked.text, Options::LITERAL))),
            false => TextPattern::normal(marked.running(&normal), marked.needs(&normal)),
        };
        let pattern = Seek::Pattern(Box::new(pattern.map_err(|reason| self.broken_regex(&reason))?));
        if is_run || row.words.iter().any(is_alone) {
            return Ok(pattern);
        }
        Ok(Seek::Besides(Box::new(Seek::Row(row)), Box::new(pattern)))
    }
}

/// The text without what is part of no token on either side.
fn tokens_of(normal: &Normal) -> &str {
    let text = normal.text();
    let is_edge = |c: char| !c.is_alphanumeric() && !crate::text_pattern::is_mark(c);
    let (start, end) =
        (text.len() - text.trim_start_matches(is_edge).len(), text.trim_end_matches(is_edge).len());
    // An emoji is a token without being a letter; a long word is one of which the token is only the beginning.
    let places = normal.sought_tokens().map(|token| token.place);
    let (start, end) = places.fold((start, end), |(start, end), at| (start.min(at.start), end.max(at.end)));
    &text[start..end]
}

/// Whether a token is letters and digits, so that no punctuation can part it elsewhere.
fn is_plain(token: &str) -> bool {
    token.chars().all(|c| c == '_' || !c.is_ascii_punctuation())
}

/// A text in which letters that it does not have stand for its wildcards, so that they hold words together as letters do.
struct Placed {
    text: String,
    many: char,
    one: char,
}

impl Placed {
    fn of(text: &str, wildcards: &[usize]) -> Self {
        // Runic letters, of which nobody uses all.
        let mut free = ('\u{16A0}'..='\u{16EA}').filter(|c| !text.contains(*c));
        let (many, one) = (free.next().unwrap_or('\u{16A0}'), free.next().unwrap_or('\u{16A1}'));
        let letter = |(at, c): (usize, char)| match c {
            '*' if wildcards.contains(&at) => many,
            '?' if wildcards.contains(&at) => one,
            c => c,
        };
        Self { text: text.char_indices().map(letter).collect(), many, one }
    }

    fn piece(&self, c: char) -> Piece {
        match c {
            c if c == self.many => Piece::Many,
            c if c == self.one => Piece::One,
            c => Piece::Letter(c),
        }
    }

    /// How a token is compared.
    fn form(&self, token: &str) -> Form {
        let pieces: Vec<Piece> = token.chars().map(|c| self.piece(c)).collect();
        if pieces.iter().all(|piece| *piece == Piece::Many) {
            Form::Any
        } else if pieces.iter().all(|piece| matches!(piece, Piece::Letter(_))) {
            Form::Same(token.to_owned())
        } else {
            Form::Glob(Glob::of(pieces.into_iter()))
        }
    }

    /// A regular expression for one word as it stands, between edges of words.
    fn running(&self, normal: &Normal) -> String {
        let pieces: Vec<Piece> = tokens_of(normal).chars().map(|c| self.piece(c)).collect();
        let is_in_run = |at: Option<usize>| {
            at.and_then(|at| pieces.get(at))
                .is_some_and(|piece| matches!(piece, Piece::Letter(c) if is_unspaced(*c)))
        };
        let last = pieces.len().saturating_sub(1);
        let mut source = String::new();
        for (at, piece) in pieces.iter().enumerate() {
            let beside_run = is_in_run(at.checked_sub(1)) || is_in_run(Some(at + 1));
            let letter = if beside_run { "\\w" } else { "\\S" };
            let is_word =
                |piece: &Piece| !matches!(piece, Piece::Letter(c) if is_unspaced(*c) || !c.is_alphanumeric());
            if at == 0 && is_word(piece) && !beside_run && *piece != Piece::Many {
                source.push_str("\\b{start-half}");
            }
            match piece {
                Piece::Many if beside_run && (at == 0 || at == last) => {}
                Piece::Many if beside_run => source.push_str("\\w*?"),
                Piece::Many if at == 0 => source.push_str("(?:\\b{start}\\S*)?"),
                Piece::Many if at == last => source.push_str("(?:\\S*\\b{end})?"),
                Piece::Many => source.push_str("\\S*"),
                Piece::One => source.push_str(letter),
                Piece::Letter(c) => source.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
            if at == last && is_word(piece) && !beside_run && *piece != Piece::Many {
                source.push_str("\\b{end-half}");
            }
        }
        source
    }

    /// What every place has: runs of letters that stand together in one token.
    fn needs(&self, normal: &Normal) -> Vec<Vec<String>> {
        let mut runs = vec![String::new()];
        for c in normal.text().chars() {
            if c.is_ascii_alphanumeric() {
                runs.iter_mut().next_back().into_iter().for_each(|run| run.push(c));
            } else if is_unspaced(c) {
                runs.push(c.to_string());
                runs.push(String::new());
            } else {
                runs.push(String::new());
            }
        }
        runs.into_iter().filter(|run| !run.is_empty()).map(|run| vec![run]).collect()
    }
}

/// An entry of a list as a test of what people wrote.
pub(crate) fn entry(text: &str, wildcards: &[usize], slop: u32) -> Option<Test> {
    let literal = match wildcards {
        [] => Literal::Phrase { text: text.to_owned(), slop },
        [at] if *at + 1 == text.len()
            && text.ends_with('*')
            && slop == 0
            && !text.contains(char::is_whitespace) =>
        {
            Literal::Word { text: text[..*at].to_owned(), is_prefix: true }
        }
        _ => Literal::Pattern { text: text.to_owned(), wildcards: wildcards.to_vec(), is_quoted: true, slop },
    };
    let (written, environment) = (Written { whole: 0..0, ends: [0..0, 0..0] }, Environment::default());
    let site =
        Site { manner: Manner::Folded, literal: &literal, written: &written, environment: &environment };
    site.words(OWN_ZONES).ok()
}

/// Plain words as a row.
pub(crate) fn row_of(words: Words) -> Seek {
    let last = words.tokens.len() - 1;
    let wanted = |(at, token): (usize, Sought)| {
        let is_prefix = words.is_prefix && at == last;
        let form = if is_prefix {
            Form::Glob(Glob::of(token.text.chars().map(Piece::Letter).chain([Piece::Many])))
        } else {
            Form::Same(token.text)
        };
        Wanted { form, exact: None, position: token.position }
    };
    Seek::Row(Row { words: words.tokens.into_iter().enumerate().map(wanted).collect(), slop: words.slop })
}

/// What a side of a proximity looks for and where; `None` if it is no words.
pub(crate) fn seek_of(node: &Node) -> Option<(Vec<Zone>, Seek)> {
    match &node.kind {
        NodeKind::Leaf(leaf) => match &leaf.test {
            Test::Words(words) => Some((words.zones.to_vec(), row_of(words.clone()))),
            Test::Seek { zones, seek } => Some((zones.to_vec(), Seek::clone(seek))),
            _ => None,
        },
        NodeKind::Or(nodes) => {
            let sides: Vec<(Vec<Zone>, Seek)> = nodes.iter().map(seek_of).collect::<Option<_>>()?;
            let zones = sides.first()?.0.clone();
            let is_one_place = sides.iter().all(|side| side.0 == zones);
            is_one_place.then(|| (zones, Seek::Any(sides.into_iter().map(|side| side.1).collect())))
        }
        NodeKind::And(_) | NodeKind::Not(_) => None,
    }
}
