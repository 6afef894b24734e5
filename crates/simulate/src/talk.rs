//! The authored talk of each language: products, lists and scenes, and how a conversation fills them.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    company::{Company, Language, Region},
    random::Random,
    script::{Line, List, Slots},
};

/// One file a language, in the order of [`Language::ALL`].
const FILES: [&str; 8] = [
    include_str!("../data/talk/pt-BR.talk"),
    include_str!("../data/talk/en-GB.talk"),
    include_str!("../data/talk/en-IN.talk"),
    include_str!("../data/talk/hi.talk"),
    include_str!("../data/talk/hi-Latn.talk"),
    include_str!("../data/talk/es.talk"),
    include_str!("../data/talk/zh.talk"),
    include_str!("../data/talk/ar.talk"),
];

/// List price of each product in reais, rupees and pounds.
const PRICES: [(&str, u64, u64, u64); 12] = [
    ("fridge", 3_899, 46_990, 629),
    ("washer", 2_749, 31_490, 449),
    ("dryer", 3_299, 38_990, 519),
    ("oven", 1_899, 22_490, 329),
    ("microwave", 799, 9_490, 119),
    ("aircon", 2_199, 34_990, 489),
    ("tv", 4_299, 54_990, 699),
    ("soundbar", 1_349, 15_990, 229),
    ("laptop", 5_199, 62_490, 849),
    ("vacuum", 1_099, 13_990, 199),
    ("purifier", 949, 11_490, 149),
    ("hob", 1_599, 18_990, 279),
];

/// What of the list price staff may go down to by themselves, in percent.
const LEAST_PERCENT: u64 = 95;

/// Neighbourhoods of each city, for deliveries.
const PLACES: [(&str, [&str; 8]); 6] = [
    (
        "São Paulo",
        ["Pinheiros", "Tatuapé", "Moema", "Vila Mariana", "Santana", "Butantã", "Lapa", "Ipiranga"],
    ),
    (
        "Rio de Janeiro",
        ["Tijuca", "Botafogo", "Copacabana", "Barra da Tijuca", "Méier", "Niterói", "Laranjeiras", "Ilha"],
    ),
    ("Mumbai", ["Andheri West", "Bandra", "Powai", "Thane", "Dadar", "Mulund", "Chembur", "Borivali"]),
    ("Delhi", ["Lajpat Nagar", "Dwarka", "Rohini", "Saket", "Janakpuri", "Noida", "Pitampura", "Karol Bagh"]),
    ("London", ["Walthamstow", "Brixton", "Ealing", "Lewisham", "Camden", "Harrow", "Stratford", "Croydon"]),
    (
        "Manchester",
        ["Didsbury", "Salford", "Chorlton", "Stockport", "Sale", "Bury", "Levenshulme", "Prestwich"],
    ),
];

/// Where in a client's course a scene belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A question, a quote.
    Lead,
    /// Haggling within limits, paying.
    Deal,
    /// Getting it home.
    Delivery,
    /// Warranty, service, thanks, small talk.
    After,
}

#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) lines: Vec<Line>,
}

/// Talk of one language.
#[derive(Debug, Default)]
pub(crate) struct Dialect {
    products: BTreeMap<String, [String; 3]>,
    lists: BTreeMap<String, List>,
    pub(crate) scenes: Vec<Scene>,
}

/// All the talk.
#[derive(Debug)]
pub(crate) struct Library {
    dialects: Vec<Dialect>,
}

impl Library {
    pub(crate) fn authored() -> &'static Self {
        static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library {
            dialects: FILES
                .iter()
                .map(|file| Dialect::parse(file).expect("a test reads every authored file"))
                .collect(),
        });
        &LIBRARY
    }

    pub(crate) fn dialect(&self, language: Language) -> &Dialect {
        let place = Language::ALL.iter().position(|l| *l == language).unwrap_or(0);
        &self.dialects[place]
    }
}

