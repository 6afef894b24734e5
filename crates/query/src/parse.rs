//! The grammar: from the text of a query to its tree, finding every mistake at once.
//!
//! ```text
//! query   = and { OR and }
//! and     = unary { [AND] unary }
//! unary   = { NOT | "!" | "-" | "+" } near
//! near    = primary { (NEAR/n | W/n | PRE/n | FOLLOWEDBY/n) primary }
//! primary = "(" query ")" | field ":" value | field compare | value | "$" name | (exact | stem | stem.xx) ":" primary
//! value   = word ["~" [n]] | phrase ["~" n] | "/" regex "/" | "@" name | range | compare | "*" | "(" query ")"
//! range   = ("[" | "{") end TO end ("]" | "}")          compare = (">=" | ">" | "<=" | "<") end
//! ```

mod names;
mod near;
mod value;

use std::ops::Range;

use aboveboard_model::document::{Field, FieldType};

use crate::diagnostic::{Code, Diagnostic, Help, Severity, nearest, quoted};
use crate::judge;
use crate::lists::Environment;
use crate::scan::{Operator, Scanner, Word, WordOf, reads_as_operator};
use crate::syntax::{Literal, Manner, Node, NodeKind, Scope};

pub use names::MACRO_DEPTH_MAX;
pub use near::NEAR_DEPTH_MAX;

/// Longest query, in bytes.
pub const QUERY_BYTES_MAX: usize = 64 << 10;
/// Deepest nesting of parentheses and NOTs.
pub const DEPTH_MAX: usize = 64;
/// Most terms, phrases and ranges in one query.
pub const TERMS_MAX: usize = 4096;
/// Most regular expressions and words with inner wildcards in one query: each is compiled.
pub const PATTERNS_MAX: usize = 256;
/// Most memory that these may take together when they are compiled, in bytes.
pub const QUERY_PATTERN_BYTES_MAX: usize = 32 << 20;
/// Most a phrase's words may be out of place, in positions.
pub const SLOP_MAX: u32 = 1000;
/// Most diagnostics given for one query; further mistakes show once these are mended.
pub const DIAGNOSTICS_MAX: usize = 32;

/// What a query's text came to: its tree, unless something is wrong, and everything that is wrong or odd.
pub(crate) fn parse(text: &str, environment: &Environment) -> (Option<Node>, Vec<Diagnostic>) {
    if text.len() > QUERY_BYTES_MAX {
        let message = format!("this query is {} bytes long, the limit is {QUERY_BYTES_MAX}", text.len());
        let end = text.floor_char_boundary(QUERY_BYTES_MAX);
        return (None, vec![Diagnostic::new(Code::TooLong, end..text.len(), message)]);
    }
    let mut parser = Parser {
        scanner: Scanner::new(text),
        environment,
        manner: Manner::Folded,
        macros: Vec::new(),
        depth: 0,
        terms: 0,
        patterns: 0,
        pattern_bytes: 0,
        diagnostics: Vec::new(),
    };
    let node = parser.whole();
    if let Some(node) = node.as_ref().filter(|node| node.kind.depth() > DEPTH_MAX) {
        parser.too_deep(node.span.clone()); // A set can be one level deeper than it is written.
    }
    if parser.diagnostics.iter().all(|diagnostic| diagnostic.severity() != Severity::Error) {
        let odd = node.iter().flat_map(judge::odd);
        odd.for_each(|diagnostic| parser.report(diagnostic));
    }
    let is_broken = parser.diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error);
    parser.diagnostics.truncate(DIAGNOSTICS_MAX);
    (node.filter(|_| !is_broken), parser.diagnostics)
}

struct Parser<'q> {
    scanner: Scanner<'q>,
    environment: &'q Environment,
    /// How the words that are being read are to be compared.
    manner: Manner,
    /// The parts of queries that the parser is in, by name.
    macros: Vec<String>,
    depth: usize,
    terms: usize,
    patterns: usize,
    pattern_bytes: usize,
    diagnostics: Vec<Diagnostic>,
}

/// The field whose parentheses the parser is in, if any.
type Within<'a> = Option<&'a Scope>;

