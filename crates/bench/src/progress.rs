//! Progress bars on standard error.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar with a title, the rate and the time that is left.
pub fn bar(title: &str, length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let template = "{prefix:24} {wide_bar} {pos}/{len} {per_sec:>12} {eta:>4}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(title.to_owned());
    bar
}
