//! PAYPAL_ME: a PayPal.Me address, short or long form; normal form `paypal.me/name` in lower case, without an amount.

use aboveboard_model::features::Role;

use crate::{
    findings::{Findings, Found},
    reading::Reading,
};

/// How PayPal.Me addresses begin, without scheme and `www.`.
const HEADS: &[&str] = &["paypal.me/", "paypal.com/paypalme/", "paypal.com/paypalme2/"];
/// Longest name, in characters (PayPal's own limit).
const NAME_LEN_MAX: usize = 20;

pub(crate) fn detect(_: &Reading, findings: &mut Findings) {
    let links: Vec<Found> = findings.all().iter().filter(|found| found.kind == "URL").cloned().collect();
    for link in links {
        let address = link.value.to_ascii_lowercase();
        let address = address.strip_prefix("www.").unwrap_or(&address);
        let Some(rest) = HEADS.iter().find_map(|head| address.strip_prefix(head)) else { continue };
        let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
        if (1..=NAME_LEN_MAX).contains(&name.len()) {
            let value = format!("paypal.me/{name}");
            findings.push(
                Found::new("PAYPAL_ME", Role::Payment, value, link.span.clone(), 0.97).at("URL", link.span),
            );
        }
    }
}
