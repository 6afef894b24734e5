//! What a browser has to load: the HTML of lists, the style, the script.

use anyhow::{Context, Result, ensure};

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
        let rows = page.matches(ROW).count();
        ensure!(rows >= 10, "{path} shows {rows} rows");
        let bytes = page.len() as f64 / rows as f64 * 100.0;
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
