//! What a browser has to load: the HTML of lists, the style, the script.

use anyhow::{Context, Result, ensure};

use crate::{
    archive,
    report::{Better, Figure},
    visitor::Visitor,
};

/// Lists that are weighed. Each has enough rows in an archive.
const LISTS: &[&str] = &["/alerts", "/conversations", "/search?q=kind%3Amessage"];
/// What marks a row.
const ROW: &str = " data-row";

/// Kilobytes of the heaviest list for a hundred rows, of the style and of the script, as they are before compression.
///
/// # Errors
/// A page that is not there or has no rows.
pub async fn measure(base: &str) -> Result<[Figure; 3]> {
    let visitor = Visitor::sign_in(base, &archive::reviewer(0)).await?;
    let (mut html, mut first) = (0.0f64, String::new());
    for path in LISTS {
        let page = visitor.open(path).await?;
        let rows = page.matches(ROW).count();
        ensure!(rows >= 10, "{path} shows {rows} rows");
        html = html.max(page.len() as f64 / rows as f64 * 100.0);
        first = page;
    }
    let style = visitor.open(after(&first, "rel=\"stylesheet\" href=\"").context("no style")?).await?;
    let script = visitor.open(after(&first, "<script src=\"").context("no script")?).await?;
    let kb = |bytes: f64| vec![bytes / 1e3];
    Ok([
        Figure::goal("html_kb_of_100_rows", Better::Lower, 100.0, kb(html)),
        Figure::goal("css_kb", Better::Lower, 40.0, kb(style.len() as f64)),
        Figure::goal("script_kb", Better::Lower, 20.0, kb(script.len() as f64)),
    ])
}

/// What stands between a text and the next quote.
fn after<'a>(page: &'a str, before: &str) -> Option<&'a str> {
    page.split_once(before)?.1.split('"').next()
}
