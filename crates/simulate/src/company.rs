//! The sample company: one legal entity with its staff, numbers, clients and register of what is its own.

pub(crate) mod names;
pub(crate) mod people;
mod register;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{random::Random, story::Story, talk::Library, traffic::Schedule};

pub use register::RegistryEntry;

/// Days of traffic before the company's `ending_at`.
pub const DAYS: i64 = 30;
/// Clients that write to the company.
pub const CLIENTS: usize = 600;
/// Days before the end at which one number joins and its employee's history is shared.
pub(crate) const ONBOARDED_DAYS_BEFORE_END: i64 = 15;
/// Days before the end at which one employee has notice, in the middle of the traffic.
const NOTICE_DAYS_BEFORE_END: i64 = 14;
/// Hours from the start of the gap's day (`GAP_DAYS_BEFORE_END`) to its end.
const GAP_HOURS: i64 = 8;
const GAP_DAYS_BEFORE_END: i64 = 17;

/// Where staff and their clients are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Region {
    /// São Paulo and Rio de Janeiro.
    Brazil,
    /// Mumbai and Delhi.
    India,
    /// London and Manchester.
    UnitedKingdom,
}

impl Region {
    /// The ISO 3166-1 alpha-2 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Brazil => "BR",
            Self::India => "IN",
            Self::UnitedKingdom => "GB",
        }
    }

    /// The region's civil time; UTC where the system knows no such zone.
    #[must_use]
    pub fn time_zone(self) -> TimeZone {
        let name = match self {
            Self::Brazil => "America/Sao_Paulo",
            Self::India => "Asia/Kolkata",
            Self::UnitedKingdom => "Europe/London",
        };
        TimeZone::get(name).unwrap_or(TimeZone::UTC)
    }
}

/// What a client writes in; each has its own file of authored talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// Brazilian Portuguese.
    Portuguese,
    /// British English.
    English,
    /// Indian English.
    IndianEnglish,
    /// Hindi in Devanagari.
    Hindi,
    /// Hindi in Latin letters, mixed with English.
    Hinglish,
    /// Spanish of South America.
    Spanish,
    /// Mandarin in simplified characters.
    Chinese,
    /// Arabic.
    Arabic,
}

impl Language {
    /// Every language, in the order of the talk files.
    pub const ALL: [Self; 8] = [
        Self::Portuguese,
        Self::English,
        Self::IndianEnglish,
        Self::Hindi,
        Self::Hinglish,
        Self::Spanish,
        Self::Chinese,
        Self::Arabic,
    ];

    /// The BCP 47 tag.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Portuguese => "pt-BR",
            Self::English => "en-GB",
            Self::IndianEnglish => "en-IN",
            Self::Hindi => "hi",
            Self::Hinglish => "hi-Latn",
            Self::Spanish => "es",
            Self::Chinese => "zh",
            Self::Arabic => "ar",
        }
    }
}

/// What a member of staff is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Team {
    /// Sells appliances and electronics.
    Sales,
    /// Repairs, delivers, answers.
    Service,
}

impl Team {
    /// The word in `people.csv`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Service => "service",
        }
    }
}

/// One of 40 people on the payroll.
#[derive(Debug, Clone)]
pub struct Employee {
    /// A payroll number such as `E017`.
    pub id: String,
    /// First name and surname.
    pub name: String,
    /// Sales or service.
    pub team: Team,
    /// Where they work.
    pub region: Region,
    /// The city they work in.
    pub city: &'static str,
    /// Index of their manager in [`Company::employees`]; none for the three heads of country.
    pub manager: Option<usize>,
    /// Index of the number they answer for in [`Company::numbers`]; none for the second seat of a shared desk.
    pub number: Option<usize>,
    /// First day on that number.
    pub assigned_from: Date,
    /// When they were given notice that conversations are kept; none for two people.
    pub notice_at: Option<Timestamp>,
    /// What they answer in.
    pub languages: Vec<Language>,
}

/// How a number is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// One employee's WhatsApp Business app, seen by coexistence.
    Native,
    /// A number shared by a desk.
    Inbox,
}

/// A business number on the Cloud API.
#[derive(Debug, Clone)]
pub struct BusinessNumber {
    /// Meta's id of the number.
    pub phone_number_id: String,
    /// The WhatsApp Business Account it belongs to.
    pub waba_id: String,
    /// International digits without `+`.
    pub digits: String,
    /// Native or shared.
    pub lane: Lane,
    /// Index of the accountable employee.
    pub employee: usize,
    /// Set for the one number that joined within the 30 days; earlier messages come as history.
    pub onboarded_at: Option<Timestamp>,
}

/// A person who buys.
#[derive(Debug, Clone)]
pub struct Client {
    /// As they call themselves on WhatsApp.
    pub name: String,
    /// International digits; none for those who write under a username.
    pub phone: Option<String>,
    /// Business-scoped user id, `CC.` and digits.
    pub user_id: String,
    /// Present where `phone` is not.
    pub username: Option<String>,
    /// What they write in.
    pub language: Language,
    /// Where they buy.
    pub region: Region,
    /// Index of the employee they write to.
    pub employee: usize,
}

/// A time in which one account delivered nothing, between offboarding and reconnection.
#[derive(Debug, Clone)]
pub struct Gap {
    /// The account that was away.
    pub waba_id: String,
    /// When it went.
    pub from: Timestamp,
    /// When it came back.
    pub to: Timestamp,
}

