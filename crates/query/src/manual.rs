//! The manual of the language, written from the language itself: fields, codes and limits say what they are where they are
//! defined, and every example is a query that a test parses and runs.

use std::fmt::Write;

use aboveboard_model::document::{Field, FieldType};

use crate::{
    Code, DEPTH_MAX, EDITS_MAX, LIST_ENTRIES_MAX, LIST_PATTERNS_MAX, Language, PATTERN_BYTES_MAX,
    PATTERNS_MAX, PHRASE_TOKENS_MAX, QUERY_BYTES_MAX, QUERY_PATTERN_BYTES_MAX, SLOP_MAX, SPANS_MAX,
    TERMS_MAX, WILDCARDS_MAX,
};

/// An example: a query, a text that it finds, and what it means. The text is empty where the query asks no words.
pub(crate) struct Example(pub(crate) &'static str, pub(crate) &'static str, pub(crate) &'static str);

/// A part of the manual.
pub(crate) struct Section {
    title: &'static str,
    words: &'static str,
    pub(crate) examples: &'static [Example],
}

/// The manual as Markdown: `docs/query.md`.
pub fn manual() -> String {
    let mut page = String::from(INTRODUCTION);
    for section in SECTIONS {
        // Writing into a string does not fail.
        let words = section.words.replace("{languages}", &languages());
        let _ = write!(page, "\n## {}\n{words}\n", section.title);
        if !section.examples.is_empty() {
            table(&mut page, &["query", "finds", "meaning"]);
        }
        for Example(query, text, meaning) in section.examples {
            let _ = writeln!(
                page,
                "| {} | {} | {meaning} |",
                code(query),
                if text.is_empty() { String::new() } else { escaped(text) }
            );
        }
    }
    page.push_str(
        "\n## Fields\nA field that a document does not have matches nothing, whatever is asked of it.\n",
    );
    table(&mut page, &["field", "values", "what it holds"]);
    for field in Field::ALL {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            field.word(),
            kind(field.kind()),
            field.manual().trim().replace('\n', " ").replace('|', "\\|")
        );
    }
    page.push_str("\n## What is said of a query\nAn `E` keeps a query from running, a `W` does not. A code never changes what it means.\n");
    table(&mut page, &["code", "meaning"]);
    for one in Code::ALL {
        let _ = writeln!(page, "| {} | {} |", one.word(), one.meaning());
    }
    page.push_str(&limits());
    page
}

/// The head of a table.
fn table(page: &mut String, columns: &[&str]) {
    // Writing into a string does not fail.
    let _ = writeln!(page, "\n| {} |\n{}|", columns.join(" | "), "|---".repeat(columns.len()));
}

fn limits() -> String {
    let mut page = String::from("\n## Limits\n");
    table(&mut page, &["of", "at most"]);
    for (what, most) in [
        ("bytes of a query", QUERY_BYTES_MAX),
        ("parentheses within each other", DEPTH_MAX),
        ("words, phrases, ranges in a query", TERMS_MAX),
        ("regular expressions and words with inner wildcards in a query", PATTERNS_MAX),
        ("words of a phrase", PHRASE_TOKENS_MAX),
        ("distance of a proximity", SLOP_MAX as usize),
        ("mistakes in a word", EDITS_MAX as usize),
        ("wildcards in a word or phrase", WILDCARDS_MAX),
        ("bytes of a regular expression, compiled", PATTERN_BYTES_MAX),
        ("bytes of all of a query together, compiled", QUERY_PATTERN_BYTES_MAX),
        ("entries of a list", LIST_ENTRIES_MAX),
        ("entries of a list with wildcards inside", LIST_PATTERNS_MAX),
        ("places shown for one document", SPANS_MAX),
    ] {
        let _ = writeln!(page, "| {what} | {most} |");
    }
    page
}

fn kind(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text => "words",
        FieldType::Keyword => "names",
        FieldType::Number => "a number",
        FieldType::Flag => "`true`, `false`",
        FieldType::Instant => "a time",
        FieldType::Money => "amounts",
        FieldType::Scores => "scores by label",
    }
}

