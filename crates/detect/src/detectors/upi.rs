//! UPI: an Indian virtual payment address (NPCI): a name, `@`, a bank's or app's handle without a top-level domain; normal form lower
//! case. Also the `pa` of a `upi://pay` link.

use aboveboard_model::features::Role;

use super::addresses::addresses;
use crate::{
    findings::{Findings, Found},
    labels::Label,
    reading::Reading,
};

/// Handles that banks and apps issue (NPCI's lists of UPI members and third-party apps).
const HANDLES: &[&str] = &[
    "abcdicici",
    "abfspay",
    "airtel",
    "airtelpaymentsbank",
    "albk",
    "allbank",
    "andb",
    "apb",
    "apl",
    "aubank",
    "axb",
    "axisb",
    "axisbank",
    "axisgo",
    "axl",
    "bandhan",
    "barodampay",
    "barodapay",
    "birla",
    "boi",
    "bpunity",
    "cbin",
    "cboi",
    "centralbank",
    "cmsidfc",
    "cnrb",
    "csbcash",
    "csbpay",
    "cub",
    "dbs",
    "dcb",
    "dcbbank",
    "digikhata",
    "dlb",
    "equitas",
    "ezeepay",
    "fam",
    "fbl",
    "fbpe",
    "federal",
    "finobank",
    "freecharge",
    "goaxb",
    "gocash",
    "hdfcbank",
    "hdfcbankjd",
    "hsbc",
    "ibl",
    "icici",
    "icicipay",
    "idbi",
    "idbibank",
    "idfc",
    "idfcbank",
    "idfcfirst",
    "idfcnetc",
    "ikwik",
    "imobile",
    "indbank",
    "indianbank",
    "indus",
    "indusind",
    "iob",
    "jio",
    "jkb",
    "jsbp",
    "jupiteraxis",
    "karb",
    "kaypay",
    "kbl",
    "kotak",
    "kotak811",
    "kvb",
    "lime",
    "mahb",
    "mairtel",
    "mbkns",
    "myicici",
    "naviaxis",
    "niyoicici",
    "obc",
    "okaxis",
    "okbizaxis",
    "okhdfcbank",
    "okicici",
    "oksbi",
    "oxymoney",
    "paytm",
    "payzapp",
    "pingpay",
    "pnb",
    "pockets",
    "postbank",
    "psb",
    "ptaxis",
    "pthdfc",
    "ptsbi",
    "ptyes",
    "pz",
    "rapl",
    "rbl",
    "rmhdfcbank",
    "sbi",
    "sc",
    "scb",
    "shriramhdfcbank",
    "sib",
    "sliceaxis",
    "superyes",
    "swiggy",
    "tapicici",
    "timecosmos",
    "ubi",
    "uboi",
    "uco",
    "unionbank",
    "unionbankofindia",
    "united",
    "upi",
    "utbi",
    "vijb",
    "waaxis",
    "wahdfcbank",
    "waicici",
    "wasbi",
    "yapl",
    "ybl",
    "yes",
    "yesbank",
    "yesbankltd",
    "yescred",
    "yesfam",
    "yespay",
    "yespop",
    "zoicici",
];

/// Shortest and longest handle, in bytes.
const HANDLE_LEN: std::ops::RangeInclusive<usize> = 2..=32;

pub(crate) fn detect(reading: &Reading, findings: &mut Findings) {
    let text = reading.text();
    for address in addresses(text) {
        let handle = address.domain.to_ascii_lowercase();
        let is_handle = HANDLE_LEN.contains(&handle.len())
            && handle.starts_with(|c: char| c.is_ascii_alphabetic())
            && handle.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_handle || address.local.len() < 2 || address.local.contains(['%', '+']) {
            continue;
        }
        let is_known = HANDLES.binary_search(&handle.as_str()).is_ok();
        let confidence = match (is_known, reading.is_labelled(&address.span, &[Label::Upi])) {
            (true, _) => 0.95,
            (false, true) => 0.75,
            (false, false) => continue,
        };
        let value = format!("{}@{handle}", address.local.to_ascii_lowercase());
        findings.push(Found::new("UPI", Role::Payment, value, address.span, confidence).enclosing());
    }
    payees_of_links(text, findings);
}

/// The payees of `upi://pay?…&pa=name%40handle` where the `@` is percent-encoded; a plain one is found as text.
fn payees_of_links(text: &str, findings: &mut Findings) {
    const PAYEE_BYTES_MAX: usize = 128;
    for (at, escape) in text.match_indices("%40") {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let floor = at.saturating_sub(PAYEE_BYTES_MAX);
        let local_len =
            text.as_bytes()[floor..at].iter().rev().take_while(|byte| is_name(char::from(**byte))).count();
        let start = at - local_len;
        let tail = at + escape.len();
        let handle_len = text.as_bytes()[tail..]
            .iter()
            .take(PAYEE_BYTES_MAX)
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let span = start..tail + handle_len;
        if !text[..start].ends_with("pa=") || local_len < 2 || !HANDLE_LEN.contains(&handle_len) {
            continue;
        }
        let value = format!("{}@{}", &text[start..at], &text[tail..span.end]).to_ascii_lowercase();
        findings.push(Found::new("UPI", Role::Payment, value, span, 0.95).enclosing());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handles_are_in_order_for_the_search() {
        assert!(HANDLES.is_sorted(), "{:?}", HANDLES.windows(2).find(|pair| pair[0] > pair[1]));
    }
}
