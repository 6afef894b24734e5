//! What a browser has to load: the HTML of lists, the style, the script.

use anyhow::{Context, Result, bail};

use crate::{
    archive,
    report::{Better, Figure},
    visitor::Visitor,
};

/// Lists that are weighed. Each has enough rows in an archive.
const LISTS: &[(&str, &str)] =
    &[("alerts", "/alerts"), ("conversations", "/conversations"), ("search", "/search?q=kind%3Amessage")];
/// What marks a row.
const ROW: &str = " data-row";

/// Kilobytes of each list for a hundred rows, of the style and of the script, as they are before compression.
///
/// # Errors
/// A page that is not there or has no rows.
pub async fn measure(base: &str) -> Result<Vec<Figure>> {
    let visitor = Visitor::sign_in(base, &archive::reviewer(0)).await?;
    let weight = |name: &str, goal, bytes: f64| Figure::goal(name, Better::Lower, goal, vec![bytes / 1e3]);
    let (mut figures, mut page) = (Vec::new(), String::new());
    for (name, path) in LISTS {
        page = visitor.open(path).await?;
        let rows: Vec<usize> = page.match_indices(ROW).map(|(at, _)| at).collect();
        let (Some(first), Some(last), 10..) = (rows.first(), rows.last(), rows.len()) else {
            bail!("{path} shows {} rows", rows.len());
        };
        // What is around the rows is there once, however many they are.
        let row = (last - first) as f64 / (rows.len() - 1) as f64;
        let bytes = page.len() as f64 + row * (100.0 - rows.len() as f64);
        figures.push(weight(&format!("html_kb_of_100_rows_{name}"), 100.0, bytes));
    }
    let style = visitor.open(after(&page, "rel=\"stylesheet\" href=\"").context("no style")?).await?;
    let script = visitor.open(after(&page, "<script src=\"").context("no script")?).await?;
    figures.push(weight("css_kb", 40.0, style.len() as f64));
    figures.push(weight("script_kb", 20.0, script.len() as f64));
    Ok(figures)
}

/// What stands between a text and the next quote.
fn after<'a>(page: &'a str, before: &str) -> Option<&'a str> {
    page.split_once(before)?.1.split('"').next()
}
