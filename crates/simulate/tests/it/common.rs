//! What several tests look at, made once.

use std::sync::LazyLock;

use aboveboard_simulate::{Company, Delivery};

pub const ENDING_AT: &str = "2026-11-21T12:00:00Z";

/// The company most tests look at, and its deliveries.
pub static COMPANY: LazyLock<Company> = LazyLock::new(|| Company::new(7, ENDING_AT.parse().unwrap()));
pub static DELIVERIES: LazyLock<Vec<Delivery>> = LazyLock::new(|| COMPANY.deliveries().collect());

/// Every message id that a body speaks of.
pub fn wamids(body: &[u8]) -> impl Iterator<Item = String> {
    let words = body.split(|byte| *byte == b'"').filter(|word| word.starts_with(b"wamid."));
    words.map(|word| String::from_utf8(word.to_vec()).unwrap().replace("\\/", "/"))
}
