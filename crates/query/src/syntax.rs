//! The tree of a query, and how it is printed back.

use std::fmt;
use std::ops::{Bound, Range};

use aboveboard_model::document::Field;

use crate::compile::Test;
use crate::stem::Language;

/// A part of a query and where it was written. Two nodes are equal if they ask the same; where they were written does not count.
#[derive(Clone, Debug)]
pub struct Node {
    /// What is asked.
    pub kind: NodeKind,
    /// Its bytes in the query.
    pub span: Range<usize>,
}

/// What a part of a query asks. A conjunction holds no conjunction directly, a disjunction no disjunction.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// All of two or more.
    And(Vec<Node>),
    /// One or more of two or more.
    Or(Vec<Node>),
    /// Not this.
    Not(Box<Node>),
    /// A single test.
    Leaf(Box<Leaf>),
}

/// A single test, as written and as understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// How words are compared.
    pub manner: Manner,
    /// Where to look.
    pub scope: Scope,
    /// What for.
    pub literal: Literal,
    pub(crate) test: Test,
}

/// How words are compared, where it is not the usual way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Manner {
    /// Case, accents, width and look-alike letters do not count.
    #[default]
    Folded,
    /// `exact:`, as written.
    Exact,
    /// `stem:`, by the stem, of the document's language.
    Stem,
    /// `stem.pt:`, by the stem of that language.
    StemOf(Language),
}

/// Where a test looks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The words that a person wrote or sent: all zones but `quoted`.
    Words,
    /// A field.
    Field(Field),
    /// One label of a field of scores, such as `intent.secrecy`.
    Label(Field, String),
}

/// What a test looks for, as it was written, without escapes.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A word or value; with `is_prefix` anything that begins so.
    Word {
        /// The word without its wildcard.
        text: String,
        /// Whether a `*` followed.
        is_prefix: bool,
    },
    /// A word or phrase with wildcards elsewhere than one `*` at the end of a word.
    Pattern {
        /// The words with their wildcards.
        text: String,
        /// Which bytes of it are wildcards, `*` or `?`; any other such character stands for itself.
        wildcards: Vec<usize>,
        /// Whether it stood in quotation marks.
        is_quoted: bool,
        /// As of a phrase.
        slop: u32,
    },
    /// A word of which some letters may be wrong.
    Fuzzy {
        /// The word.
        text: String,
        /// How many letters may be changed, added, left out or exchanged with their neighbour.
        edits: u32,
    },
    /// A regular expression, between its slashes.
    Regex {
        /// As written, with `\/` for a slash.
        source: String,
        /// The letters after the second slash.
        flags: String,
    },
    /// Any entry of a named list.
    List {
        /// Its name.
        name: String,
    },
    /// Words near each other.
    Near(Box<Near>),
    /// A phrase, whose words may stand `slop` positions from where they are expected.
    Phrase {
        /// The words.
        text: String,
        /// How much out of place, in positions; 0 is a plain phrase.
        slop: u32,
    },
    /// Whatever lies between.
    Range {
        /// Lower end.
        low: Bound<String>,
        /// Upper end.
        high: Bound<String>,
    },
    /// Anything at all: the field exists.
    Any,
}

/// Two things of which each is a word, phrase, pattern, list or several of them with OR between.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// What stands on the left.
    pub left: Node,
    /// What stands on the right.
    pub right: Node,
    /// Words that may stand between them.
    pub distance: u32,
    /// Whether the left one must come first.
    pub is_ordered: bool,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Node {
    /// All of these; one alone is itself.
    pub(crate) fn all_of(nodes: Vec<Node>) -> Option<Node> {
        Self::group(nodes, NodeKind::And)
    }

    /// Any of these; one alone is itself.
    pub(crate) fn any_of(nodes: Vec<Node>) -> Option<Node> {
        Self::group(nodes, NodeKind::Or)
    }

    /// Joins nodes under an operator, taking apart those that are joined by it already.
    fn group(nodes: Vec<Node>, operator: fn(Vec<Node>) -> NodeKind) -> Option<Node> {
        // In the order of what they do, which need not be that in which they stand.
        let span =
            nodes.iter().map(|node| node.span.start).min()?..nodes.iter().map(|node| node.span.end).max()?;
        let is_and = matches!(operator(Vec::new()), NodeKind::And(_));
        let mut flat = Vec::with_capacity(nodes.len());
        for Node { kind, span } in nodes {
            match kind {
                NodeKind::And(inner) if is_and => flat.extend(inner),
                NodeKind::Or(inner) if !is_and => flat.extend(inner),
                kind => flat.push(Node { kind, span }),
            }
        }
        if flat.len() == 1 { flat.pop() } else { Some(Node { kind: operator(flat), span }) }
    }
}

