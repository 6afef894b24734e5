//! The demonstration: the sample company, delivered by the stand-in for Meta through the real receiver, then live traffic.

use std::{
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aboveboard_ledger::{By, Command, Ledger};
use aboveboard_model::{
    access::Role,
    document::Amount,
    id::SourceId,
    people::{Declared, Place},
    personal::Secret,
    registry, source, user,
};
use aboveboard_simulate::{Company, deliver, live::Pace, serve as stand_in};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;

use crate::{
    cli::say,
    config::{Config, Written},
    serve::{self, Server, Wiring, clock},
};

const SEED: u64 = 20_261_121;
/// Deliveries under way at once while the 30 days load.
const CONCURRENCY: usize = 16;
/// Characters of the password that the demonstration makes.
const PASSWORD_BYTES: usize = 8;

/// The people who sign in, by role.
const SIGN_INS: &[(&str, Role)] = &[
    ("compliance@aurora.example", Role::ComplianceOfficer),
    // Two people decide what comes into force, so that there are two.
    ("compliance2@aurora.example", Role::ComplianceOfficer),
    ("reviewer@aurora.example", Role::Reviewer),
    ("privacy@aurora.example", Role::PrivacyOfficer),
    ("auditor@aurora.example", Role::Auditor),
    ("admin@aurora.example", Role::Administrator),
];

/// Runs the demonstration until the machine tells it to stop.
pub(crate) async fn run(port: u16, keep: Option<PathBuf>) -> Result<()> {
    let temporary = tempfile::Builder::new().prefix("aboveboard-demo-").tempdir()?;
    let config = configure(keep.as_deref().unwrap_or(temporary.path()), port)?;
    let ledger = serve::open(&config)?;
    let password = hex::encode(random::<PASSWORD_BYTES>()?);
    let secrets = Secrets {
        app: hex::encode(random::<16>()?),
        verify: hex::encode(random::<16>()?),
        token: hex::encode(random::<16>()?),
    };
    let company = Company::new(SEED, ledger.now());
    prepare(&ledger, &company, &config.zone, &password)?;
    let stand_in = start_stand_in(&ledger, &config, &company, &secrets).await?;
    let server = Server::start(ledger.clone(), &config, None, Wiring::SHIPPED).await?;
    greet(&config, &password);
    let shown = tokio::spawn(show_progress(stand_in.progress.clone(), ledger.clone()));
    serve::until_stopped().await;
    shown.abort();
    stand_in.stop().await.context("the stand-in for Meta")?;
    server.stop().await?;
    drop(ledger);
    Ok(())
}

/// Writes a configuration and a key into the demonstration's folder, so that what is kept can be opened by every other
/// command, and reads it as they do.
fn configure(folder: &Path, port: u16) -> Result<Config> {
    let file = folder.join("aboveboard.toml");
    if file.exists() {
        anyhow::bail!(
            "{} has a demonstration already: go on with it by `aboveboard --config {} serve`",
            folder.display(),
            file.display()
        );
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let folder = folder.canonicalize().with_context(|| format!("cannot open {}", folder.display()))?;
    let key = folder.join("deployment.key");
    write_secret(&key, &hex::encode(random::<32>()?))?;
    let fields = [
        ("data", folder.join("data").display().to_string()),
        ("listen", format!("127.0.0.1:{port}")),
        ("origin", format!("http://127.0.0.1:{port}")),
        ("firm", "Aurora Home".to_owned()),
        ("region", "demo".to_owned()),
        ("time_zone", "America/Sao_Paulo".to_owned()),
        ("deployment_key_file", key.display().to_string()),
        ("stand_in", "yes".to_owned()),
    ];
    let table: toml::Table = fields.map(|(name, text)| (name.to_owned(), text.into())).into_iter().collect();
    let text = toml::to_string(&table)?;
    let file = folder.join("aboveboard.toml");
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(Written::read(Some(&file), &|_| None)?.check()?)
}

/// Writes a file that nobody else on the machine may read.
fn write_secret(path: &Path, text: &str) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

struct Secrets {
    app: String,
    verify: String,
    token: String,
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

fn decide(ledger: &Ledger, command: Command) -> Result<aboveboard_ledger::Decided> {
    let decided = ledger.decide(&By::system("demo"), command)?;
    ledger.at_least(decided.index)?;
    Ok(decided)
}

/// What a firm would have written down before its first message: people, notice, registry, policies, users.
fn prepare(ledger: &Ledger, company: &Company, zone: &TimeZone, password: &str) -> Result<()> {
    for (login, role) in SIGN_INS {
        let password = ledger.hash_password(login, password)?;
        let roles = [*role].into();
        let create = user::Command::Create { login: (*login).to_owned(), password, roles, employee: None };
        decide(ledger, Command::User(None, create))?;
    }
    for pack in aboveboard_policy::DEFAULT.policies {
        decide(ledger, Command::PublishPolicy(pack.text.to_owned()))?;
    }
    decide(
        ledger,
        Command::DeclarePeople(company.employees.iter().map(|one| declared(company, zone, one)).collect()),
    )?;
    let entries = company.registry.iter().filter_map(|entry| {
        let kind = registry::Kind::from_word(entry.kind)?;
        Some(registry::Entry { label: entry.label.clone(), ..registry::Entry::new(kind, &entry.value) })
    });
    decide(ledger, Command::AddToRegistry(entries.chain(terms(company)).collect()))?;
    Ok(())
}

/// What may be asked and taken off: the price list of each country, and five percent for everybody.
fn terms(company: &Company) -> impl Iterator<Item = registry::Entry> {
    let prices = company.price_list().into_iter().map(|line| registry::Entry {
        terms: registry::Terms::Price {
            price: Amount { amount: line.least as f64, currency: Some(line.currency.to_owned()) },
            region: Some(line.region.to_owned()),
            words: line.words,
        },
        ..registry::Entry::new(registry::Kind::Price, &line.item)
    });
    let authority = registry::Entry {
        terms: registry::Terms::Authority {
            percent: Company::AUTHORITY_PERCENT,
            employee: None,
            team: None,
            region: None,
        },
        ..registry::Entry::new(registry::Kind::Discount, "Everybody")
    };
    prices.chain(std::iter::once(authority))
}

fn declared(
    company: &Company,
    zone: &TimeZone,
    employee: &aboveboard_simulate::company::Employee,
) -> Declared {
    let from =
        employee.assigned_from.to_zoned(zone.clone()).map_or(company.starting_at, |day| day.timestamp());
    Declared {
        reference: employee.id.clone(),
        name: employee.name.clone(),
        place: Some(Place {
            from,
            team: employee.team.code().to_owned(),
            region: employee.region.code().to_owned(),
        }),
        manager: Some(employee.manager.map(|manager| company.employees[manager].id.clone())),
        number: employee.number.map(|number| (company.numbers[number].phone_number_id.clone(), from)),
        notice_at: Some(employee.notice_at),
    }
}

/// Connects the source as an administrator would, and starts the stand-in that delivers to it.
async fn start_stand_in(
    ledger: &Arc<Ledger>,
    config: &Config,
    company: &Company,
    secrets: &Secrets,
) -> Result<stand_in::Handle> {
    let graph = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let number = company.numbers.first();
    let declared = source::Declared {
        name: "WhatsApp of Aurora Home".to_owned(),
        connector: "whatsapp".to_owned(),
        verify_token: Some(Secret::new(secrets.verify.clone())),
        app_secret: Some(Secret::new(secrets.app.clone())),
        access_token: Some(Secret::new(secrets.token.clone())),
        graph_url: Some(format!("http://{graph}/v23.0")),
        account: number.map(|number| number.waba_id.clone()),
        number: number.map(|number| number.phone_number_id.clone()),
        ..source::Declared::default()
    };
    let source: SourceId = decide(ledger, Command::DeclareSource(None, declared))?
        .source
        .context("a connected source has an id")?;
    let callback = format!("{}/webhooks/whatsapp/{source}", config.origin);
    let delivery = deliver::Options {
        concurrency: CONCURRENCY,
        duplicate_percent: 1,
        reorder_window: 8,
        seed: SEED,
        ..deliver::Options::plain(&callback, &secrets.app)
    };
    let options = stand_in::Options {
        seed: SEED,
        ending_at: ledger.now(),
        listen: graph,
        app_id: "1000200030004000".to_owned(),
        app_secret: secrets.app.clone(),
        access_token: secrets.token.clone(),
        verify_token: secrets.verify.clone(),
        delivery: Some(delivery),
        live: Some(Pace::default()),
        faults: Default::default(),
        clock: clock(),
    };
    Ok(stand_in::serve(options).await?)
}

fn greet(config: &Config, password: &str) {
    say(&format!(
        "\n  Aboveboard is running at {}\n\n  Sign in, password {password} for each:",
        config.origin
    ));
    for (login, role) in SIGN_INS {
        say(&format!("    {login:<28} {}", role.word().replace('_', " ")));
    }
    say("\n  30 days of a sample company are arriving now; live traffic follows. Stop with Ctrl-C.\n");
}

/// A line that says how far the 30 days have come: delivered, and judged.
async fn show_progress(mut progress: tokio::sync::watch::Receiver<deliver::Progress>, ledger: Arc<Ledger>) {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("  {spinner} {elapsed_precise}  {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    loop {
        let told = *progress.borrow_and_update();
        let backlog = {
            let ledger = ledger.clone();
            tokio::task::spawn_blocking(move || ledger.backlog()).await
        };
        let waiting = backlog
            .ok()
            .and_then(|backlog| backlog.ok())
            .map_or(0, |backlog| backlog.unread + backlog.unjudged);
        bar.set_message(format!("{} messages delivered, {waiting} waiting to be read", told.messages));
        if told.finished && waiting == 0 {
            bar.finish_with_message(format!("{} messages are in; live traffic goes on", told.messages));
            return;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
