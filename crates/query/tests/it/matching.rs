//! What matches, and which words are shown for it.

use aboveboard_model::document::{Amount, Document, Field, Mark, Zone};
use aboveboard_model::item::Direction;
use aboveboard_query::{
    Environment, LIST_ENTRIES_MAX, Lexicon, ListProblem, NodeKind, Plan, Query, Reading, SPANS_MAX, TokenTest,
};

/// A document with words in one zone.
fn saying(zone: Zone, words: &str) -> Document {
    Document { kind: "message".into(), zones: [(zone, words.to_owned())].into(), ..Document::default() }
}

/// The words shown for a match, or nothing if there is none. The plan must agree.
fn shown<'d>(query: &str, document: &'d Document) -> Option<Vec<&'d str>> {
    let parsed = Query::parse(query).unwrap_or_else(|mistakes| panic!("{query}: {mistakes:?}"));
    let found = parsed.matches(document)?;
    assert!(parsed.plan().proposes(&Reading::of(document)), "{query}");
    let words = found.spans.iter().map(|span| {
        let zone = Zone::ALL.iter().find(|zone| zone.field() == span.field).expect("spans are in zones");
        &document.zones[zone][span.start..span.end]
    });
    Some(words.collect())
}

/// Whether a query finds these words of a text, in any order.
fn shows(query: &str, text: &str, expected: &[&str]) {
    let document = saying(Zone::Text, text);
    let mut found = shown(query, &document).unwrap_or_else(|| panic!("{query} should match {text}"));
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected, "{query} in {text}");
}

#[test]
fn words_match_whatever_their_case_width_accents_or_shapes() {
    for (query, text, expected) in [
        ("pix", "manda o PIX agora", &["PIX"][..]),
        ("joao", "oi João!", &["João"]),
        ("João", "oi joao", &["joao"]),
        ("paypal", "use раураl now", &["раураl"]),
        ("раураl", "use paypal now", &["paypal"]),
        ("pay", "ｐａｙ me", &["ｐａｙ"]),
        ("pay", "p\u{200b}a\u{200b}y me", &["p\u{200b}a\u{200b}y"]),
        ("150", "السعر ١٥٠ ريال", &["١٥٠"]),
        ("كتاب", "هذا كِتَـــاب", &["كِتَـــاب"]),
        ("नहीं", "बिल नहीं चाहिए", &["नहीं"]),
        ("고객님", "안녕하세요 고객님", &["고객님"]),
        ("客户", "我们的客户很多", &["客户"]),
        ("客", "我们的客户很多", &["客"]),
        ("\"的客户很\"", "我们的客户很多", &["的客户很"]),
        ("ชำระเงิน", "กรุณาชำระเงินสด", &["ชำระเงิน"]),
        ("👍", "ok 👍🏽", &["👍🏽"]),
        ("strasse", "Hauptstraße 1, Straße 2", &["Straße"]),
        ("привет", "Привет, мир", &["Привет"]),
        ("ΣΊΣΥΦΟΣ", "ο σίσυφος", &["σίσυφος"]),
        ("gui", "gửi tiền", &["gửi"]),
        ("don't", "I don’t know", &["don’t"]),
        ("side-deal", "a side deal here", &["side deal"]),
        ("98888-0000", "pix 11 98888-0000", &["98888-0000"]),
        ("wa.me", "https://wa.me/5511", &["wa.me"]),
        ("pag*", "pago, pague, apago", &["pago", "pague"]),
        ("send-c*", "send cash, send cab", &["send cash", "send cab"]),
        ("客*", "我们的客户", &["客"]),
        ("👍*", "ok 👍👍", &["👍", "👍"]),
        ("👍*", "👍", &["👍"]),
        ("👍?", "👍! 👍x", &["👍!", "👍x"]),
        ("👍pix*", "hello 👍pixel", &["👍pixel"]),
        ("pix*👍", "hello pixel👍", &["pixel👍"]),
        ("*👍", "hello 👍", &["👍"]),
        ("wa.*", "see wa.me", &["wa.me"]),
        ("98888-*", "11 98888-0000", &["98888-0000"]),
        ("\"send cash\"", "send cash, I said send cash", &["send cash", "send cash"]),
        ("\"send cash\"~2", "send me the cash", &["send", "cash"]),
        ("\"send cash\"~2", "cash send", &["send", "cash"]),
        ("a b", "b a", &["a", "b"]),
        ("a OR x", "b a", &["a"]),
        ("a OR b", "b a", &["a", "b"]),
        ("a NOT x", "b a", &["a"]),
        ("b OR (a c)", "b a", &["b"]),
        ("b NOT (a c)", "b a", &["b"]),
        ("NOT x", "b a", &[]),
        ("*", "b", &[]),
        ("text:*", "b", &[]),
        ("NOT caption:*", "b", &[]),
    ] {
        shows(query, text, expected);
    }
}

