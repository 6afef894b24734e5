//! Top-level domains, so that "aurora.example" in prose is told from a missing space after a full stop.

/// How far a text that ends in this label may be taken for a host name without scheme, `www.` or path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suffix {
    /// A domain that is hardly ever a word.
    Clear,
    /// A domain that is also a word ("in", "me", "so") or a file's ending ("zip", "md").
    Word,
}

/// Generic domains in common use (IANA root zone database), and those reserved for examples (RFC 2606).
const GENERIC: &[&str] = &[
    "com",
    "net",
    "org",
    "info",
    "biz",
    "edu",
    "gov",
    "mil",
    "int",
    "app",
    "dev",
    "shop",
    "store",
    "online",
    "site",
    "website",
    "tech",
    "cloud",
    "xyz",
    "top",
    "club",
    "vip",
    "icu",
    "page",
    "link",
    "live",
    "work",
    "works",
    "world",
    "today",
    "agency",
    "company",
    "email",
    "digital",
    "finance",
    "money",
    "bank",
    "cash",
    "pay",
    "plus",
    "pro",
    "name",
    "mobi",
    "asia",
    "travel",
    "jobs",
    "blog",
    "news",
    "media",
    "group",
    "global",
    "space",
    "fun",
    "art",
    "design",
    "solutions",
    "services",
    "support",
    "systems",
    "network",
    "center",
    "chat",
    "click",
    "social",
    "team",
    "law",
    "legal",
    "health",
    "care",
    "clinic",
    "auction",
    "market",
    "sale",
    "deals",
    "rent",
    "homes",
    "house",
    "cars",
    "auto",
    "vin",
    "bet",
    "casino",
    "game",
    "games",
    "win",
    "loan",
    "credit",
    "capital",
    "fund",
    "exchange",
    "trade",
    "crypto",
    "tel",
    "example",
    "test",
    "invalid",
    "moe",
    "ink",
    "wiki",
    "africa",
    "lat",
    "rio",
    "london",
    "berlin",
    "paris",
    "tokyo",
    "nyc",
    "amsterdam",
];

/// Generic domains that are also words of ordinary talk or endings of file names.
const GENERIC_WORDS: &[&str] = &[
    "work", "works", "world", "today", "company", "email", "money", "bank", "cash", "pay", "plus", "pro",
    "name", "travel", "news", "group", "live", "team", "art", "design", "support", "space", "fun", "page",
    "link", "law", "health", "care", "sale", "deals", "rent", "house", "cars", "win", "loan", "credit",
    "fund", "trade", "game", "games", "test", "online", "site", "shop", "store", "chat", "click", "social",
    "market", "top", "club", "global", "digital", "london", "paris", "rio", "website", "media", "services",
    "center", "network", "jobs", "blog", "auto", "bet", "legal", "homes", "vip", "app",
];

/// Country domains (ISO 3166-1 alpha-2, and uk, eu, su, ac).
const COUNTRY: &str = "ac ad ae af ag ai al am ao ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf \
    cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gg gh gi gl gm gn gp gq \
    gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt \
    lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl \
    pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to \
    tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw";

/// Country domains that are hardly ever a word, an abbreviation or a file's ending.
const CLEAR_COUNTRY: &str = "ae au br ca ch cl cn cz dk eu fr gr hk hu ie io jp kr lk mx ng nl np nz pk pl pt ru sg th tv tw ua uk uy vn za";

/// What a host's last label says; `None` if no domain ends so.
pub(crate) fn suffix(label: &str) -> Option<Suffix> {
    let label = label.to_ascii_lowercase();
    let is_in = |list: &str| list.split_ascii_whitespace().any(|known| known == label);
    if label.len() == 2 {
        return is_in(COUNTRY).then(|| if is_in(CLEAR_COUNTRY) { Suffix::Clear } else { Suffix::Word });
    }
    if label.starts_with("xn--") {
        return Some(Suffix::Clear);
    }
    let is_word = GENERIC_WORDS.contains(&label.as_str());
    GENERIC.contains(&label.as_str()).then_some(if is_word { Suffix::Word } else { Suffix::Clear })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suffix_is_clear_a_word_or_none() {
        for (label, expected) in [
            ("com", Some(Suffix::Clear)),
            ("BR", Some(Suffix::Clear)),
            ("me", Some(Suffix::Word)),
            ("shop", Some(Suffix::Word)),
            ("pdf", None),
            ("zz", None),
            ("", None),
        ] {
            assert_eq!(suffix(label), expected, "{label}");
        }
    }

    #[test]
    fn every_clear_or_wordy_domain_is_listed_as_a_domain() {
        assert!(GENERIC_WORDS.iter().all(|word| GENERIC.contains(word)));
        assert!(
            CLEAR_COUNTRY
                .split(' ')
                .all(|label| COUNTRY.split_ascii_whitespace().any(|known| known == label))
        );
    }
}
