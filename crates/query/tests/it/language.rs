//! What parses to what, and what is said of mistakes.

use aboveboard_query::{
    Code, DEPTH_MAX, DIAGNOSTICS_MAX, QUERY_BYTES_MAX, Query, SLOP_MAX, Severity, TERMS_MAX,
};

/// A query as typed, and as printed.
const PLAINEST: &[(&str, &str)] = &[
    ("pix", "pix"),
    ("  pix   boleto ", "pix AND boleto"),
    ("a AND b", "a AND b"),
    ("a && b || c", "(a AND b) OR c"),
    ("a OR b c", "a OR (b AND c)"),
    ("(a OR b) c", "(a OR b) AND c"),
    ("((a))", "a"),
    ("a (b (c d))", "a AND b AND c AND d"),
    ("a OR (b OR c)", "a OR b OR c"),
    ("NOT a", "NOT a"),
    ("-a !b +c", "NOT a AND NOT b AND c"),
    ("! a", "NOT a"),
    ("NOT NOT a", "NOT NOT a"),
    ("NOT (a b)", "NOT (a AND b)"),
    ("NOT a b", "NOT a AND b"),
    ("\"send me\"", "\"send me\""),
    ("\"send me\"~5", "\"send me\"~5"),
    ("\"say \\\"hi\\\" \\\\\"", "\"say \\\"hi\\\" \\\\\""),
    ("pag*", "pag*"),
    ("*", "*"),
    ("side-deal", "side-deal"),
    ("\\-a", "\\-a"),
    ("a\\:b", "a\\:b"),
    ("\\AND", "\\AND"),
    ("OR\\!x", "OR\\!x"),
    ("intent.a-b:>1", "intent.a-b:{\"1\" TO *]"),
    ("ana@mail.com", "ana@mail.com"),
    ("text:pix", "text:pix"),
    ("TEXT:pix", "text:pix"),
    ("text: pix", "text:pix"),
    ("region:IN", "region:IN"),
    ("region:OR", "region:\\OR"),
    ("team:\"field sales\"", "team:\"field sales\""),
    ("link:*", "link:*"),
    ("text:(a OR b)", "text:a OR text:b"),
    ("text:(a b)", "text:a AND text:b"),
    ("region:(BR IN)", "region:BR OR region:IN"),
    ("region:(BR OR IN)", "region:BR OR region:IN"),
    ("entity:(IBAN AND CARD)", "entity:IBAN AND entity:CARD"),
    ("region:(BR IN -UK)", "(region:BR OR region:IN) AND NOT region:UK"),
    ("region:(-BR -IN)", "NOT region:BR AND NOT region:IN"),
    ("discount:[5 TO 10]", "discount:[\"5\" TO \"10\"]"),
    ("discount:{5 TO 10]", "discount:{\"5\" TO \"10\"]"),
    ("discount:[* TO 10}", "discount:[* TO \"10\"}"),
    ("discount:>=5", "discount:[\"5\" TO *]"),
    ("discount > 5%", "discount:{\"5%\" TO *]"),
    ("discount<= 5", "discount:[* TO \"5\"]"),
    ("discount:-5", "discount:\\-5"),
    ("discount:(-5 7)", "discount:\\-5 OR discount:7"),
    ("at:2026-11-21", "at:2026-11-21"),
    ("at:>=2026-11-21T10:00:00Z", "at:[\"2026-11-21T10:00:00Z\" TO *]"),
    ("intent.secrecy:>=0.5", "intent.secrecy:[\"0.5\" TO *]"),
    ("money:>1000BRL", "money:{\"1000BRL\" TO *]"),
    ("今天 手机", "今天 AND 手机"),
    ("don't", "don't"),
    ("*pix* p?x pa*t", "*pix* AND p?x AND pa*t"),
    ("pi\\*x*y", "pi\\*x*y"),
    ("\"send ca* ok?\"", "\"send ca* ok\\?\""),
    ("\"send ca\"*", "\"send ca*\""),
    ("team:\"Field S\"*", "team:Field\\ S*"),
    ("pix~ pix~1 pix~0.5", "pix~2 AND pix~1 AND pix~1"),
    ("/pi\\/x/", "/pi\\/x/"),
    ("/pix/i b", "/pix/i AND b"),
    ("team:/sal.*/", "team:/sal.*/"),
    ("_exists_:team", "team:*"),
    ("*:*", "*"),
    ("exact:Pix", "exact:Pix"),
    ("text:exact:(Pix OR \"My Pix\")", "exact:text:Pix OR exact:text:\"My Pix\""),
    ("exact:text:Pix b", "exact:text:Pix AND b"),
    ("stem.pt:pagar", "stem.pt:pagar"),
    ("Stem:pay", "stem:pay"),
    ("a NEAR/5 b c", "a NEAR/5 b AND c"),
    ("a w/5 b", "a NEAR/5 b"),
    ("a FOLLOWEDBY,3 \"b c\"", "a PRE/3 \"b c\""),
    ("a ONEAR(n=3) (b OR c*)", "a PRE/3 (b OR c*)"),
    ("NOT a NEAR/2 b PRE/1 c", "NOT (a NEAR/2 b) PRE/1 c"),
    ("text:(a NEAR/5 b)", "text:a NEAR/5 text:b"),
    ("\\NEAR/5 \\W/5", "\\NEAR/5 AND \\W/5"),
    ("\\@a \\$b \\/c", "\\@a AND \\$b AND \\/c"),
    ("at:[now-7d/d TO now]", "at:[\"now-7d/d\" TO \"now\"]"),
    ("at:[18:00 TO 06:00]", "at:[\"18:00\" TO \"06:00\"]"),
    ("\\exact\\:a", "exact\\:a"),
];

