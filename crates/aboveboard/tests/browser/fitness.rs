//! What makes a page hard to use, as a browser and axe-core see it.

use std::{path::Path, sync::LazyLock};

use serde::Deserialize;
use serde_json::json;

use super::{demo::bytes, visitor::Visitor};

/// Bytes of a page's HTML.
pub(super) const HTML_BYTES_MAX: u64 = 100_000;
/// The variable that names axe-core's file, which `cargo xtask` sets: it is somebody else's work and not in this
/// repository.
const AXE: &str = "ABOVEBOARD_AXE";

static AXE_SOURCE: LazyLock<String> = LazyLock::new(|| {
    let path = std::env::var_os(AXE).unwrap_or_else(|| {
        panic!(
            "{AXE} does not name axe.min.js: run `cargo xtask test` or `cargo xtask sheet`, which fetch it"
        )
    });
    String::from_utf8(bytes(Path::new(&path))).unwrap()
});

/// Waits until two frames are painted, then tells what moved, when something was first seen, and how much was sent.
const LOADED: &str = "
    return new Promise((told) => {
        const moved = [];
        const name = (node) => node?.nodeName && `${node.nodeName.toLowerCase()}.${node.getAttribute?.('class') ?? ''}`;
        const place = (rect) => [rect.x, rect.y, rect.width, rect.height].map(Math.round).join(' ');
        const of = (one) => `${name(one.node)} (${place(one.previousRect)} → ${place(one.currentRect)})`;
        new PerformanceObserver((list) => {
            for (const one of list.getEntries().filter((one) => !one.hadRecentInput)) {
                const when = `${one.value.toFixed(4)} after ${Math.round(one.startTime)} ms`;
                moved.push(`${when} ${one.sources.map(of).join(', ')}`);
            }
        }).observe({ type: 'layout-shift', buffered: true });
        const tell = () => told({
            moved,
            first_paint_ms: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
            html_bytes: performance.getEntriesByType('navigation')[0].decodedBodySize,
        });
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(tell)));
    });";

/// What is true once a page is there: its script ran, and where it listens it says so.
const IS_THERE: &str = "
    const live = document.querySelector('[data-live-state]');
    return document.readyState === 'complete' && (!live || live.classList.contains('on'));";

/// Serious and critical findings of axe-core, one line each. In the dark only colours are looked at again.
const AXE_RUN: &str = "
    const [rules] = arguments;
    const options = { resultTypes: ['violations'], ...(rules.length ? { runOnly: rules } : {}) };
    return axe.run(document, options).then(({ violations }) => violations
        .filter((one) => ['serious', 'critical'].includes(one.impact))
        .map((one) => `${one.id}: ${one.nodes.length} × ${one.nodes[0].target} ${one.nodes[0].failureSummary}`));";

/// What a page was like when it had loaded.
#[derive(Debug, Deserialize)]
pub(super) struct Loaded {
    /// What moved after it was shown, with its share in the shift.
    pub moved: Vec<String>,
    /// Milliseconds until something was seen, from the moment it was asked for.
    pub first_paint_ms: Option<f64>,
    /// Bytes of its HTML.
    pub html_bytes: u64,
}

/// Waits until the page is whole, and looks at how it came.
pub(super) async fn loaded(visitor: &Visitor) -> Loaded {
    visitor.until("the page is there", IS_THERE).await;
    serde_json::from_value(visitor.read(LOADED).await).unwrap()
}

/// What axe-core finds serious or critical; of one rule only where `rules` names it.
pub(super) async fn hard_to_use(visitor: &Visitor, rules: &[&str]) -> Vec<String> {
    if visitor.read("return typeof axe").await != "object" {
        visitor.read(&AXE_SOURCE).await;
    }
    let found = visitor.driver().execute(AXE_RUN, vec![json!(rules)]).await.unwrap();
    serde_json::from_value(found.json().clone()).unwrap()
}
