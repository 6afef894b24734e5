//! A query with one condition more or less: what a click on a facet makes of the text, so that the text stays the whole truth.

use aboveboard_model::document::Field;

use crate::Query;
use crate::compile::keyword_form;
use crate::syntax::{Literal, Node, NodeKind, Scope};

impl Query {
    /// The text of the query with a value of a field asked for besides.
    pub fn narrowed(&self, field: Field, value: &str) -> String {
        let condition = condition(field, value);
        match &self.root().kind {
            NodeKind::Leaf(leaf) if (&leaf.scope, &leaf.literal) == (&Scope::Words, &Literal::Any) => {
                condition
            }
            NodeKind::Or(_) => format!("({}) {condition}", self.root()),
            NodeKind::And(nodes) => format!("{} {condition}", side_by_side(nodes.iter())),
            NodeKind::Not(_) | NodeKind::Leaf(_) => format!("{} {condition}", self.root()),
        }
    }

    /// The text of the query without that condition, if it is one of those that must all hold; `*` where nothing is left.
    pub fn widened(&self, field: Field, value: &str) -> Option<String> {
        let form = keyword_form(value);
        let is_it = |node: &Node| match &node.kind {
            NodeKind::Leaf(leaf) => {
                let text = match &leaf.literal {
                    Literal::Word { text, is_prefix: false } | Literal::Phrase { text, slop: 0 } => text,
                    _ => return false,
                };
                leaf.scope == Scope::Field(field) && keyword_form(text) == form
            }
            _ => false,
        };
        let nodes = match &self.root().kind {
            NodeKind::And(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(self.root()),
        };
        if !nodes.iter().any(is_it) {
            return None;
        }
        let left = side_by_side(nodes.iter().filter(|node| !is_it(node)));
        Some(if left.is_empty() { "*".to_owned() } else { left })
    }
}

/// Conditions that must all hold, as people write them.
fn side_by_side<'a>(nodes: impl Iterator<Item = &'a Node>) -> String {
    let written = |node: &Node| match node.kind {
        NodeKind::Or(_) | NodeKind::And(_) => format!("({node})"),
        NodeKind::Not(_) | NodeKind::Leaf(_) => node.to_string(),
    };
    nodes.map(written).collect::<Vec<_>>().join(" ")
}

/// `team:Sales`, or `team:"Key accounts"` where the value has more than letters, digits and what names are made of.
fn condition(field: Field, value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let starts_plain = value.starts_with(char::is_alphanumeric);
    let is_operator = matches!(value, "AND" | "OR" | "NOT" | "TO");
    if starts_plain && !is_operator && value.chars().all(is_plain) {
        format!("{}:{value}", field.word())
    } else {
        format!("{}:\"{}\"", field.word(), value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Query {
        Query::parse(text).unwrap()
    }

    #[test]
    fn a_click_adds_a_condition_to_the_text() {
        for (text, wanted) in [
            ("*", "team:Sales"),
            ("pix", "pix team:Sales"),
            ("pix OR cash", "(pix OR cash) team:Sales"),
            ("pix AND (a OR b) NOT c", "pix (a OR b) NOT c team:Sales"),
            ("NOT (a OR b)", "NOT (a OR b) team:Sales"),
            ("\"my pix\"~3 at:2026", "\"my pix\"~3 at:2026 team:Sales"),
        ] {
            assert_eq!(parsed(text).narrowed(Field::Team, "Sales"), wanted, "{text}");
        }
        assert_eq!(parsed("a").narrowed(Field::Team, "Key \"1\""), r#"a team:"Key \"1\"""#);
        assert_eq!(parsed("a").narrowed(Field::Team, "AND"), r#"a team:"AND""#);
        assert_eq!(parsed("a").narrowed(Field::Team, "*"), r#"a team:"*""#);
    }

    #[test]
    fn a_second_click_takes_it_away() {
        for (text, wanted) in [
            ("team:sales", Some("*")),
            ("pix team:(Sales)", Some("pix")),
            ("team:sales pix (a OR b)", Some("pix (a OR b)")),
            ("pix", None),
            ("team:sales OR pix", None),
            ("NOT team:sales", None),
            ("team:sal*", None),
        ] {
            assert_eq!(parsed(text).widened(Field::Team, "Sales").as_deref(), wanted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_narrowed_means_both_and_is_widened_again(
            text in r#"(pix|"a b"~2|NOT c|\(a OR b\)|at:2026|team:x|money:>5|x\*)( (AND |OR )?(pix|"a b"|NOT c|\(a OR b\)|hour:\[1 TO 2\]|NOT \(a OR b c\))){0,4}"#,
            value in "[ -~é客]{1,12}",
        ) {
            prop_assume!(!keyword_form(&value).is_empty());
            let query = parsed(&text);
            prop_assume!(query.widened(Field::Region, &value).is_none());
            let narrowed = parsed(&query.narrowed(Field::Region, &value));
            prop_assert!(narrowed.widened(Field::Region, &value).is_some(), "{narrowed}");
            let back = parsed(&narrowed.widened(Field::Region, &value).unwrap());
            prop_assert_eq!(back, query);
        }
    }
}