fn code(query: &str) -> String {
    format!("`{}`", query.replace('|', "\\|"))
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('*', "\\*")
}

const INTRODUCTION: &str = "# The query language

One language for search, policies and backtests, in the syntax of Lucene as Kibana has it. This page is written from the program
(`cargo xtask manual`); every example on it is run by a test.

A query means the same in both directions: over each new message as it comes, and over everything that is kept.
";

pub(crate) const SECTIONS: &[Section] = &[
    Section {
        title: "Words and phrases",
        words: "A bare word is looked for in what somebody wrote or sent: text, caption, file name, words read from a picture, words heard. Not in
what was quoted; for that name the field `quoted`. Case, accents, width, invisible characters, digits of other scripts and letters that look
alike do not count.

A word is found whole. In scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) it is found anywhere. Words joined by
punctuation are a phrase: `side-deal` is `\"side deal\"`.",
        examples: &[
            Example("pix", "manda o PIX", "the word, whatever its case"),
            Example("joao", "oi João", "with or without accents"),
            Example("paypal", "use раураl", "also in letters that look alike"),
            Example("客户", "我们的客户很多", "inside a run of characters"),
            Example("\"send me cash\"", "Send me cash!", "the words in this order, side by side"),
            Example("side-deal", "a side deal", "a phrase too"),
        ],
    },
    Section {
        title: "AND, OR, NOT",
        words: "Words side by side must all be there. AND binds more than OR; parentheses say otherwise. The operators are written in capitals, or as
`&&`, `||`, `!`, `-`. In the parentheses of a field of names, values side by side are alternatives. What has a `+` before it must be there,
whatever else is: beside it alternatives decide nothing.",
        examples: &[
            Example("pix cash", "cash or pix", "both, as with AND"),
            Example("pix OR cash", "in cash", "one or both"),
            Example("pix NOT refund", "my pix", "the first without the second; also `pix -refund`, `pix !refund`"),
            Example("(pix OR cash) boleto", "boleto, cash", "parentheses"),
            Example("team:(sales OR \"key accounts\")", "", "any of these values"),
            Example("entity:(+CARD +IBAN)", "", "all of these values"),
        ],
    },
    Section {
        title: "Near each other",
        words: "A number after a phrase says how many places its words may be moved in all, as in Lucene; two words in the other order are two
places. `NEAR/n` puts up to n words between two things in any order, `PRE/n` in this one. `W/n` is `NEAR/n`; `FOLLOWEDBY/n`, `FOLLOWEDBY,n`
and `ONEAR(n)` are `PRE/n`; all of them in capitals. On each side stands a word, a phrase, either with wildcards or mistakes, a regular expression, a list, or several
of them in parentheses with OR between. Both are looked for in the same text. Whether two things are near does not depend on how many there are; of a
proximity that is a side of another, where more than 131072 pairs are near, each thing counts with those nearest to it.",
        examples: &[
            Example("\"send cash\"~3", "send me the cash", "up to three places out of order"),
            Example("send NEAR/3 cash", "cash they send", "up to three words between them, in any order"),
            Example("send PRE/3 cash", "send me the cash", "the first before the second"),
            Example("(send OR pay) W/5 (\"my pix\" OR cash)", "pay it to my pix", "alternatives on both sides"),
            Example("don't PRE/2 tell PRE/5 boss", "don't ever tell the boss", "one after the other, from the left"),
        ],
    },
    Section {
        title: "Wildcards",
        words: "`*` stands for any letters or none, `?` for exactly one, anywhere in a word and within a phrase. A `*` alone in a phrase is any one
word. A question mark at the end of a word in a phrase is punctuation. In a word that has punctuation inside, such as an address or a file
name, a wildcard goes as far as there is no space. A backslash makes either the character itself. In the quoted value of a field of names nothing
is a wildcard.",
        examples: &[
            Example("pag*", "vou pagar", "how it begins"),
            Example("*pix*", "meupix2", "anywhere in the word"),
            Example("p?x", "pax", "exactly one letter"),
            Example("pa*ment", "payment", "in the middle"),
            Example("\"send * ca*\"", "send me cash", "in a phrase"),
            Example("*@gmail.com", "ana.silva@gmail.com", "an address"),
            Example("filename:*.xlsx", "", "a file by its ending"),
            Example("客*价", "客户的价格", "inside a run of characters"),
        ],
    },
    Section {
        title: "Mistakes",
        words: "`~1` after a word allows one letter to be changed, added, left out or exchanged with its neighbour, `~2` two; `~` alone is two. There must be
fewer mistakes than the shorter of both words has letters.",
        examples: &[
            Example("transfer~1", "tranfser it", "one mistake"),
            Example("cryptocurrency~", "criptocurency", "two"),
            Example("客户~1", "联系客服", "one character of two"),
        ],
    },
    Section {
        title: "Regular expressions",
        words: "Between slashes stands an expression that is found anywhere inside a text, not only as a whole word: `^` and `$` are the ends of the
text, `\\b` the edge of a word. Case does not count, and the text is tried as it was written and folded, so that `/joao/` finds João. `\\/` is a slash.
In a field of names it must fit the whole value, as in Lucene. Whether it is found takes time in proportion to the text, so that back-references and
look-around are not part of it; of one that must read on behind each place, such as `/a(.*b)?/`, only so many places of a long text are shown as need
16777216 bytes to be read again. Behind the second slash `i`, `m` and `s` may stand: `s` lets `.` be a line's end, `m` makes `^` and `$` the ends of a line.",
        examples: &[
            Example("/pix[0-9]{3}/", "PIX123", "letters and digits"),
            Example("/\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}/", "111.444.777-35", "the shape of a CPF"),
            Example("/\\bR\\$ ?\\d+/", "paga R$ 500", "an amount as people type it"),
            Example("team:/sales-.+/", "", "a whole value"),
        ],
    },
    Section {
        title: "As written, and by the stem",
        words: "`exact:` compares case, accents and letters as they were written; before a word, a phrase, wildcards, an expression, a field or
parentheses, or after the colon of a field. What stands between the words, spaces and punctuation, does not count there either: an expression
tells `side-deal` from `side deal`. `stem:` finds words of the same stem, in the language of the document, or in any where that is
not known; `stem.pt:` in this one. There are stems for {languages}.",
        examples: &[
            Example("exact:PIX", "o PIX", "not `pix`"),
            Example("exact:\"João Silva\"", "João Silva", "not `joao silva`"),
            Example("exact:\"Side-Deal\"", "Side Deal", "the words as written, whatever is between them"),
            Example("exact:/Side-Deal/", "Side-Deal", "every sign as written"),
            Example("text:exact:IBAN", "IBAN", "after a field"),
            Example("stem.en:paying", "he pays", "any form of the word"),
            Example("stem.pt:(transferir OR pagar)", "vou pagando", "for all in the parentheses"),
        ],
    },
    Section {
        title: "Fields and values",
        words: "A field stands before a colon. `field:*`, or `_exists_:field`, asks whether there is any value. Names are compared whole, case aside, and take
wildcards, mistakes, expressions and lists. `*` or `*:*` is every document. A boost such as `^2` changes nothing, since what is found is not
ranked by it.",
        examples: &[
            Example("direction:out", "", "what the company wrote"),
            Example("team:\"Key accounts\"", "", "a name with a space"),
            Example("team:sal*", "", "how it begins"),
            Example("payment:unregistered", "", "a payee that the registry does not have"),
            Example("caption:* NOT text:*", "", "a file without a message"),
        ],
    },
    Section {
        title: "Numbers, money, scores",
        words: "`[a TO b]` has both ends in it, `{a TO b}` neither; `*` is an open end. `>`, `>=`, `<`, `<=` may stand after the colon or instead of it. Money
takes a currency before or after the number, or alone: a code, or a sign that is of one country only, as `R$`, `US$`, `€`, `£`, `₹`; `$` and `¥`
are not. Without one any will do. A label of `intent` follows a point; the label as a value asks for a
score of at least 0.5.",
        examples: &[
            Example("discount:[5 TO 10}", "", "from 5 to less than 10 percent"),
            Example("discount:>10%", "", "more than 10 percent"),
            Example("size:>=1000000", "", "a file of a million bytes or more"),
            Example("money:>1000BRL", "", "also `money:>BRL1000`"),
            Example("money:>100€", "", "also `money:>€100`, `money:>100EUR`"),
            Example("money:[100 TO 500]", "", "in any currency"),
            Example("intent.secrecy:>=0.8", "", "a score"),
            Example("intent:secrecy", "", "a score of at least 0.5"),
        ],
    },
    Section {
        title: "Times",
        words: "A year, month, day, hour, minute or second is all of it, in UTC. `now` is when the search is asked; in a policy it is when the message was written, so that a
policy answers the same today and when everything is read again. `-7d`, `+1M` go on from it, `/d` goes to where the day begins; units are y, M, w, d,
h, m, s. From a day one goes on behind `||`. A time of day is that of the place where the employee works, and its range may go past midnight.",
        examples: &[
            Example("at:2026-11", "", "in that month"),
            Example("at:2026-11-21T09:30", "", "in that minute"),
            Example("at:[2026-11-01 TO 2026-11-15]", "", "both days are in it"),
            Example("at:>=now-7d", "", "the last seven days"),
            Example("at:[now-1M/M TO now/M}", "", "last month"),
            Example("at:[18:00 TO 23:59]", "", "in the evening where the employee works"),
            Example("at:[22:00 TO 06:00]", "", "at night"),
            Example("at:>=2026-11-01||+2w", "", "two weeks from that day"),
        ],
    },
    Section {
        title: "Lists and macros",
        words: "`@name` is any entry of that list: words, phrases, either with wildcards, or a quoted phrase with a distance; as the value of a field of names any of
its values. A list may come from a text with one entry a line, the first column of a CSV. `$name` is a macro: it puts a query in its place, in
parentheses, also where a value stands: `team:$name`; a macro may name others. Who asks gives both, as `aboveboard evaluate queries` does; searches and policies have none yet.",
        examples: &[],
    },
    Section {
        title: "Signs that mean something",
        words: "A backslash before `+ - ! ( ) { } [ ] ^ \" ~ * ? : \\ / @ $ < > & |` makes it the character itself; so do quotation marks, but for `*` and `?`
inside words. Punctuation is no word, so that there is little use in it outside of wildcards and expressions.",
        examples: &[Example("\\@ana", "call @ana", "no list")],
    },
];

