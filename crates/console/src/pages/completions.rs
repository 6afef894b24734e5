//! What may stand where somebody types a search: fields, operators, values; and what is wrong with it so far. Asked for by the
//! script.

use aboveboard_model::{access::Permission, document::Field};
use aboveboard_query::{Wanted, expected, keyword_form, known_values};
use askama::Template;

use super::search;
use crate::{mistake::Mistake, problem::Problem, reply::Reply, visit::Visit, words::Words};

/// Lines of the list.
const LINES_MAX: usize = 8;
/// Bytes of a query that is completed.
const QUERY_BYTES_MAX: usize = 8 * 1024;
/// Operators that may stand between, with the key of what each does.
const OPERATORS: &[(&str, &str)] = &[("AND", "and"), ("OR", "or"), ("NOT", "not")];

/// One line: what it is, what it means, and what the search becomes by it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    label: String,
    what: String,
    pub(super) query: String,
    /// Where the cursor stands then, in UTF-16 code units, as scripts count.
    cursor: usize,
    /// Whether something has to follow.
    goes_on: bool,
}

impl Line {
    /// A value that takes the place of all that was typed.
    pub(super) fn whole(value: &str, what: String) -> Self {
        let cursor = value.encode_utf16().count();
        Self { label: value.to_owned(), what, query: value.to_owned(), cursor, goes_on: false }
    }
}

/// What the script is answered.
#[derive(Template)]
#[template(path = "completions.html")]
pub(super) struct List {
    pub(super) lines: Vec<Line>,
}

/// What the script is answered of a search.
#[derive(Template)]
#[template(path = "search_typed.html")]
struct Typed {
    w: Words,
    lines: Vec<Line>,
    mistakes: Vec<Mistake>,
}

/// The list for a query and the byte at which somebody types, and what is wrong with the query.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let (w, query) = (visit.words, visit.query.raw("q").unwrap_or_default());
    let at = visit.query.parsed("at").unwrap_or(query.len());
    if query.len() > QUERY_BYTES_MAX || !visit.may(Permission::Search) {
        return visit.page(&Typed { w, lines: vec![], mistakes: vec![] });
    }
    let by = visit.by()?;
    let values =
        |field, typed: &str| Ok::<_, Problem>(visit.ledger().completions(by, field, typed, LINES_MAX)?);
    visit.page(&typed(query, lines(query, at, w, values)?, w))
}

/// A query of nothing has nothing wrong with it.
fn typed(query: &str, lines: Vec<Line>, w: Words) -> Typed {
    let query = query.trim();
    let mistakes = if query.is_empty() { vec![] } else { search::mistakes(query, w) };
    Typed { w, lines, mistakes }
}

fn lines<E>(
    query: &str,
    at: usize,
    w: Words,
    values: impl Fn(Field, &str) -> Result<Vec<String>, E>,
) -> Result<Vec<Line>, E> {
    let place = expected(query, at);
    let line = |label: &str, what: String, written: &str, goes_on: bool| {
        let before = format!("{}{written}", &query[..place.span.start]);
        Line {
            label: label.to_owned(),
            what,
            cursor: before.encode_utf16().count(),
            query: before + query[place.span.end..].trim_start_matches(char::is_alphanumeric),
            goes_on,
        }
    };
    let mut lines: Vec<Line> = match &place.wanted {
        Wanted::Words => vec![],
        Wanted::Value { field, typed } => {
            let form = keyword_form(typed);
            let known = known_values(*field).iter().filter(|value| value.starts_with(&form));
            let mut offered: Vec<String> = known.map(|value| (*value).to_owned()).collect();
            for value in values(*field, typed)? {
                if !offered.iter().any(|one| keyword_form(one) == keyword_form(&value)) {
                    offered.push(value);
                }
            }
            let what = w.of("field_doc", field.word());
            offered
                .iter()
                .map(|value| line(value, what.clone(), &format!("{} ", written(value)), false))
                .collect()
        }
        Wanted::Term { typed, may_join } => {
            let form = typed.to_lowercase();
            let mut fields: Vec<Field> =
                Field::ALL.iter().copied().filter(|field| names(*field, &form, w)).collect();
            fields.sort_by_key(|field| !field.word().starts_with(&form));
            let operators = OPERATORS.iter().filter(|(operator, word)| {
                (*may_join || *word == "not")
                    && operator.to_lowercase().starts_with(&form)
                    && !form.is_empty()
            });
            let joins = operators.map(|(operator, word)| {
                line(operator, w.of("operator", word), &format!("{operator} "), false)
            });
            let field = |field: &Field| {
                let name = format!("{}:", field.word());
                line(&name, w.of("field_doc", field.word()), &name, true)
            };
            joins.chain(fields.iter().map(field)).collect()
        }
    };
    lines.truncate(LINES_MAX);
    Ok(lines)
}