impl NodeKind {
    /// How deep parentheses and NOTs are nested when this is printed.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Leaf(leaf) => match &leaf.literal {
                Literal::Near(near) => 1 + near.left.kind.depth().max(near.right.kind.depth()),
                _ => 0,
            },
            Self::Not(node) => 1 + node.kind.depth_as_operand(),
            Self::And(nodes) | Self::Or(nodes) => {
                nodes.iter().map(|node| node.kind.depth_as_operand()).max().unwrap_or(0)
            }
        }
    }

    fn depth_as_operand(&self) -> usize {
        self.depth() + usize::from(matches!(self, Self::And(_) | Self::Or(_)))
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NodeKind::And(nodes) => print_list(nodes, " AND ", f),
            NodeKind::Or(nodes) => print_list(nodes, " OR ", f),
            NodeKind::Not(node) => {
                f.write_str("NOT ")?;
                print_list(std::slice::from_ref(node), "", f)
            }
            NodeKind::Leaf(leaf) => write!(f, "{leaf}"),
        }
    }
}

/// Prints operands, in parentheses where they hold operators of their own.
fn print_list(nodes: &[Node], operator: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, node) in nodes.iter().enumerate() {
        f.write_str(if at > 0 { operator } else { "" })?;
        match node.kind {
            NodeKind::And(_) | NodeKind::Or(_) => write!(f, "({node})")?,
            NodeKind::Not(_) | NodeKind::Leaf(_) => write!(f, "{node}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Literal::Near(near) = &self.literal {
            return write!(f, "{near}");
        }
        match self.manner {
            Manner::Folded => {}
            Manner::Exact => f.write_str("exact:")?,
            Manner::Stem => f.write_str("stem:")?,
            Manner::StemOf(language) => write!(f, "stem.{}:", language.code())?,
        }
        match &self.scope {
            Scope::Words => {}
            Scope::Field(field) => write!(f, "{}:", field.word())?,
            Scope::Label(field, label) => write!(f, "{}.{}:", field.word(), Escaped(label))?,
        }
        write!(f, "{}", self.literal)
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Word { text, is_prefix } => {
                write!(f, "{}{}", Escaped(text), if *is_prefix { "*" } else { "" })
            }
            Literal::Pattern { text, wildcards, is_quoted: false, .. } => print_pattern(text, wildcards, f),
            Literal::Pattern { text, wildcards, slop, .. } => {
                f.write_str("\"")?;
                for (at, c) in text.char_indices() {
                    let is_special = matches!(c, '"' | '\\' | '*' | '?') && !wildcards.contains(&at);
                    write!(f, "{}{c}", if is_special { "\\" } else { "" })?;
                }
                write!(f, "\"")?;
                if *slop > 0 { write!(f, "~{slop}") } else { Ok(()) }
            }
            Literal::Fuzzy { text, edits } => write!(f, "{}~{edits}", Escaped(text)),
            Literal::Regex { source, flags } => write!(f, "/{source}/{flags}"),
            Literal::List { name } => write!(f, "@{name}"),
            Literal::Near(near) => write!(f, "{near}"),
            Literal::Phrase { text, slop: 0 } => write!(f, "{}", Quoted(text)),
            Literal::Phrase { text, slop } => write!(f, "{}~{slop}", Quoted(text)),
            Literal::Range { low, high } => {
                f.write_str(if matches!(low, Bound::Excluded(_)) { "{" } else { "[" })?;
                write!(f, "{} TO {}", End(low), End(high))?;
                f.write_str(if matches!(high, Bound::Excluded(_)) { "}" } else { "]" })
            }
            Literal::Any => f.write_str("*"),
        }
    }
}

/// Prints a word with its wildcards, every other special character escaped.
fn print_pattern(text: &str, wildcards: &[usize], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut from = 0;
    for &at in wildcards {
        if from < at {
            write!(f, "{}", Piece(&text[from..at], from == 0))?;
        }
        f.write_str(&text[at..at + 1])?;
        from = at + 1;
    }
    write!(f, "{}", Piece(&text[from..], from == 0))
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |node: &Node, f: &mut fmt::Formatter<'_>| match &node.kind {
            NodeKind::Leaf(leaf) if !matches!(leaf.literal, Literal::Near(_)) => write!(f, "{leaf}"),
            _ => write!(f, "({node})"),
        };
        side(&self.left, f)?;
        write!(f, " {}/{} ", if self.is_ordered { "PRE" } else { "NEAR" }, self.distance)?;
        side(&self.right, f)
    }
}

/// An end of a range.
struct End<'a>(&'a Bound<String>);

impl fmt::Display for End<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Bound::Included(text) | Bound::Excluded(text) => write!(f, "{}", Quoted(text)),
            Bound::Unbounded => f.write_str("*"),
        }
    }
}

/// A text in quotation marks, in which nothing is a wildcard.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            write!(f, "{}{c}", if matches!(c, '"' | '\\' | '*' | '?') { "\\" } else { "" })?;
        }
        f.write_str("\"")
    }
}

/// A word, with every character escaped that would end it or mean something else.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Piece(self.0, true))
    }
}

/// A part of a word, and whether the word begins with it.
struct Piece<'a>(&'a str, bool);

impl fmt::Display for Piece<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Piece(text, is_first) = *self;
        let is_operator = matches!(text, "AND" | "OR" | "NOT");
        let is_operator = is_operator || crate::scan::reads_as_operator(text);
        for (at, c) in text.chars().enumerate() {
            let is_special = c.is_whitespace() || "\\()\"[]{}~^*?:<>&|!".contains(c);
            let is_special_first = is_first && at == 0 && (is_operator || "+-/@$".contains(c));
            if is_special || is_special_first {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}