/// Everything about the sample company that a seed and an end decide.
///
/// ```
/// let ending_at = "2026-11-21T12:00:00Z".parse()?;
/// let company = aboveboard_simulate::Company::new(7, ending_at);
/// assert_eq!(company.employees.len(), 40);
/// let first = company.deliveries().next().ok_or("no traffic")?;
/// assert!(first.at > company.starting_at);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Company {
    /// What decides every name, number and word.
    pub seed: u64,
    /// The trading name.
    pub name: &'static str,
    /// The one legal entity.
    pub legal_name: &'static str,
    /// `ending_at` less [`DAYS`].
    pub starting_at: Timestamp,
    /// No message is later.
    pub ending_at: Timestamp,
    /// 40 people; the first of each country is its head.
    pub employees: Vec<Employee>,
    /// 34 native and 3 shared numbers.
    pub numbers: Vec<BusinessNumber>,
    /// [`CLIENTS`] people, then the few who appear in a story only.
    pub clients: Vec<Client>,
    /// What is the company's.
    pub registry: Vec<RegistryEntry>,
    /// The hand-written conversations among the ordinary talk, with what should be found in each.
    pub stories: Vec<Story>,
    /// The outage within the 30 days.
    pub gap: Gap,
    pub(crate) library: &'static Library,
    pub(crate) schedule: Schedule,
}

/// A line of the price list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPrice {
    /// The item.
    pub item: String,
    /// What people call it, in every language.
    pub words: Vec<String>,
    /// The least that staff may ask for it.
    pub least: u64,
    /// ISO 4217.
    pub currency: &'static str,
    /// The country's code.
    pub region: &'static str,
}

impl Company {
    /// Builds the company of a seed whose 30 days end at the given instant.
    #[must_use]
    pub fn new(seed: u64, ending_at: Timestamp) -> Self {
        let root = Random::new(seed);
        let library = Library::authored();
        let starting_at = ending_at - SignedDuration::from_hours(24 * DAYS);
        let (employees, numbers) = people::staff(&root, ending_at);
        let clients = people::clients(&root, &employees, &numbers);
        let registry = register::entries(&root, &numbers);
        let gap = gap(&numbers, ending_at);
        let mut company = Self {
            seed,
            name: "Aurora Home",
            legal_name: "Casa Aurora Eletro Ltda",
            starting_at,
            ending_at,
            employees,
            numbers,
            clients,
            registry,
            stories: Vec::new(),
            gap,
            library,
            schedule: Schedule::default(),
        };
        crate::story::cast(&mut company);
        company.schedule = Schedule::new(&company);
        company
    }

    /// The people file: header `employee,name,team,region,manager,phone_number_id,number,assigned_from,notice_at`.
    ///
    /// One row an employee. `manager` is another row's `employee`, `number` is E.164, `assigned_from` a date,
    /// `notice_at` an RFC 3339 instant; a field that does not apply is empty.
    #[must_use]
    pub fn people_csv(&self) -> String {
        people::csv(self)
    }

    /// The registry file: header `kind,value,label`, kinds `upi pix iban account phone email domain handle`.
    #[must_use]
    pub fn registry_csv(&self) -> String {
        register::csv(&self.registry)
    }

    /// The price list: of each item in each country what people call it, and the least that staff may ask for it.
    #[must_use]
    pub fn price_list(&self) -> Vec<ListedPrice> {
        let countries = [(Region::Brazil, "BRL"), (Region::India, "INR"), (Region::UnitedKingdom, "GBP")];
        let lines = crate::talk::price_list(self.library).into_iter();
        let line = |(item, words, least): (String, Vec<String>, [u64; 3])| {
            std::array::from_fn::<_, 3, _>(|at| ListedPrice {
                item: item.clone(),
                words: words.clone(),
                least: least[at],
                currency: countries[at].1,
                region: countries[at].0.code(),
            })
        };
        lines.flat_map(line).collect()
    }

    /// How much staff may take off by themselves, in percent.
    pub const AUTHORITY_PERCENT: f64 = 5.0;

    pub(crate) fn random(&self, label: &str) -> Random {
        Random::new(self.seed).fork(label)
    }

    /// The index of the number on which an employee is reached: their own, or their desk's.
    pub(crate) fn number_of(&self, employee: usize) -> usize {
        self.employees[employee].number.unwrap_or_else(|| {
            let region = self.employees[employee].region;
            self.numbers
                .iter()
                .position(|n| n.lane == Lane::Inbox && self.employees[n.employee].region == region)
                .unwrap_or(0)
        })
    }

    pub(crate) fn is_captured(&self, number: usize, at: Timestamp) -> bool {
        self.numbers[number].waba_id != self.gap.waba_id || at < self.gap.from || at >= self.gap.to
    }
}

fn gap(numbers: &[BusinessNumber], ending_at: Timestamp) -> Gap {
    let from = ending_at - SignedDuration::from_hours(24 * GAP_DAYS_BEFORE_END);
    let waba_id = numbers.last().map(|number| number.waba_id.clone()).unwrap_or_default();
    Gap { waba_id, from, to: from + SignedDuration::from_hours(GAP_HOURS) }
}

fn notice_within(ending_at: Timestamp) -> Timestamp {
    ending_at - SignedDuration::from_hours(24 * NOTICE_DAYS_BEFORE_END)
}