#[test]
fn queries_print_in_their_plainest_form() {
    for &(text, printed) in PLAINEST {
        let query = Query::parse(text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"));
        assert_eq!(query.to_string(), printed, "{text}");
        assert_eq!(Query::parse(printed).unwrap(), query, "{text}");
    }
}

/// Codes and places of what is said of a query.
fn said(text: &str) -> Vec<(&'static str, &str)> {
    let diagnostics = Query::parse(text).map_or_else(|mistakes| mistakes, |query| query.warnings().to_vec());
    diagnostics.into_iter().map(|diagnostic| (diagnostic.code.word(), &text[diagnostic.span])).collect()
}

/// A query, and what is said of it: a code and the place.
type Said = (&'static str, &'static [(&'static str, &'static str)]);

const MISTAKES: &[Said] = &[
    ("", &[("E001", "")]),
    ("   ", &[("E001", "   ")]),
    ("(a", &[("E005", "(")]),
    ("a)", &[("E005", ")")]),
    ("((a)", &[("E005", "(")]),
    ("\"a", &[("E006", "\"")]),
    ("discount:[1 TO", &[("E007", "[1 TO")]),
    ("discount:[1 2] (", &[("E007", "[1 2]"), ("E005", "(")]),
    ("[1 TO 2]", &[("E010", "[1 TO 2]")]),
    ("a AND", &[("E008", "AND")]),
    ("AND a", &[("E008", "AND")]),
    ("a AND AND b", &[("E008", "AND")]),
    ("a OR", &[("E008", "OR")]),
    ("OR a", &[("E008", "OR")]),
    ("a OR OR b", &[("E008", "OR")]),
    ("NOT", &[("E008", "NOT")]),
    ("a NOT", &[("E008", "NOT")]),
    ("NOT OR a", &[("E008", "NOT")]),
    ("()", &[("E008", "()")]),
    ("~5", &[("E008", "~")]),
    ("tetx:a", &[("E009", "tetx")]),
    ("text*:a", &[("E009", "text*")]),
    ("intent.x*:1 intent.:1", &[("E009", "intent.x*"), ("E009", "intent.")]),
    ("https://x.com", &[("E009", "https")]),
    ("salary > 5", &[("E009", "salary")]),
    ("text:[a TO b]", &[("E010", "[a TO b]")]),
    ("team:>5", &[("E010", ">5")]),
    ("discount:5*", &[("E010", "5*")]),
    ("at:\"2026-11-21\"~2", &[("E010", "\"2026-11-21\"~2")]),
    ("discount:high", &[("E011", "high")]),
    ("discount:1e5", &[("E011", "1e5")]),
    ("discount:NaN", &[("E011", "NaN")]),
    ("at:yesterday", &[("E012", "yesterday")]),
    ("at:2026-02-30", &[("E012", "2026-02-30")]),
    ("at:[2026-13 TO *]", &[("E012", "[2026-13 TO *]")]),
    ("deleted:perhaps", &[("E013", "perhaps")]),
    ("$", &[("E016", "$")]),
    ("text:\"...\"", &[("E016", "\"...\"")]),
    ("\"a b\"~x", &[("E017", "~")]),
    ("\"a b\"~1001", &[("E017", "~1001")]),
    ("pix~3", &[("E017", "~3")]),
    ("p*x~1 b", &[("E018", "p*x~1")]),
    ("stem:p*x", &[("E018", "p*x")]),
    ("a /pi.*x", &[("E022", "/")]),
    ("/pi(x/ b", &[("E022", "/pi(x/")]),
    ("discount:/5/", &[("E011", "/5/")]),
    ("@payees", &[("E023", "@payees")]),
    ("team:@sales", &[("E023", "@sales")]),
    ("$scam x", &[("E024", "$scam")]),
    ("a NEAR/5 (b AND c)", &[("E026", "NEAR/5")]),
    ("a NEAR/5 team:b", &[("E026", "NEAR/5")]),
    ("text:a NEAR/5 quoted:b", &[("E026", "NEAR/5")]),
    ("a W/2000 b", &[("E017", "W/2000")]),
    ("PRE/3 b", &[("E008", "PRE/3")]),
    ("a PRE/3", &[("E008", "PRE/3")]),
    ("stem.xx:pay", &[("E027", "stem.xx:")]),
    ("exact: ", &[("E019", "exact:")]),
    ("_exists_:tetx", &[("E009", "tetx")]),
    ("at:[18:00 TO 2026]", &[("E012", "[18:00 TO 2026]")]),
    ("at:now-7x", &[("E012", "now-7x")]),
    ("at:25:00", &[("E012", "25:00")]),
    ("text:", &[("E019", "text:")]),
    ("text: AND b", &[("E019", "text:")]),
    ("(text:)", &[("E019", "text:")]),
    ("discount:>", &[("E019", ">")]),
    ("money:lots", &[("E020", "lots")]),
    ("money:[1BRL TO 2USD]", &[("E020", "[1BRL TO 2USD]")]),
    ("text:(team:sales)", &[("E021", "team:sales")]),
    ("a or b", &[("W001", "or")]),
    ("not a", &[("W001", "not")]),
    ("direction:outgoing", &[("W002", "outgoing")]),
    ("discount:[9 TO 1]", &[("W002", "[9 TO 1]")]),
    ("pix^2", &[("W003", "^2")]),
    ("tetx:a discount:high (", &[("E009", "tetx"), ("E011", "high"), ("E005", "(")]),
    ("text:-a team:!b", &[("W004", "-"), ("W004", "!")]),
    ("-text:a from:+55 text:\\-b discount:-5 text:(-a b)", &[]),
    ("a AND NOT a", &[("W002", "NOT a")]),
    ("direction:in direction:out", &[("W002", "direction:out")]),
    ("deleted:true AND deleted:false", &[("W002", "deleted:false")]),
    ("discount:>5 discount:<4", &[("W002", "discount:<4")]),
    ("NOT *", &[("W002", "NOT *")]),
    ("pix OR *", &[("W005", "*")]),
    ("a OR NOT a", &[("W005", "NOT a")]),
    ("/a*/", &[("W005", "/a*/"), ("W006", "/a*/")]),
    ("*a", &[("W006", "*a")]),
    ("*a pix", &[]),
    ("/\\d+/ OR pix", &[("W006", "/\\d+/")]),
    ("/\\d+/ team:x", &[]),
    ("(a OR b)^2", &[("W003", "^2")]),
    ("a or", &[]),
    ("direction:in", &[]),
    ("NOT direction:\"OUT\"", &[]),
];

#[test]
fn each_mistake_has_its_code_and_place() {
    for &(text, expected) in MISTAKES {
        assert_eq!(said(text), expected, "{text}");
    }
}

#[test]
fn every_limit_is_told_and_what_is_just_within_it_parses() {
    let limits = [
        (Code::TooLong, "a".repeat(QUERY_BYTES_MAX + 1)),
        (Code::TooDeep, "(".repeat(DEPTH_MAX + 1) + "a" + &")".repeat(DEPTH_MAX + 1)),
        (Code::TooDeep, "NOT ".repeat(DEPTH_MAX + 1) + "a"),
        (Code::TooDeep, "-".repeat(DEPTH_MAX + 1) + "a"),
        (Code::TooDeep, "NOT ".repeat(DEPTH_MAX - 1) + "team:(a b -c)"),
        (Code::TooDeep, "+".repeat(100 * DEPTH_MAX) + "a"),
        (Code::TooManyTerms, "a ".repeat(TERMS_MAX + 1)),
        (Code::TooManyTerms, format!("\"{}\"", "a ".repeat(65))),
    ];
    for (code, text) in limits {
        let mistakes = Query::parse(&text).unwrap_err();
        assert_eq!(
            mistakes.iter().map(|mistake| mistake.code).collect::<Vec<_>>(),
            [code],
            "{}",
            code.word()
        );
    }
    for (code, text) in [
        (Code::TooDeep, "(".repeat(DEPTH_MAX) + "a" + &")".repeat(DEPTH_MAX)),
        (Code::TooManyTerms, "a ".repeat(TERMS_MAX)),
        (Code::BadDistance, format!("\"a b\"~{SLOP_MAX}")),
    ] {
        assert!(Query::parse(&text).is_ok(), "just within the limit of {}", code.word());
    }
}

#[test]
fn a_mistake_is_explained_with_what_was_meant() {
    for (text, explained) in [
        ("tetx:a", "E009 at 0..4: no field is called `tetx` (did you mean `text`?)"),
        ("directon:in", "E009 at 0..8: no field is called `directon` (did you mean `direction`?)"),
        ("direction:ot", "W002 at 10..12: `direction` is never `ot` (did you mean `out`?)"),
        (
            "at:soon",
            "E012 at 3..7: `soon` is not a day or a time (write `2026-11-21`, `2026-11-21T09:30:00Z`, `now-7d` or a time of day, `18:00`)",
        ),
        (
            "@a",
            "E023 at 0..2: no list is called `a` (make the list first, or write `\\@` to mean the character)",
        ),
    ] {
        let diagnostics =
            Query::parse(text).map_or_else(|mistakes| mistakes, |query| query.warnings().to_vec());
        assert_eq!(diagnostics[0].to_string(), explained);
    }
}

#[test]
fn a_query_full_of_mistakes_is_told_of_the_first_ones_only() {
    let mistakes = Query::parse(&"$ ".repeat(500)).unwrap_err();
    assert_eq!(mistakes.len(), DIAGNOSTICS_MAX);
    let mistakes = Query::parse(&format!("{} $", "a or ".repeat(500))).unwrap_err();
    assert!(mistakes.iter().any(|mistake| mistake.severity() == Severity::Error));
}
