//! Telephone numbering plans: calling codes and the lengths and first digits of national numbers, from ITU-T E.164 and the national
//! plans that operators file with ITU. Only what tells a number from other digits.

/// The shape of one country's numbers, without trunk prefix.
#[derive(Debug)]
struct Plan {
    /// ISO 3166 country.
    country: &'static str,
    /// Calling code.
    code: &'static str,
    /// Fewest and most digits of a national number.
    lengths: (usize, usize),
    /// What is dialled before a national number at home, and not from abroad.
    trunk: &'static str,
    /// First digits of mobile numbers; empty where they look like any other.
    mobile: &'static [&'static str],
    /// Fewest and most digits of a mobile number.
    mobile_lengths: (usize, usize),
}

/// A number that fits a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialled {
    /// The number in E.164, with plus.
    pub(crate) e164: String,
    /// Whether its first digits say that it is a mobile.
    pub(crate) is_mobile: bool,
    /// ISO 3166 country whose plan it was held to; `None` where the table has none for its calling code.
    pub(crate) country: Option<&'static str>,
}

const fn plan(
    country: &'static str,
    code: &'static str,
    lengths: (usize, usize),
    trunk: &'static str,
    mobile: &'static [&'static str],
    mobile_lengths: (usize, usize),
) -> Plan {
    Plan { country, code, lengths, trunk, mobile, mobile_lengths }
}

/// The plans, the markets of our clients first. Where countries share a code the first one stands for it.
const PLANS: &[Plan] = &[
    plan("BR", "55", (10, 11), "0", &[], (11, 11)),
    plan("IN", "91", (10, 10), "0", &["6", "7", "8", "9"], (10, 10)),
    plan("GB", "44", (9, 10), "0", &["71", "72", "73", "74", "75", "77", "78", "79"], (10, 10)),
    plan("US", "1", (10, 10), "1", &[], (10, 10)),
    plan("CA", "1", (10, 10), "1", &[], (10, 10)),
    plan("CN", "86", (10, 11), "0", &["13", "14", "15", "16", "17", "18", "19"], (11, 11)),
    plan("MX", "52", (10, 10), "01", &[], (10, 10)),
    plan("AR", "54", (10, 11), "0", &["9"], (11, 11)),
    plan("CL", "56", (9, 9), "", &["9"], (9, 9)),
    plan("CO", "57", (10, 10), "", &["3"], (10, 10)),
    plan("PE", "51", (8, 9), "0", &["9"], (9, 9)),
    plan("UY", "598", (8, 8), "0", &["9"], (8, 8)),
    plan("PY", "595", (8, 9), "0", &["9"], (9, 9)),
    plan("BO", "591", (8, 8), "0", &["6", "7"], (8, 8)),
    plan("EC", "593", (8, 9), "0", &["9"], (9, 9)),
    plan("VE", "58", (10, 10), "0", &["4"], (10, 10)),
    plan("PT", "351", (9, 9), "", &["9"], (9, 9)),
    plan("ES", "34", (9, 9), "", &["6", "7"], (9, 9)),
    plan("FR", "33", (9, 9), "0", &["6", "7"], (9, 9)),
    plan("DE", "49", (6, 12), "0", &["15", "16", "17"], (10, 11)),
    plan("IT", "39", (6, 11), "", &["3"], (9, 10)),
    plan("NL", "31", (9, 9), "0", &["6"], (9, 9)),
    plan("BE", "32", (8, 9), "0", &["4"], (9, 9)),
    plan("CH", "41", (9, 9), "0", &["7"], (9, 9)),
    plan("AT", "43", (6, 13), "0", &["6"], (10, 13)),
    plan("IE", "353", (7, 9), "0", &["8"], (9, 9)),
    plan("PL", "48", (9, 9), "", &["45", "5", "6", "7", "88"], (9, 9)),
    plan("SE", "46", (7, 9), "0", &["7"], (9, 9)),
    plan("NO", "47", (8, 8), "", &["4", "9"], (8, 8)),
    plan("DK", "45", (8, 8), "", &[], (8, 8)),
    plan("FI", "358", (6, 11), "0", &["4", "50"], (8, 10)),
    plan("GR", "30", (10, 10), "", &["69"], (10, 10)),
    plan("RO", "40", (9, 9), "0", &["7"], (9, 9)),
    plan("CZ", "420", (9, 9), "", &["6", "7"], (9, 9)),
    plan("HU", "36", (8, 9), "06", &["20", "30", "31", "50", "70"], (9, 9)),
    plan("UA", "380", (9, 9), "0", &["39", "5", "6", "7", "9"], (9, 9)),
    plan("RU", "7", (10, 10), "8", &["9"], (10, 10)),
    plan("KZ", "7", (10, 10), "8", &["7"], (10, 10)),
    plan("TR", "90", (10, 10), "0", &["5"], (10, 10)),
    plan("IL", "972", (8, 9), "0", &["5"], (9, 9)),
    plan("AE", "971", (8, 9), "0", &["5"], (9, 9)),
    plan("SA", "966", (8, 9), "0", &["5"], (9, 9)),
    plan("QA", "974", (8, 8), "", &["3", "5", "6", "7"], (8, 8)),
    plan("KW", "965", (8, 8), "", &["5", "6", "9"], (8, 8)),
    plan("OM", "968", (8, 8), "", &["7", "9"], (8, 8)),
    plan("BH", "973", (8, 8), "", &["3", "6"], (8, 8)),
    plan("EG", "20", (8, 10), "0", &["1"], (10, 10)),
    plan("MA", "212", (9, 9), "0", &["6", "7"], (9, 9)),
    plan("NG", "234", (8, 10), "0", &["70", "80", "81", "90", "91"], (10, 10)),
    plan("KE", "254", (9, 9), "0", &["7", "1"], (9, 9)),
    plan("GH", "233", (9, 9), "0", &["2", "5"], (9, 9)),
    plan("TZ", "255", (9, 9), "0", &["6", "7"], (9, 9)),
    plan("UG", "256", (9, 9), "0", &["7"], (9, 9)),
    plan("ZA", "27", (9, 9), "0", &["6", "7", "8"], (9, 9)),
    plan("PK", "92", (9, 10), "0", &["3"], (10, 10)),
    plan("BD", "880", (8, 10), "0", &["1"], (10, 10)),
    plan("LK", "94", (9, 9), "0", &["7"], (9, 9)),
    plan("NP", "977", (8, 10), "0", &["98", "97"], (10, 10)),
    plan("ID", "62", (8, 12), "0", &["8"], (9, 12)),
    plan("MY", "60", (8, 10), "0", &["1"], (9, 10)),
    plan("SG", "65", (8, 8), "", &["8", "9"], (8, 8)),
    plan("TH", "66", (8, 9), "0", &["6", "8", "9"], (9, 9)),
    plan("VN", "84", (9, 10), "0", &["3", "5", "7", "8", "9"], (9, 9)),
    plan("PH", "63", (8, 10), "0", &["9"], (10, 10)),
    plan("HK", "852", (8, 8), "", &["5", "6", "9"], (8, 8)),
    plan("TW", "886", (8, 9), "0", &["9"], (9, 9)),
    plan("JP", "81", (9, 10), "0", &["70", "80", "90"], (10, 10)),
    plan("KR", "82", (8, 10), "0", &["10"], (10, 10)),
    plan("AU", "61", (9, 9), "0", &["4"], (9, 9)),
    plan("NZ", "64", (8, 10), "0", &["2"], (8, 10)),
];