/// Whether a field is meant: by its name, or by a word of what it is in the reader's language.
fn names(field: Field, form: &str, w: Words) -> bool {
    let what = w.of("field_doc", field.word()).to_lowercase();
    field.word().starts_with(form)
        || form.chars().count() > 2 && what.split(' ').any(|word| word.starts_with(form))
}

/// A value as it is written in a query.
fn written(value: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if value.chars().all(is_plain) && value.starts_with(char::is_alphanumeric) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    /// The lines for a query in which `|` is where somebody types.
    fn at(text: &str, language: Language) -> Vec<Line> {
        let values = |field, typed: &str| -> Result<Vec<String>, ()> {
            let all = if field == Field::Team { vec!["Key accounts", "Sales"] } else { vec![] };
            Ok(all
                .into_iter()
                .filter(|one| keyword_form(one).starts_with(&keyword_form(typed)))
                .map(str::to_owned)
                .collect())
        };
        let cursor = text.find('|').unwrap();
        lines(&text.replace('|', ""), cursor, Words::new(language), values).unwrap()
    }

    fn queries(text: &str) -> Vec<String> {
        at(text, Language::English).into_iter().map(|line| line.query).collect()
    }

    #[test]
    fn fields_operators_and_values_are_offered_where_they_may_stand() {
        assert_eq!(queries("dire|"), ["direction:"]);
        assert_eq!(queries("pix direction:o|"), ["pix direction:out "]);
        assert_eq!(queries("team:k|"), ["team:\"Key accounts\" "]);
        assert_eq!(queries("team:\"key a|"), ["team:\"Key accounts\" "]);
        assert_eq!(queries("off_hours:|"), ["off_hours:true ", "off_hours:false "]);
        assert!(queries("pix a|").contains(&"pix AND ".to_owned()));
        assert!(!queries("a|").contains(&"AND ".to_owned()));
        assert_eq!(queries("\"my p|"), [""; 0]);
        assert_eq!(queries("dir|ection pix"), ["direction: pix"]);
        assert!(queries("|").len() <= LINES_MAX);
    }

    #[test]
    fn a_field_is_found_by_what_it_is_in_the_readers_language_and_says_so() {
        let lines = at("equipe|", Language::BrazilianPortuguese);
        assert!(lines.iter().any(|line| line.label == "team:" && line.goes_on), "{lines:?}");
        let line = &at("é dire|", Language::English)[0];
        assert_eq!((line.cursor, line.goes_on), ("é direction:".encode_utf16().count(), true));
        assert!(!line.what.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_while_it_is_typed() {
        let html = |query| typed(query, vec![], Words::new(Language::English)).render().unwrap();
        let wrong = html(" diretion:in ");
        assert!(wrong.contains("Did you mean direction?") && wrong.contains("E0"), "{wrong}");
        assert!(wrong.contains("href=\"/search?q=direction%3Ain\"") && !wrong.contains("hidden"), "{wrong}");
        assert!(html("tex:<b>").contains("<mark class=\"mistake\">tex</mark>:&#60;b&#62;"));
        for right in ["", "  ", "direction:in pix"] {
            assert!(html(right).contains("<div id=\"mistakes\" data-part hidden>"), "{right}");
        }
    }

    #[test]
    fn what_is_offered_is_shown_as_text() {
        let lines = vec![Line {
            label: "<b>".into(),
            what: "x".into(),
            query: "\"<b>\"".into(),
            cursor: 3,
            goes_on: false,
        }];
        let html = List { lines }.render().unwrap();
        assert!(html.contains("&#60;b&#62;") && html.contains("role=\"option\""), "{html}");
    }
}
