//! Style, script and symbols.

use axum::response::IntoResponse;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};

use crate::{assets, headers, problem::Problem, reply::Reply, visit::Visit};

/// Answers with an asset, to be kept for ever.
pub(super) fn show(visit: &Visit) -> Result<Reply, Problem> {
    let asset = assets::find(&format!("/assets/{}", visit.path.text("name"))).ok_or(Problem::NOT_FOUND)?;
    Ok(Reply::from(asset.text.into_response())
        .with_header(CONTENT_TYPE, HeaderValue::from_static(asset.mime))
        .with_header(CACHE_CONTROL, HeaderValue::from_static(headers::KEEP_FOREVER)))
}