/// Calling codes of one and two digits (ITU-T E.164, list of assigned codes); every other assigned code has three.
const SHORT_CODES: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66",
    "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// First two digits of codes that are assigned with three.
const LONG_CODES: &[&str] = &[
    "21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67", "68", "69", "80",
    "85", "87", "88", "96", "97", "99",
];

/// Codes of three digits that nobody has.
const UNASSIGNED_CODES: &[&str] = &[
    "210", "214", "215", "217", "219", "259", "292", "293", "294", "295", "296", "384", "422", "424", "425",
    "426", "427", "428", "429", "671", "684", "693", "694", "695", "696", "697", "698", "699", "801", "802",
    "803", "804", "805", "806", "807", "809", "851", "854", "857", "858", "859", "871", "872", "873", "874",
    "875", "876", "877", "879", "884", "885", "887", "889", "969", "978", "990", "991", "997", "999",
];

/// Brazilian area codes start with one of these and do not end in 0 (Anatel, Resolução 749/2022).
const BRAZIL_AREAS: &[&str] = &[
    "11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "22", "24", "27", "28", "31", "32", "33",
    "34", "35", "37", "38", "41", "42", "43", "44", "45", "46", "47", "48", "49", "51", "53", "54", "55",
    "61", "62", "63", "64", "65", "66", "67", "68", "69", "71", "73", "74", "75", "77", "79", "81", "82",
    "83", "84", "85", "86", "87", "88", "89", "91", "92", "93", "94", "95", "96", "97", "98", "99",
];

/// Fewest and most digits of a national number in a plan that the table does not have.
const UNKNOWN_LENGTHS: (usize, usize) = (6, 12);

