//! The tree of a query, and how it is printed back.

use std::fmt;
use std::ops::{Bound, Range};

use aboveboard_model::document::Field;

use crate::compile::Test;

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
    Leaf(Leaf),
}

/// A single test, as written and as understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// Where to look.
    pub scope: Scope,
    /// What for.
    pub literal: Literal,
    pub(crate) test: Test,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A word or value; with `is_prefix` anything that begins so.
    Word {
        /// The word without its wildcard.
        text: String,
        /// Whether a `*` followed.
        is_prefix: bool,
    },
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
        let span = nodes.first()?.span.start..nodes.last()?.span.end;
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
            Self::Leaf(_) => 0,
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
        match &self.scope {
            Scope::Words => {}
            Scope::Field(field) => write!(f, "{}:", field.word())?,
            Scope::Label(field, label) => write!(f, "{}.{}:", field.word(), Escaped(label))?,
        }
        match &self.literal {
            Literal::Word { text, is_prefix } => {
                write!(f, "{}{}", Escaped(text), if *is_prefix { "*" } else { "" })
            }
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

/// A text in quotation marks.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

/// A word, with every character escaped that would end it or mean something else.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_operator = matches!(self.0, "AND" | "OR" | "NOT");
        for (at, c) in self.0.chars().enumerate() {
            let is_special = c.is_whitespace() || "\\()\"[]{}~^*?:<>&|!".contains(c);
            let is_special_first = at == 0 && (is_operator || "+-/@".contains(c));
            if is_special || is_special_first {
                f.write_str("\\")?;
            }
            write!(f, "{c}")?;
        }
        Ok(())
    }
}
