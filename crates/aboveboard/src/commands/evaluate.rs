//! What the shipped engine answers to cases from a file, one a line: how it is judged by people who did not build it.

mod document;

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use aboveboard_model::document::Field;
use aboveboard_query::{Diagnostic, Environment, Lexicon, ListProblem, Query, QuerySet, Reading, Severity};
use aboveboard_text::code_points;
use anyhow::{Context, Result};
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::serve;
use document::Case;

/// Longest line that is read, in bytes.
const LINE_BYTES_MAX: u64 = 16 << 20;

/// What is evaluated.
#[derive(Subcommand)]
pub(crate) enum Evaluation {
    /// Queries, each on one document: does it match, where, or what is wrong with it.
    Queries {
        /// A file with one case a line: `{"id", "query", "document", "lists"?}`; `-` is standard input.
        file: PathBuf,
    },
}

/// Answers each line of the file with one line, in order; a line that is no case is answered with what is wrong with it.
pub(crate) fn run(evaluation: &Evaluation) -> Result<ExitCode> {
    let Evaluation::Queries { file } = evaluation;
    let now = serve::clock()();
    let mut out = std::io::stdout().lock();
    for_each_line(file, |number, line| {
        let answer = answer(number, line, now);
        writeln!(out, "{answer}").context("cannot write the answer")
    })?;
    out.flush().context("cannot write the answers")?;
    Ok(ExitCode::SUCCESS)
}

/// Reads lines one by one; one that is too long is given as it begins.
fn for_each_line(file: &Path, mut with: impl FnMut(usize, &[u8]) -> Result<()>) -> Result<()> {
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(file).with_context(|| format!("cannot open {}", file.display()))?)
    };
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = (&mut input)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut line)
            .context("cannot read the cases")?;
        if read == 0 {
            break;
        }
        if !line.ends_with(b"\n") && read as u64 == LINE_BYTES_MAX {
            input.skip_until(b'\n').context("cannot read the cases")?;
            line.clear();
            line.extend_from_slice(b"{");
        }
        if !line.trim_ascii().is_empty() {
            with(number, line.trim_ascii())?;
        }
    }
    Ok(())
}

/// The answer to one line.
pub(crate) fn answer(number: usize, line: &[u8], now: Timestamp) -> Value {
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => {
            return json!({"id": null, "line": number, "error": "malformed", "field": null, "why": format!("this is not JSON: {error}")});
        }
    };
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let malformed = |field: &str, why: &str| json!({"id": id, "line": number, "error": "malformed", "field": field, "why": why});
    let Value::Object(object) = &value else { return malformed("", "a case is an object") };
    let Some(text) = object.get("query").and_then(Value::as_str) else {
        return malformed("query", "a query is a text");
    };
    let environment = match environment(object, now) {
        Ok(environment) => environment,
        Err((field, why)) => return malformed(&field, &why),
    };
    let query = match Query::parse_in(text, &environment) {
        Ok(query) => query,
        Err(mistakes) => return refused(&id, text, &mistakes),
    };
    let none = Map::new();
    let fields = match object.get("document") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(fields)) => fields,
        Some(_) => return malformed("document", "a document is an object"),
    };
    match Case::read(fields) {
        Ok(case) => matched(&id, &query, &case),
        Err((field, why)) => malformed(&format!("document.{field}"), &why),
    }
}

/// What a case names: its lists, and parts of queries.
fn environment(object: &Map<String, Value>, now: Timestamp) -> Result<Environment, (String, String)> {
    let mut environment = Environment { now: Some(now), ..Environment::default() };
    if let Some(now) = object.get("now").filter(|now| !now.is_null()) {
        let text = now.as_str().and_then(|now| now.parse().ok());
        environment.now =
            Some(text.ok_or_else(|| ("now".to_owned(), "this is not an RFC 3339 time".to_owned()))?);
    }
    let named = |key: &str| match object.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Object(named)) => Ok(named.iter().collect()),
        Some(_) => Err((key.to_owned(), "this is an object of names".to_owned())),
    };
    for (name, entries) in named("lists")? {
        let field = format!("lists.{name}");
        let entries: Option<Vec<&str>> =
            entries.as_array().and_then(|entries| entries.iter().map(Value::as_str).collect());
        let Some(entries) = entries else { return Err((field, "a list holds texts".to_owned())) };
        let lexicon = Lexicon::new(entries).map_err(|problem| (field, told(problem)))?;
        environment.lists.insert(name, lexicon);
    }
    for (name, text) in named("macros")? {
        let text = text.as_str().ok_or_else(|| (format!("macros.{name}"), "this is a text".to_owned()))?;
        environment.macros.insert(name.clone(), text.to_owned());
    }
    Ok(environment)
}

fn told(problem: ListProblem) -> String {
    match problem {
        ListProblem::TooMany => "there are too many entries".to_owned(),
        ListProblem::TooLong(number) => format!("entry {number} is too long"),
        ListProblem::TooManyPatterns => "too many entries have wildcards inside".to_owned(),
    }
}

/// The first mistake, in code points of the query.
fn refused(id: &Value, text: &str, mistakes: &[Diagnostic]) -> Value {
    let first = mistakes.iter().find(|mistake| mistake.severity() == Severity::Error).or(mistakes.first());
    let Some(first) = first else { return json!({"id": id, "error": "E001", "at": [0, 0]}) };
    let place = code_points(text, std::slice::from_ref(&first.span)).remove(0);
    json!({"id": id, "error": first.code.word(), "at": [place.start, place.end], "message": first.explanation()})
}

/// What both directions answer: forward over the document, alone and among other queries, and backward over what an index stores
/// of it; or that the query costs so much there that it is given up among others.
fn matched(id: &Value, query: &Query, case: &Case) -> Value {
    let reading = case.reading();
    let together = QuerySet::new(vec![query.clone()]).judge(&reading);
    if !together.exceeded.is_empty() {
        return json!({"id": id, "error": "exceeded"});
    }
    let found = query.find(&reading);
    if !is_agreed(query, &reading, found.is_some())
        || together.matches.first().map(|(_, found)| found) != found.as_ref()
    {
        return json!({"id": id, "error": "disagree"});
    }
    let Some(found) = found else { return json!({"id": id, "match": false, "spans": []}) };
    let mut spans = Vec::new();
    for (zone, text) in &case.document.zones {
        let here: Vec<_> = found
            .spans
            .iter()
            .filter(|span| span.field == zone.field())
            .map(|span| span.start..span.end)
            .collect();
        let places = code_points(text, &here).into_iter();
        spans.extend(
            places.map(|place| json!({"field": zone.field().word(), "start": place.start, "end": place.end})),
        );
    }
    json!({"id": id, "match": true, "spans": spans})
}

/// Whether an index, asked by the query's plan, would propose the document if it matches, and only then where its answer counts
/// alone.
fn is_agreed(query: &Query, reading: &Reading<'_>, is_match: bool) -> bool {
    let is_proposed = query.plan().proposes(reading);
    if query.plan_is_exact() { is_proposed == is_match } else { is_proposed || !is_match }
}

/// The name of a field as cases have it.
fn field(name: &str) -> Option<Field> {
    Field::ALL.iter().copied().find(|field| field.word() == name)
}