#[test]
fn wildcards_mistakes_patterns_and_neighbours_match() {
    for (query, text, expected) in [
        ("*pix*", "my PIXEL, pix", &["PIXEL", "pix"][..]),
        ("p?x", "pix pax pixx px", &["pix", "pax"]),
        ("pa*ment", "payment pavement pa", &["payment", "pavement"]),
        ("*ment", "payment, mental", &["payment"]),
        ("pagament?", "pagamento pagament", &["pagamento"]),
        ("\"send ca*\"", "send cash, send car, send bus", &["send cash", "send car"]),
        ("\"send * cash\"", "send me cash", &["send me cash"]),
        ("\"how much?\"", "how much is it", &["how much"]),
        ("\"send ca\"*", "send cash", &["send cash"]),
        ("*@gmail.com", "to ana.silva@gmail.com.", &["ana.silva@gmail.com"]),
        ("ana@*", "write ana@mail.com or ana", &["ana@mail.com"]),
        ("*.xlsx", "report2.xlsx and list.xlsx", &["report2.xlsx", "list.xlsx"]),
        ("wa.*", "https://wa.me/55", &["wa.me"]),
        ("客*价", "我们的客户的价格", &["客户的价"]),
        ("客?价", "客户价", &["客户价"]),
        ("*户*", "客户", &["户"]),
        ("transfer~", "tranfser trasnfre", &["tranfser", "trasnfre"]),
        ("transfer~1", "tranfser trasnfre", &["tranfser"]),
        ("joão~1", "JOAN", &["JOAN"]),
        ("客户~1", "联系客服吧", &["客服"]),
        ("/pix[0-9]{3}/", "PIX123 pix12", &["PIX123"]),
        ("/\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}/", "cpf 111.444.777-35", &["111.444.777-35"]),
        ("/ix/", "pixel", &["ix"]),
        ("/r\\$ ?\\d+/", "paga R$ 500", &["R$ 500"]),
        ("/joão/", "fala com JOAO", &["JOAO"]),
        ("exact:PIX", "pix PIX", &["PIX"]),
        ("exact:\"João Silva\"", "joão silva João Silva", &["João Silva"]),
        ("exact:P*X", "pix PIX", &["PIX"]),
        ("exact:/PIX/", "pix PIX", &["PIX"]),
        ("stem.en:paying", "he pays, I paid, payment", &["pays"]),
        ("a NEAR/2 b", "b x y a", &["b", "a"]),
        ("a PRE/2 b", "b a x b", &["a", "b"]),
        ("\"my pix\" NEAR/3 (send OR pa*)", "pay it to my pix", &["pay", "my pix"]),
        ("a PRE/1 b PRE/1 c", "a x b c", &["a", "b", "c"]),
        ("客户 NEAR/2 价格", "客户的价格", &["客户", "价格"]),
        ("/\\d+/ PRE/1 reais", "500 reais, 9 x y reais", &["500", "reais"]),
    ] {
        shows(query, text, expected);
    }
    for (query, text) in [
        ("p?x", "px"),
        ("👍*", "hello"),
        ("exact:👍*", "hello"),
        ("👍?", "x"),
        ("👍?", "👍"),
        ("👍pix*", "hello pixel"),
        ("pix*👍", "pixel hello"),
        ("*👍", "hello"),
        ("*pix", "pixel"),
        ("\"send * cash\"", "send cash"),
        ("*@gmail.com", "visit gmail.com"),
        ("ana@*", "ana"),
        ("客?价", "客户的价"),
        ("pix~1", "pixels"),
        ("ab~2", "cd"),
        ("/^pix/", "my pix"),
        ("/pix.cash/", "pix\ncash"),
        ("exact:pix", "PIX"),
        ("exact:joao", "João"),
        ("exact:paypal", "раураl"),
        ("stem.en:university", "union"),
        ("a NEAR/2 b", "a x y z b"),
        ("a PRE/5 b", "b a"),
        ("a NEAR/5 a", "a"),
        ("caption:a NEAR/5 caption:b", "a b"),
    ] {
        assert_eq!(shown(query, &saying(Zone::Text, text)), None, "{query} in {text}");
    }
}