/// The price list: of each item what people call it, and the least that staff may ask for it in reais, rupees and pounds.
pub(crate) fn price_list(library: &Library) -> Vec<(String, Vec<String>, [u64; 3])> {
    let listed = |(key, reais, rupees, pounds): &(&str, u64, u64, u64)| {
        let forms = |dialect: &Dialect| dialect.products.get(*key).map(|[.., short]| short.trim().to_owned());
        let mut words: Vec<String> = library.dialects.iter().filter_map(forms).collect();
        words.sort_unstable();
        words.dedup();
        let least = [reais, rupees, pounds].map(|price| price * LEAST_PERCENT / 100);
        ((*key).to_owned(), words, least)
    };
    PRICES.iter().map(listed).collect()
}

impl Dialect {
    fn parse(text: &str) -> Result<Self, String> {
        let mut dialect = Self::default();
        let mut section = String::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with("//") {
                continue;
            }
            let read = match line.strip_prefix('@') {
                Some(head) => {
                    head.clone_into(&mut section);
                    dialect.open(head)
                }
                None => dialect.line(&section, line),
            };
            read.map_err(|problem| format!("line {}: {problem}", number + 1))?;
        }
        Ok(dialect)
    }

    fn open(&mut self, head: &str) -> Result<(), String> {
        match head.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["products"] => {}
            ["list", name] => drop(self.lists.insert((*name).to_owned(), List::default())),
            ["keep", name] => {
                drop(self.lists.insert((*name).to_owned(), List { keep: true, ..List::default() }));
            }
            ["scene", _, stage] => self.scenes.push(Scene { stage: parse_stage(stage)?, lines: Vec::new() }),
            _ => return Err(format!("unknown section {head:?}")),
        }
        Ok(())
    }

    fn line(&mut self, section: &str, line: &str) -> Result<(), String> {
        let name = section.split_whitespace().nth(1).unwrap_or_default();
        if section == "products" {
            let parts: Vec<&str> = line.split('|').map(str::trim).collect();
            let [key, definite, indefinite, short] = parts.as_slice() else {
                return Err(format!("a product has four columns: {line:?}"));
            };
            let forms = [*definite, *indefinite, *short].map(str::to_owned);
            self.products.insert((*key).to_owned(), forms);
        } else if section.starts_with("scene") {
            let scene = self.scenes.last_mut().ok_or("a line before any scene")?;
            scene.lines.push(Line::parse(line)?);
        } else {
            let list = self.lists.get_mut(name).ok_or("a line before any list")?;
            list.entries.push(line.to_owned());
        }
        Ok(())
    }
}

fn parse_stage(word: &str) -> Result<Stage, String> {
    match word {
        "lead" => Ok(Stage::Lead),
        "deal" => Ok(Stage::Deal),
        "delivery" => Ok(Stage::Delivery),
        "after" => Ok(Stage::After),
        _ => Err(format!("unknown stage {word:?}")),
    }
}

/// The slots of one conversation: who talks, about what, at which price, where to.
///
/// `course` decides what stays the same between a client's visits: the product and the order number.
pub(crate) fn slots(
    company: &Company,
    client: usize,
    course: &mut Random,
    random: &mut Random,
) -> Slots<'static> {
    let person = &company.clients[client];
    let employee = &company.employees[person.employee];
    let dialect = company.library.dialect(person.language);
    let (key, reais, rupees, pounds) = *course.pick(&PRICES);
    let price = match person.region {
        Region::Brazil => reais,
        Region::India => rupees,
        Region::UnitedKingdom => pounds,
    };
    let forms = dialect.products.get(key).cloned().unwrap_or_default();
    let places =
        PLACES.iter().find(|(city, _)| *city == employee.city).map_or(&PLACES[0].1, |(_, places)| places);
    let manager = employee.manager.map_or("", |manager| first_name(&company.employees[manager].name));
    let [definite, indefinite, short] = forms;
    let fixed = BTreeMap::from([
        ("of_product", contracted(&definite)),
        ("product", definite),
        ("a_product", indefinite),
        ("item", short),
        ("price", money(person.region, price)),
        ("less", money(person.region, price * LEAST_PERCENT / 100)),
        ("low", money(person.region, price * 8 / 10)),
        ("cash", money(person.region, price * 85 / 100)),
        ("part", money(person.region, price.div_ceil(10))),
        ("client", first_name(&person.name).to_owned()),
        ("employee", first_name(&employee.name).to_owned()),
        ("surname", employee.name.rsplit(' ').next().unwrap_or_default().to_owned()),
        ("manager", manager.to_owned()),
        ("place", (*course.pick(places)).to_owned()),
        ("city", employee.city.to_owned()),
        ("order", format!("{}{}", person.region.code(), course.digits(6))),
        ("n", random.between(2, 9).to_string()),
        ("house", random.between(3, 480).to_string()),
        ("own_pix", own(company, "pix", 0)),
        ("own_pix_mail", own(company, "pix", 1)),
        ("own_upi", own(company, "upi", usize::from(employee.city == "Delhi"))),
        ("own_iban", own(company, "iban", 0)),
        ("own_account", own(company, "account", usize::from(person.region == Region::India))),
    ]);
    Slots { fixed, lists: Some(&dialect.lists), ..Slots::default() }
}