impl Parser<'_> {
    /// Notes a mistake, or a warning while there is room: warnings leave half of the places to mistakes.
    fn report(&mut self, diagnostic: Diagnostic) {
        if diagnostic.severity() == Severity::Error || self.diagnostics.len() < DIAGNOSTICS_MAX / 2 {
            self.diagnostics.push(diagnostic);
        }
        if self.diagnostics.len() >= DIAGNOSTICS_MAX {
            self.scanner.stop();
        }
    }

    fn wrong(&mut self, code: Code, span: Range<usize>, message: impl Into<String>, help: impl Into<Help>) {
        self.report(Diagnostic::new(code, span, message).with_help(help));
    }

    fn whole(&mut self) -> Option<Node> {
        self.whole_within(None)
    }

    fn whole_within(&mut self, within: Within) -> Option<Node> {
        let mut nodes = Vec::new();
        loop {
            nodes.extend(self.any(within));
            self.scanner.skip_spaces();
            if self.scanner.peek().is_none() {
                break;
            }
            let closing = self.scanner.bump();
            self.wrong(
                Code::Unbalanced,
                closing,
                "this parenthesis closes nothing",
                "remove it, or write `\\)` to mean the character",
            );
        }
        if nodes.is_empty() && self.diagnostics.is_empty() {
            let help = "write a word, or `*` for everything";
            self.wrong(Code::Empty, 0..self.scanner.at(), "this query asks for nothing", help);
        }
        Node::all_of(nodes)
    }

    /// Alternatives parted by OR, and what a `+` requires besides: that must hold, whichever alternative does.
    fn any(&mut self, within: Within) -> Option<Node> {
        let (mut alternatives, mut required) = (Vec::new(), Vec::new());
        let mut is_settled = false;
        let mut after_or: Option<Range<usize>> = None;
        loop {
            let (mistakes, known) = (self.diagnostics.len(), required.len());
            let alternative = self.all(within, &mut required);
            let is_required = alternative.is_none() && required.len() > known;
            is_settled |= is_required;
            let is_missing = alternative.is_none() && !is_required && self.diagnostics.len() == mistakes;
            alternatives.extend(alternative);
            self.scanner.skip_spaces();
            let or = self
                .scanner
                .operator()
                .filter(|(operator, _)| *operator == Operator::Or)
                .map(|(_, span)| span);
            if let Some(span) = or.clone().or_else(|| after_or.clone()).filter(|_| is_missing) {
                self.missing_operand(span, "OR");
            }
            let Some(span) = or else { break };
            self.scanner.pass(&span);
            after_or = Some(span);
        }
        required.extend(self.undecided(alternatives, is_settled));
        required.sort_by_key(|node| node.span.start);
        Node::all_of(required)
    }

    /// Any of these alternatives; none, and that is said, where one of them is no more than what is required anyway.
    fn undecided(&mut self, alternatives: Vec<Node>, is_settled: bool) -> Option<Node> {
        for one in alternatives.iter().filter(|_| is_settled) {
            let message = "beside what `+` requires this decides nothing";
            self.wrong(Code::Undecided, one.span.clone(), message, "remove it, or the `+`");
        }
        Node::any_of(alternatives).filter(|_| !is_settled)
    }

    /// Operands side by side or parted by AND: all must hold. Side by side in the parentheses of a field that is not text they are
    /// a set, of which any must hold, but for the negated ones. What has a `+` is added to what is required instead.
    fn all(&mut self, within: Within, required: &mut Vec<Node>) -> Option<Node> {
        let is_set = within.is_some_and(|scope| !is_text(scope));
        let (mut groups, mut excluded): (Vec<Vec<Node>>, Vec<Node>) = (Vec::new(), Vec::new());
        let mut pending: Option<Range<usize>> = None;
        let mut has_operand = false;
        loop {
            self.scanner.skip_spaces();
            match self.scanner.operator() {
                Some((Operator::Or, _)) => break,
                Some((Operator::And, span)) => {
                    if !has_operand || pending.is_some() {
                        self.missing_operand(span.clone(), "AND");
                    }
                    self.scanner.pass(&span);
                    pending = Some(span);
                    continue;
                }
                Some((Operator::Not, _)) | None => {}
            }
            if matches!(self.scanner.peek(), None | Some(')')) {
                break;
            }
            has_operand = true;
            let is_joined = pending.take().is_some() || !is_set;
            let is_required = self.is_sign('+');
            let Some(node) = self.unary(within) else { continue };
            let node = if is_required {
                required.push(node);
                None
            } else {
                Some(node)
            };
            match (node, groups.last_mut()) {
                (node, Some(group)) if is_joined => group.extend(node),
                (Some(node), _) if is_set && matches!(node.kind, NodeKind::Not(_)) => excluded.push(node),
                (node, _) => groups.push(node.into_iter().collect()),
            }
        }
        if let Some(span) = pending.filter(|_| has_operand) {
            self.missing_operand(span, "AND");
        }
        let is_settled = groups.iter().any(Vec::is_empty);
        let included = self.undecided(groups.into_iter().filter_map(Node::all_of).collect(), is_settled);
        Node::all_of(included.into_iter().chain(excluded).collect())
    }

    fn missing_operand(&mut self, span: Range<usize>, operator: &str) {
        let help = format!("write what {operator} joins, or put it in quotes to mean the word");
        self.wrong(Code::MissingOperand, span, format!("there is nothing for {operator} to work on"), help);
    }

    /// Whether this sign stands here, tight before something.
    fn is_sign(&self, sign: char) -> bool {
        self.scanner.peek() == Some(sign) && self.scanner.peek_second().is_some_and(|c| !c.is_whitespace())
    }

    fn unary(&mut self, within: Within) -> Option<Node> {
        self.scanner.skip_spaces();
        if self.is_sign('+') {
            self.scanner.bump();
            return self.nested(self.scanner.at(), |parser| parser.unary(within));
        }
        let is_negative_number = self.scanner.peek_second().is_some_and(|c| c.is_ascii_digit())
            && within.is_some_and(|scope| !is_text(scope));
        let span = match self.scanner.operator() {
            Some((Operator::Not, span)) => span,
            _ if self.is_sign('-') && !is_negative_number => self.scanner.at()..self.scanner.at() + 1,
            _ => return self.near(within),
        };
        self.scanner.pass(&span);
        self.scanner.skip_spaces();
        let is_missing = matches!(self.scanner.peek(), None | Some(')'))
            || self.scanner.operator().is_some_and(|(operator, _)| operator != Operator::Not);
        if is_missing {
            self.missing_operand(span, "NOT");
            return None;
        }
        let node = self.nested(span.start, |parser| parser.unary(within))?;
        Some(Node { span: span.start..node.span.end, kind: NodeKind::Not(Box::new(node)) })
    }

    /// Reads something one level deeper, unless that is too deep.
    fn nested(&mut self, at: usize, read: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        if self.depth == DEPTH_MAX {
            self.too_deep(at..self.scanner.at());
            self.scanner.stop();
            return None;
        }
        self.depth += 1;
        let node = read(self);
        self.depth -= 1;
        node
    }

    fn too_deep(&mut self, span: Range<usize>) {
        let message = format!("this is nested more than {DEPTH_MAX} deep");
        self.report(Diagnostic::new(Code::TooDeep, span, message));
    }

    fn primary(&mut self, within: Within) -> Option<Node> {
        let node = self.primary_alone(within);
        self.boost();
        node
    }

    fn primary_alone(&mut self, within: Within) -> Option<Node> {
        let words = Scope::Words;
        let scope = within.unwrap_or(&words);
        if let Some(manner) = self.manner() {
            let start = self.scanner.at();
            let node =
                self.in_manner(manner?, |parser| parser.nested(start, |parser| parser.primary(within)));
            return node;
        }
        if self.names_macro() {
            return self.named_part(within);
        }
        match self.scanner.peek()? {
            '(' => self.parentheses(within),
            '"' | '[' | '{' | '/' => self.value(scope),
            '<' | '>' if within.is_some() => self.value(scope),
            '<' | '>' | '~' | '^' | ':' | ']' | '}' => {
                let span = self.scanner.bump();
                let message = "this has nothing before it to belong to";
                self.wrong(
                    Code::MissingOperand,
                    span,
                    message,
                    "put it in quotes or write `\\` before it to mean the character",
                );
                None
            }
            _ if within.is_some() => self.value(scope),
            _ => self.word_or_field(),
        }
    }

    fn parentheses(&mut self, within: Within) -> Option<Node> {
        let open = self.scanner.bump();
        let mistakes = self.diagnostics.len();
        let inner = self.nested(open.start, |parser| parser.any(within));
        self.scanner.skip_spaces();
        let Some(close) = self.scanner.eat(")") else {
            if self.diagnostics.last().is_none_or(|last| last.code != Code::TooDeep) {
                self.wrong(Code::Unbalanced, open, "this parenthesis is never closed", "add `)`");
            }
            return None;
        };
        if inner.is_none() && self.diagnostics.len() == mistakes {
            let span = open.start..close.end;
            self.wrong(
                Code::MissingOperand,
                span,
                "these parentheses are empty",
                "write something between them or remove them",
            );
        }
        inner
    }

    /// A bare word, or a field with its value.
    fn word_or_field(&mut self) -> Option<Node> {
        let word = self.scanner.word(WordOf::Query);
        if let Some(colon) = self.scanner.eat(":") {
            match self.scanner.source(&word.span) {
                "*" if self.scanner.peek() == Some('*') => {
                    self.scanner.bump();
                    return self.leaf(&Scope::Words, Literal::Any, word.span.start..self.scanner.at());
                }
                "_exists_" => return self.exists(word.span.start..colon.end),
                _ => {}
            }
            let name = if word.wildcards.is_empty() { &word.text } else { self.scanner.source(&word.span) };
            let scope = self.scope(name, word.span.clone());
            return self.field_value(scope, word.span.start..colon.end);
        }
        let end = self.scanner.at();
        self.scanner.skip_spaces();
        if matches!(self.scanner.peek(), Some('<' | '>')) && word.wildcards.is_empty() {
            let scope = self.scope(&word.text, word.span.clone());
            return self.field_value(scope, word.span);
        }
        self.scanner.pass(&(end..end));
        self.warn_of_lower_case(&word);
        self.word_literal(&Scope::Words, word)
    }

    /// What follows a field; an unknown field (`None`, already reported) is read over.
    fn field_value(&mut self, scope: Option<Scope>, name: Range<usize>) -> Option<Node> {
        self.scanner.skip_spaces();
        let is_spaced = self.scanner.at() > name.end;
        let is_missing = match self.scanner.peek() {
            None | Some(')' | ':' | ']' | '}' | '~' | '^') => true,
            Some(_) => is_spaced && self.scanner.operator().is_some(),
        };
        if is_missing {
            self.wrong(Code::MissingValue, name, "this field has no value", "write a value, or `*` for any");
            return None;
        }
        let node = match &scope {
            Some(scope) if self.scanner.peek() == Some('(') => self.parentheses(Some(scope)),
            Some(scope) => self.value(scope),
            None => return self.skip_value(),
        }?;
        Some(Node { span: name.start..self.scanner.at(), ..node })
    }

    /// Reads over the value of a field that does not exist, without judging it.
    fn skip_value(&mut self) -> Option<Node> {
        let mistakes = self.diagnostics.len();
        match self.scanner.peek() {
            Some('(') => self.parentheses(None),
            _ => self.value(&Scope::Words),
        };
        self.diagnostics.truncate(mistakes);
        None
    }

    /// The field of that name; if there is none, that is reported.
    fn scope(&mut self, name: &str, span: Range<usize>) -> Option<Scope> {
        let wanted = name.to_lowercase();
        let by_name = |word: &str| Field::ALL.iter().copied().find(|field| field.word() == word);
        if let Some(field) = by_name(&wanted) {
            return Some(Scope::Field(field));
        }
        let labelled = wanted.split_once('.').and_then(|(base, label)| {
            let field = by_name(base).filter(|field| field.kind() == FieldType::Scores)?;
            is_label(label).then(|| Scope::Label(field, label.to_owned()))
        });
        if labelled.is_none() {
            let help = match nearest(&wanted, Field::ALL.iter().map(|field| field.word())) {
                Some(near) => Help::Near(near.to_owned()),
                None => "put it in quotes to search for the words themselves".into(),
            };
            self.wrong(Code::UnknownField, span, format!("no field is called {}", quoted(name)), help);
        }
        labelled
    }

    fn warn_of_lower_case(&mut self, word: &Word) {
        let is_small = matches!(word.text.as_str(), "and" | "or" | "not")
            || reads_as_operator(&word.text.to_uppercase()) && !reads_as_operator(&word.text);
        let is_operator = is_small && !word.is_escaped;
        let is_between = word.span.start > 0 || word.text == "not";
        if is_operator && is_between && self.scanner.rest().contains(|c: char| !c.is_whitespace()) {
            let large = word.text.to_uppercase();
            let message = format!("`{}` in small letters is a word to search for", word.text);
            self.wrong(
                Code::LowerCaseOperator,
                word.span.clone(),
                message,
                format!("write `{large}` to mean the operator"),
            );
        }
    }
}

/// Whether a field's name may go on like this after its point.
fn is_label(label: &str) -> bool {
    !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

fn is_text(scope: &Scope) -> bool {
    match scope {
        Scope::Words => true,
        Scope::Field(field) => field.kind() == FieldType::Text,
        Scope::Label(..) => false,
    }
}