#[test]
fn fields_take_wildcards_mistakes_patterns_and_times_of_day() {
    for query in [
        "team:f*s",
        "team:*sales",
        "team:\"field s\"*",
        "team:feild\\ sales~1",
        "team:/field .+/",
        "team:/(?x) field \\s sales # a team/",
        "exact:team:\"Field Sales\"",
        "region:?R",
        "from:*8888*",
        "link:*.me",
        "at:[07:00 TO 08:00]",
        "at:07:30",
        "at:<08:00",
        "at:[22:00 TO 07:30]",
        "at:now",
        "at:[now-7d TO now]",
        "at:[now/d TO now/d]",
        "at:>=2026-11-20||+1d/d",
        "money:>1000",
        "money:BRL1500",
        "money:>=R$1500",
        "money:>=1500R$",
        "money:\"1500 R$\"",
        "money:R$",
        "money:<501US$",
        "at:[* TO 9999-12-31]",
        "at:[* TO 9999]",
        "_exists_:team",
        "*:*",
    ] {
        assert!(shown(query, &full()).is_some(), "{query}");
    }
    for query in [
        "team:/field/",
        "team:/(?x) field # a team/",
        "team:field~1",
        "exact:team:\"field sales\"",
        "at:[08:00 TO 23:59]",
        "at:>07:30",
        "at:[22:00 TO 07:29]",
        "at:<now",
        "at:>now/d",
        "at:now-1d/d",
        "money:BRL1501",
        "money:>100€",
        "money:€",
        "at:>9999",
        "at:[9999-12-31 TO *]",
        "_exists_:score",
    ] {
        assert_eq!(shown(query, &full()), None, "{query}");
    }
}