/// "of the …" in Portuguese and Spanish, where preposition and article are one word.
fn contracted(definite: &str) -> String {
    match definite.split_once(' ') {
        Some(("a", rest)) => format!("da {rest}"),
        Some(("o", rest)) => format!("do {rest}"),
        Some(("el", rest)) => format!("del {rest}"),
        _ => format!("de {definite}"),
    }
}

fn own(company: &Company, kind: &str, place: usize) -> String {
    company.registry.iter().filter(|e| e.kind == kind).nth(place).map(|e| e.value.clone()).unwrap_or_default()
}

pub(crate) fn first_name(name: &str) -> &str {
    match name.split_once(' ') {
        Some(("Dona" | "Seu", _)) | None => name,
        Some((first, _)) => first,
    }
}

/// An amount as people of the region write it.
fn money(region: Region, amount: u64) -> String {
    match region {
        Region::Brazil => format!("R$ {}", grouped(amount, '.', 3)),
        Region::India => format!("₹{}", grouped(amount, ',', 2)),
        Region::UnitedKingdom => format!("£{}", grouped(amount, ',', 3)),
    }
}

/// Digits grouped by three, then by `further`: 1,04,990 in India.
fn grouped(amount: u64, separator: char, further: usize) -> String {
    let digits = amount.to_string();
    let mut out: Vec<char> = Vec::new();
    for (place, digit) in digits.chars().rev().enumerate() {
        if place == 3 || (place > 3 && (place - 3) % further == 0) {
            out.push(separator);
        }
        out.push(digit);
    }
    out.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Speaker;

    #[test]
    fn every_authored_file_reads_and_covers_every_stage_and_product() {
        for (file, language) in FILES.iter().zip(Language::ALL) {
            let dialect =
                Dialect::parse(file).unwrap_or_else(|problem| panic!("{}: {problem}", language.tag()));
            for stage in [Stage::Lead, Stage::Deal, Stage::Delivery, Stage::After] {
                assert!(dialect.scenes.iter().any(|s| s.stage == stage), "{} {stage:?}", language.tag());
            }
            for (key, ..) in PRICES {
                assert!(dialect.products.contains_key(key), "{} {key}", language.tag());
            }
            let lead = dialect.scenes.iter().filter(|s| s.stage == Stage::Lead);
            assert!(lead.into_iter().all(|s| s.lines[0].speaker == Speaker::Client), "{}", language.tag());
        }
    }

    #[test]
    fn money_is_grouped_as_in_its_country() {
        assert_eq!(money(Region::India, 104_990), "₹1,04,990");
        assert_eq!(money(Region::Brazil, 3_899), "R$ 3.899");
        assert_eq!(money(Region::UnitedKingdom, 629), "£629");
    }

    #[test]
    fn a_broken_file_names_its_line() {
        assert!(Dialect::parse("@scene a lead\n\ne sing: la").unwrap_err().starts_with("line 3"));
        assert!(Dialect::parse("@scene a never").is_err());
        assert!(Dialect::parse("@products\na|b").is_err());
    }
}