/// Reads digits that begin with a calling code.
pub(crate) fn international(digits: &str) -> Option<Dialled> {
    let (code, rest) = split_code(digits)?;
    let mut known = PLANS.iter().filter(|plan| plan.code == code).peekable();
    if known.peek().is_none() {
        let fits = (UNKNOWN_LENGTHS.0..=UNKNOWN_LENGTHS.1).contains(&rest.len()) && !rest.starts_with('0');
        return fits.then(|| Dialled { e164: format!("+{digits}"), is_mobile: false, country: None });
    }
    known.find_map(|plan| plan.fit(rest).or_else(|| plan.fit(plan.without_trunk(rest)?)))
}

/// Reads digits as they are dialled within a country, with the trunk prefix or without.
pub(crate) fn national(digits: &str, country: &str) -> Option<Dialled> {
    let plan = PLANS.iter().find(|plan| plan.country == country)?;
    plan.without_trunk(digits).and_then(|rest| plan.fit(rest)).or_else(|| plan.fit(digits))
}

fn split_code(digits: &str) -> Option<(&str, &str)> {
    let short = (1..=2).find(|len| digits.get(..*len).is_some_and(|code| SHORT_CODES.contains(&code)));
    let is_assigned = |three: &str| LONG_CODES.contains(&&three[..2]) && !UNASSIGNED_CODES.contains(&three);
    let long = digits.get(..3).is_some_and(is_assigned).then_some(3);
    digits.split_at_checked(short.or(long)?)
}

impl Plan {
    /// The national number behind the trunk prefix, if it has one.
    fn without_trunk<'d>(&self, digits: &'d str) -> Option<&'d str> {
        digits.strip_prefix(self.trunk).filter(|_| !self.trunk.is_empty())
    }

    /// The number, if these digits without trunk prefix fit the plan.
    fn fit(&self, digits: &str) -> Option<Dialled> {
        let starts_well = match self.country {
            "BR" => {
                BRAZIL_AREAS.contains(&digits.get(..2)?)
                    && (digits.len() == 10) != digits[2..].starts_with('9')
            }
            "US" | "CA" => {
                let starts =
                    |at: usize| digits.as_bytes().get(at).is_some_and(|digit| (b'2'..=b'9').contains(digit));
                starts(0) && starts(3)
            }
            "IN" => !digits.starts_with(['0', '1']),
            "IT" => true,
            _ => !digits.starts_with('0'),
        };
        if !starts_well || !(self.lengths.0..=self.lengths.1).contains(&digits.len()) {
            return None;
        }
        let has_mobile_head = match self.country {
            "BR" => true,
            _ => self.mobile.iter().any(|head| digits.starts_with(head)),
        };
        let is_mobile =
            has_mobile_head && (self.mobile_lengths.0..=self.mobile_lengths.1).contains(&digits.len());
        Some(Dialled { e164: format!("+{}{digits}", self.code), is_mobile, country: Some(self.country) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_the_plan_of_their_country() {
        for (digits, country, expected, is_mobile) in [
            ("11988880000", "BR", Some("+5511988880000"), true),
            ("011988880000", "BR", Some("+5511988880000"), true),
            ("1133334444", "BR", Some("+551133334444"), false),
            ("10988880000", "BR", None, false),
            ("11888800001", "BR", None, false),
            ("9876543210", "IN", Some("+919876543210"), true),
            ("09876543210", "IN", Some("+919876543210"), true),
            ("0112345678", "IN", None, false),
            ("07700900123", "GB", Some("+447700900123"), true),
            ("02079460958", "GB", Some("+442079460958"), false),
            ("2025550123", "US", Some("+12025550123"), false),
            ("1025550123", "US", None, false),
            ("13812345678", "CN", Some("+8613812345678"), true),
            ("12345", "ZZ", None, false),
        ] {
            let dialled = national(digits, country);
            assert_eq!(dialled.as_ref().map(|dialled| dialled.e164.as_str()), expected, "{digits}");
            assert_eq!(dialled.is_some_and(|dialled| dialled.is_mobile), is_mobile, "{digits}");
        }
    }

    #[test]
    fn calling_codes_are_read_longest_assigned() {
        for (digits, expected) in [
            ("919876543210", Some("+919876543210")),
            ("4407700900123", Some("+447700900123")),
            ("5511988880000", Some("+5511988880000")),
            ("35312345678", Some("+35312345678")),
            ("2202345678", Some("+2202345678")),
            ("999", None),
            ("91123", None),
            ("0123456789", None),
        ] {
            assert_eq!(international(digits).map(|dialled| dialled.e164).as_deref(), expected, "{digits}");
        }
    }

    #[test]
    fn the_table_names_each_country_once() {
        let mut countries: Vec<&str> = PLANS.iter().map(|plan| plan.country).collect();
        countries.sort_unstable();
        assert!(countries.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(PLANS.iter().all(|plan| split_code(plan.code).is_some_and(|(code, _)| code == plan.code)));
    }
}