#[test]
fn what_a_query_names_is_in_its_environment() {
    let mut environment =
        Environment { now: Some("2026-11-22T00:00:00Z".parse().unwrap()), ..Environment::default() };
    let payees = ["my pix", "send ca*", "boleto", "\"a b\"~2", "客户", "*@gmail.com", "!!!", "PAG*"];
    environment.lists.insert("Payees", Lexicon::new(payees).unwrap());
    environment
        .lists
        .insert("sales", Lexicon::of_lines("team,note\n# none\n\"Field Sales\",x\nInside*\n").unwrap());
    environment.macros.insert("ask".into(), "(send OR pay) NEAR/3 $what".into());
    environment.macros.insert("what".into(), "(cash OR @payees)".into());
    environment.macros.insert("loop".into(), "a OR $loop".into());
    environment.macros.insert("wrong".into(), "(a".into());
    let parsed = |query: &str| {
        Query::parse_in(query, &environment).unwrap_or_else(|wrong| panic!("{query}: {wrong:?}"))
    };
    for (query, text, expected) in [
        ("@payees", "to my PIX or by boleto", &["my PIX", "boleto"][..]),
        ("text:@PAYEES", "send cash, pago, b x a", &["send cash", "pago"]),
        ("@payees", "a x b", &["a", "b"]),
        ("@payees", "我们的客户", &["客户"]),
        ("@payees", "ana@gmail.com", &["ana@gmail.com"]),
        ("cash NEAR/2 @payees", "cash to my pix", &["cash", "my pix"]),
        ("$ask", "pay it to my pix", &["pay", "my pix"]),
        ("team:@sales $what", "cash", &["cash"]),
        ("at:[now-1d TO now]", "x", &[]),
    ] {
        let document = Document {
            team: Some("field sales".into()),
            ..Document { at: full().at, ..saying(Zone::Text, text) }
        };
        let found = parsed(query).matches(&document).unwrap_or_else(|| panic!("{query} in {text}"));
        let words: Vec<&str> = found.spans.iter().map(|span| &text[span.start..span.end]).collect();
        assert_eq!(words, expected, "{query}");
        assert!(parsed(query).plan().proposes(&Reading::of(&document)), "{query}");
        assert_eq!(Query::parse_in(&parsed(query).to_string(), &environment).unwrap(), parsed(query));
    }
    assert!(parsed("@payees").matches(&saying(Zone::Text, "nothing")).is_none());
    assert!(
        parsed("team:@sales")
            .matches(&Document { team: Some("Finance".into()), ..Document::default() })
            .is_none()
    );
    let sales = Document { team: Some("sales".into()), ..saying(Zone::Text, "sales now") };
    let other = Document { team: Some("m".into()), ..saying(Zone::Text, "$m, m") };
    environment.macros.insert("m".into(), "sales".into());
    for query in ["team:$m", "text:$m", "text:exact:$m", "team:(x $m)", "text:\"sales now\" $m", "-team:($m)"]
    {
        let query = Query::parse_in(query, &environment).unwrap();
        let is_found = |document| query.matches(document).is_some();
        let is_negated = matches!(query.root().kind, NodeKind::Not(_));
        assert_eq!((is_found(&sales), is_found(&other)), (!is_negated, is_negated), "{query}");
    }
    for (query, code) in [
        ("@payes", "E023"),
        ("$loop", "E025"),
        ("$wrong b", "E025"),
        ("$asks", "E024"),
        ("discount:@sales", "E010"),
    ] {
        assert_eq!(Query::parse_in(query, &environment).unwrap_err()[0].code.word(), code, "{query}");
    }
    assert_eq!(Lexicon::new(vec!["x"; LIST_ENTRIES_MAX + 1]), Err(ListProblem::TooMany));
    for entry in ["pix\\", "\"pix\\\"", "pix\\\\"] {
        environment.lists.insert("one", Lexicon::new([entry]).unwrap());
        let query = Query::parse_in("@one", &environment).unwrap();
        assert!(query.matches(&saying(Zone::Text, "o pix")).is_some(), "{entry}");
    }
}

#[test]
fn words_that_are_not_there_do_not_match() {
    for (query, text) in [
        ("pix", "pixel"),
        ("modem", "modern"),
        ("बिल", "बिलकुल"),
        ("मोबाइ", "मोबाइल"),
        ("客价", "客户价格"),
        ("\"客户价\"", "客户 价格"),
        ("мой", "мои"),
        ("\"a b\"", "b a"),
        ("\"a b\"", "a x b"),
        ("\"a b\"~1", "b a"),
        ("\"a b\"~2", "a x y z b"),
        ("\"a a\"~5", "a"),
        ("\"pay pa*\"~3", "pay"),
        ("a NOT b", "a b"),
        ("a b", "a"),
        ("caption:a", "a"),
        ("pag*", "apago"),
        ("quoted:*", "a"),
    ] {
        assert_eq!(shown(query, &saying(Zone::Text, text)), None, "{query} in {text}");
    }
}

#[test]
fn a_bare_word_searches_what_was_written_but_not_what_was_quoted() {
    for zone in Zone::ALL {
        let document = saying(*zone, "pix");
        assert_eq!(shown("pix", &document).is_some(), *zone != Zone::Quoted, "{zone:?}");
        assert_eq!(shown(&format!("{}:pix", zone.field().word()), &document), Some(vec!["pix"]));
    }
    let mut document = saying(Zone::Text, "send");
    document.zones.insert(Zone::Ocr, "cash".into());
    assert_eq!(shown("send cash", &document), Some(vec!["send", "cash"]));
    assert_eq!(shown("\"send cash\"", &document), None);
}