fn languages() -> String {
    Language::ALL.iter().map(|language| format!("`{}`", language.code())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use aboveboard_model::document::{Amount, Document, Zone};
    use aboveboard_model::item::Direction;

    use super::*;
    use crate::{Environment, Query};

    /// A document of which one thing is said.
    fn with(change: impl FnOnce(&mut Document)) -> Document {
        let mut document = Document { kind: "message".into(), ..Document::default() };
        change(&mut document);
        document
    }

    fn of_team(team: &str) -> Document {
        with(|document| document.team = Some(team.into()))
    }

    /// Asked on a Sunday; the employee works three hours behind UTC.
    fn at(time: &str) -> Document {
        with(|document| {
            document.region = Some("BR".into());
            document.at = Some(time.parse().expect("a time"));
        })
    }

    fn zone(zone: Zone, text: &str) -> Document {
        with(|document| drop(document.zones.insert(zone, text.into())))
    }

    fn money(amount: f64, currency: &str) -> Document {
        with(|document| document.money = vec![Amount { amount, currency: Some(currency.into()) }])
    }

    fn score(label: &str, score: f64) -> Document {
        with(|document| document.intent = [(label.to_owned(), score)].into())
    }

    /// For an example without a text, a document that it finds and one that it does not.
    fn documents(query: &str) -> Option<(Document, Document)> {
        let entity = |values: &[&str]| {
            with(|document| document.entity = values.iter().map(|&value| value.into()).collect())
        };
        let discount = |discount| with(|document| document.discount = Some(discount));
        let payment = |value: &str| with(|document| document.payment = vec![value.into()]);
        let direction = |direction| with(|document| document.direction = Some(direction));
        let size = |bytes| with(|document| document.size_bytes = Some(bytes));
        Some(match query {
            "team:(sales OR \"key accounts\")" => (of_team("Key Accounts"), of_team("finance")),
            "entity:(+CARD +IBAN)" => (entity(&["IBAN", "CARD"]), entity(&["IBAN"])),
            "filename:*.xlsx" => (zone(Zone::Filename, "list.xlsx"), zone(Zone::Filename, "list.xls")),
            "team:/sales-.+/" => (of_team("Sales-North"), of_team("presales-north")),
            "direction:out" => (direction(Direction::Out), direction(Direction::In)),
            "team:\"Key accounts\"" => (of_team("key accounts"), of_team("key")),
            "team:sal*" => (of_team("Sales"), of_team("presales")),
            "payment:unregistered" => (payment("unregistered"), payment("registered")),
            "caption:* NOT text:*" => (zone(Zone::Caption, "a"), zone(Zone::Text, "a")),
            "discount:[5 TO 10}" => (discount(5.0), discount(10.0)),
            "discount:>10%" => (discount(10.5), discount(10.0)),
            "size:>=1000000" => (size(1_000_000), size(999_999)),
            "money:>1000BRL" => (money(1_000.5, "BRL"), money(1_000.5, "USD")),
            "money:>100€" => (money(101.0, "EUR"), money(101.0, "GBP")),
            "at:2026-11-21T09:30" => (at("2026-11-21T09:30:59.999Z"), at("2026-11-21T09:31:00Z")),
            "money:[100 TO 500]" => (money(500.0, "INR"), money(501.0, "INR")),
            "intent.secrecy:>=0.8" => (score("secrecy", 0.8), score("joke", 0.9)),
            "intent:secrecy" => (score("secrecy", 0.5), score("secrecy", 0.4)),
            "at:2026-11" => (at("2026-11-30T23:59:59Z"), at("2026-12-01T00:00:00Z")),
            "at:[2026-11-01 TO 2026-11-15]" => (at("2026-11-15T23:59:59Z"), at("2026-11-16T00:00:00Z")),
            "at:>=now-7d" => (at("2026-11-15T12:00:00Z"), at("2026-11-15T11:59:59Z")),
            "at:[now-1M/M TO now/M}" => (at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z")),
            "at:[18:00 TO 23:59]" => (at("2026-11-21T21:00:00Z"), at("2026-11-21T20:59:59Z")),
            "at:[22:00 TO 06:00]" => (at("2026-11-21T08:00:00Z"), at("2026-11-21T10:00:00Z")),
            "at:>=2026-11-01||+2w" => (at("2026-11-15T00:00:00Z"), at("2026-11-14T23:59:59Z")),
            _ => return None,
        })
    }

    #[test]
    fn every_example_is_a_query_that_finds_what_it_says_and_not_all() {
        let environment =
            Environment { now: Some("2026-11-22T12:00:00Z".parse().unwrap()), ..Environment::default() };
        for Example(query, text, meaning) in SECTIONS.iter().flat_map(|section| section.examples) {
            let parsed =
                Query::parse_in(query, &environment).unwrap_or_else(|wrong| panic!("{query}: {wrong:?}"));
            assert!(!meaning.is_empty());
            let is_odd = parsed.warnings().iter().any(|warning| warning.code != Code::Slow);
            assert!(!is_odd, "{query}: {:?}", parsed.warnings());
            if text.is_empty() {
                let (inside, outside) = documents(query).unwrap_or_else(|| panic!("{query} has no document"));
                assert!(parsed.matches(&inside).is_some(), "{query}");
                assert!(parsed.matches(&outside).is_none(), "{query}");
            } else {
                let found = parsed.matches(&zone(Zone::Text, text));
                assert!(found.is_some_and(|found| !found.spans.is_empty()), "{query} in {text}");
                assert!(parsed.matches(&zone(Zone::Text, "something else")).is_none(), "{query}");
            }
        }
    }
}