/// A document with a value in most fields.
fn full() -> Document {
    Document {
        team: Some("Field Sales".into()),
        region: Some("BR".into()),
        from: vec!["5511988880000".into(), "emp_x".into()],
        direction: Some(Direction::Out),
        at: Some("2026-11-21T10:30:00Z".parse().expect("a time")),
        hour: Some(7),
        off_hours: Some(true),
        size_bytes: Some(2048),
        entity: vec!["IBAN".into(), "CARD".into()],
        payment: vec!["unregistered".into(), "PIX_KEY".into()],
        link: vec!["wa.me".into(), "unregistered".into()],
        money: vec![
            Amount { amount: 500.0, currency: Some("USD".into()) },
            Amount { amount: 1500.0, currency: Some("BRL".into()) },
        ],
        discount: Some(12.5),
        intent: [("secrecy".to_owned(), 0.8), ("joke".to_owned(), 0.1)].into(),
        side_deal: Some(0.7),
        ..saying(Zone::Text, "pix 123")
    }
}

#[test]
fn fields_match_by_their_type() {
    for query in [
        "kind:MESSAGE",
        "team:\"field sales\"",
        "team:field*",
        "region:(BR IN)",
        "from:+5511988880000",
        "from:55119*",
        "direction:out",
        "at:2026",
        "at:2026-11",
        "at:2026-11-21",
        "at:[2026-11-01 TO 2026-11-21]",
        "at:<2026-11-22",
        "at:2026-11-21T10:30:00Z",
        "at:2026-11-21T07:30:00-03:00",
        "at:{2026-11-20 TO *]",
        "hour:<8",
        "off_hours:true",
        "size:[2048 TO 2048]",
        "size > 2000",
        "entity:(IBAN AND CARD)",
        "entity:(IBAN AADHAAR)",
        "payment:unregistered",
        "link:wa.me",
        "link:wa*",
        "money:>1000",
        "money:BRL",
        "money:>=1500BRL",
        "money:[400 TO 600]",
        "money:500usd",
        "discount:12.5",
        "discount:12.5%",
        "discount:{12 TO 13}",
        "intent.secrecy:>=0.5",
        "intent:secrecy",
        "intent:<0.2",
        "intent.joke:*",
        "intent:*",
        "side_deal:>0.5",
        "NOT score:*",
        "NOT deleted:true",
        "NOT deleted:false",
    ] {
        assert!(shown(query, &full()).is_some(), "{query}");
    }
}

#[test]
fn fields_do_not_match_what_they_do_not_hold() {
    for query in [
        "kind:mess",
        "team:field",
        "team:sales",
        "region:IN",
        "from:5511",
        "direction:in",
        "at:2025",
        "at:>2026-11-21",
        "at:<2026-11-21",
        "at:{2026-11-20 TO 2026-11-21}",
        "hour:{7 TO *]",
        "off_hours:false",
        "entity:AADHAAR",
        "entity:(IBAN AND AADHAAR)",
        "money:>1000USD",
        "money:EUR",
        "money:{1500 TO *]",
        "discount:12",
        "intent:joke",
        "intent.none:*",
        "intent:>0.9",
        "score:>0",
        "deleted:false",
        "deleted:true",
        "actor:*",
    ] {
        assert_eq!(shown(query, &full()), None, "{query}");
    }
}

#[test]
fn a_day_ends_where_the_next_begins() {
    let at = |time: &str| Document { at: Some(time.parse().unwrap()), ..Document::default() };
    for (query, last, next) in [
        ("at:2026-11-21", "2026-11-21T23:59:59.999Z", "2026-11-22T00:00:00Z"),
        ("at:<=2026-02", "2026-02-28T23:59:59.999Z", "2026-03-01T00:00:00Z"),
        ("at:[* TO 2026]", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"),
        ("at:[* TO 2027}", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"),
        ("at:<2026-11-21T10:00", "2026-11-21T09:59:59.999Z", "2026-11-21T10:00:00Z"),
        ("at:2026-11-21T09:30", "2026-11-21T09:30:15Z", "2026-11-21T09:31:00Z"),
        ("at:2026-11-21T09:30", "2026-11-21T09:30:00Z", "2026-11-21T09:29:59.999Z"),
        ("at:2026-11-21T09:30:00Z", "2026-11-21T09:30:00.250Z", "2026-11-21T09:30:01Z"),
        ("at:<=2026-11-21T09:30", "2026-11-21T09:30:59.999Z", "2026-11-21T09:31:00Z"),
        ("at:<=2026-11-21T06:30-03:00", "2026-11-21T09:30:59.999Z", "2026-11-21T09:31:00Z"),
        ("at:[* TO 2026-11-21T09:30:00Z]", "2026-11-21T09:30:00.250Z", "2026-11-21T09:30:01Z"),
        ("at:>2026-11-21T09:30", "2026-11-21T09:31:00Z", "2026-11-21T09:30:59.999Z"),
        ("at:2026-11-21T09", "2026-11-21T09:59:59.999Z", "2026-11-21T10:00:00Z"),
        ("at:2026-11-21T09:30:00.250Z", "2026-11-21T09:30:00.250Z", "2026-11-21T09:30:00.251Z"),
        ("at:9999", "9999-06-01T00:00:00Z", "9998-12-31T23:59:59Z"),
        ("at:9999-12", "9999-12-30T22:00:00Z", "9999-11-30T23:59:59Z"),
        ("at:>=9999-12-30", "9999-12-30T22:00:00.999999999Z", "9999-12-29T23:59:59Z"),
        ("at:[9999-06-01||/y TO 9999-12-31]", "9999-01-01T00:00:00Z", "9998-12-31T23:59:59Z"),
    ] {
        assert!(shown(query, &at(last)).is_some(), "{query}");
        assert_eq!(shown(query, &at(next)), None, "{query}");
    }
}

#[test]
fn a_time_goes_on_from_a_day() {
    let at = |time: &str| Document { at: Some(time.parse().unwrap()), ..saying(Zone::Text, "2w 1d M") };
    for (query, inside, outside) in [
        ("at:>=2026-11-01||+2w", "2026-11-15T00:00:00Z", "2026-11-14T23:59:59Z"),
        ("at:[2026-11-01||+1d TO 2026-11-20]", "2026-11-02T00:00:00Z", "2026-11-01T23:59:59Z"),
        ("at:[2026-10 TO 2026-11-01||+1d}", "2026-11-01T23:59:59Z", "2026-11-02T00:00:00Z"),
        ("at:2026-11-21||/M", "2026-11-01T00:00:00Z", "2026-10-31T23:59:59Z"),
        ("at:(2025||-1d/d 2026-11-20||+1d/d)", "2026-11-21T12:00:00Z", "2026-11-20T12:00:00Z"),
        ("at:<2026-11-21T10:00||-1h", "2026-11-21T08:59:59Z", "2026-11-21T09:00:00Z"),
    ] {
        assert!(shown(query, &at(inside)).is_some(), "{query}");
        assert_eq!(shown(query, &at(outside)), None, "{query}");
    }
}

#[test]
fn a_discount_is_asked_by_number_and_by_what_the_registry_says_of_it() {
    let over = Document {
        discount: Some(15.0),
        discount_limit: vec!["over_authority".into()],
        price: vec!["below_list".into()],
        approval: vec!["none".into()],
        ..Document::default()
    };
    for (query, wanted) in [
        ("discount:over_authority", true),
        ("discount:\"over_authority\"", true),
        ("discount:within_authority", false),
        ("discount:>10", true),
        ("discount:>20", false),
        ("price:below_list approval:none", true),
        ("price:at_list", false),
        ("approval:given", false),
    ] {
        assert_eq!(shown(query, &over).is_some(), wanted, "{query}");
    }
}

#[test]
fn a_missing_field_matches_nothing() {
    let empty = Document::default();
    for field in Field::ALL {
        assert_eq!(shown(&format!("{}:*", field.word()), &empty), None, "{field:?}");
    }
}

#[test]
fn a_match_on_a_fact_points_at_the_words_that_gave_it() {
    let mut document = full();
    let mark = |field, value: &str, start, end| Mark {
        field,
        value: value.into(),
        kind: "PIX_KEY".into(),
        zone: Zone::Text,
        start,
        end,
        against: None,
    };
    document.marks = vec![
        mark(Field::Payment, "unregistered", 4, 7),
        mark(Field::Payment, "registered", 0, 3),
        mark(Field::Payment, "unregistered", 5, 700),
        mark(Field::Discount, "12.5", 0, 3),
    ];
    assert_eq!(shown("payment:unregistered", &document), Some(vec!["123"]));
    assert_eq!(shown("payment:pix_key", &document), Some(vec!["pix", "123"]));
    assert_eq!(shown("discount:>10", &document), Some(vec!["pix"]));
    assert_eq!(shown("direction:out", &document), Some(vec![]));
    assert_eq!(shown("NOT payment:none", &document), Some(vec![]));
}

#[test]
fn places_are_bounded_and_the_answer_is_not() {
    let document = saying(Zone::Text, &"a b ".repeat(5 * SPANS_MAX));
    for query in ["a", "\"a b\"", "\"b a\"~3", "a b", "a*"] {
        let places = Query::parse(query).unwrap().matches(&document).unwrap().spans.len();
        assert!(places <= SPANS_MAX && places > SPANS_MAX / 2, "{query}: {places}");
    }
    assert!(shown("a NOT b", &document).is_none());
}

#[test]
fn a_plan_asks_an_index_for_what_it_can_tell() {
    let plan = |text: &str| Query::parse(text).unwrap().plan();
    let term = |field, token: &str| Plan::Term { field, token: token.into() };
    assert_eq!(plan("text:João"), term(Field::Text, "joao"));
    assert_eq!(plan("text:客*"), term(Field::Text, "客"));
    let without = |token| Plan::Not(Box::new(term(Field::Text, token)));
    assert_eq!(plan("NOT text:a"), without("a"));
    assert_eq!(plan("NOT NOT text:a"), term(Field::Text, "a"));
    assert_eq!(plan("text:a NOT text:b"), Plan::And(vec![term(Field::Text, "a"), without("b")]));
    assert_eq!(plan("text:a NOT \"b c\"~3"), term(Field::Text, "a"));
    assert_eq!(plan("text:a OR NOT money:>5BRL"), Plan::All);
    assert_eq!(plan("discount:[9 TO 1]"), Plan::None);
    assert_eq!(plan("text:a OR discount:[9 TO 1]"), term(Field::Text, "a"));
    assert_eq!(plan("intent.secrecy:>0.5"), term(Field::Intent, "secrecy"));
    assert_eq!(plan("off_hours:true"), term(Field::OffHours, "true"));
    assert_eq!(plan("money:BRL"), Plan::Present { field: Field::Money });
    let tokens = vec![(0, "客户".into()), (1, "户价".into()), (2, "价格".into())];
    assert_eq!(plan("text:客户价格"), Plan::Phrase { field: Field::Text, tokens });
    let prefix = Plan::Prefix { field: Field::Text, prefix: "b".into() };
    let contains = |run: &str| Plan::Matching { field: Field::Text, test: TokenTest::Contains(run.into()) };
    let as_words = Plan::And(vec![term(Field::Text, "a"), prefix]);
    let as_written = Plan::And(vec![contains("a"), contains("b")]);
    assert_eq!(plan("text:a-b*"), Plan::Or(vec![as_words, as_written]));
    assert!(matches!(plan("a"), Plan::Or(zones) if zones.len() == 5));
    let exact = |text: &str| Query::parse(text).unwrap().plan_is_exact();
    for text in ["a NOT b", "\"a b\" hour:[1 TO 5]", "客户价格", "team:x* OR at:2026", "money:>5", "a*"] {
        assert!(exact(text), "{text}");
    }
    for text in ["a \"b c\"~2", "money:5BRL", "intent.secrecy:>0.5", "a-b*", "NOT side-deal*"] {
        assert!(!exact(text), "{text}");
    }
}
