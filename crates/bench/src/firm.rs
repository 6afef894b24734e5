//! A firm to measure on: its data folder, employees who all had notice, a connected source, policies, people who sign in.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use aboveboard::Config;
use aboveboard_ledger::{By, Command, Decided, Ledger};
use aboveboard_model::{
    access::Role,
    id::SourceId,
    people::{Declared, Place},
    personal::Secret,
    source, user,
};
use anyhow::{Context, Result, ensure};
use jiff::{Timestamp, tz::TimeZone};

use crate::{corpus::NUMBERS, webhook};

/// The app secret that deliveries are signed with.
pub const APP_SECRET: &str = "an app secret of the benches";
/// What everybody signs in with.
pub const PASSWORD: &str = "a password of the benches";
/// What browsers see.
pub const ORIGIN: &str = "http://bench.example";
/// Deliveries on their way into the journal at once.
const IN_FLIGHT: usize = 1_024;
/// How long the pipeline may take for anything.
pub const WAIT: Duration = Duration::from_secs(3_600);
/// How often the backlog is looked at.
const POLL: Duration = Duration::from_millis(100);

/// A data folder and its configuration.
pub struct Firm {
    /// The configuration, listening on any free port.
    pub config: Config,
}

impl Firm {
    /// A firm whose data is, or will be, in a folder.
    pub fn new(data: &Path) -> Self {
        let config = Config {
            data: data.to_owned(),
            listen: ([127, 0, 0, 1], 0).into(),
            metrics: None,
            origin: ORIGIN.to_owned(),
            firm: "Bench".to_owned(),
            log_name: "bench.example/bench/br-1/evidence".to_owned(),
            zone: TimeZone::UTC,
            deployment_key: [0x5a; 32],
            tls: None,
            policies: None,
            log_json: false,
            stand_in: false,
        };
        Firm { config }
    }

    /// Opens the ledger in this process.
    ///
    /// # Errors
    /// The ledger's.
    pub fn open(&self) -> Result<Arc<Ledger>> {
        aboveboard::open(&self.config)
    }
}

/// The folder for what benches write, beside the binary's own: `target/bench`.
///
/// # Errors
/// A binary that lies nowhere, or a folder that cannot be made.
pub fn scratch() -> Result<PathBuf> {
    let binary = std::env::current_exe().context("where is this program?")?;
    let target = binary.parent().and_then(Path::parent).context("the binary lies in no target folder")?;
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// Decides as somebody with a shell, and waits until it shows.
///
/// # Errors
/// The ledger's, refusals too.
pub fn decide(ledger: &Ledger, command: Command) -> Result<Decided> {
    let decided = ledger.decide(&By::command_line(), command)?;
    ledger.at_least(decided.index)?;
    Ok(decided)
}

/// Writes down what a firm has before its first message: employees, policies, the source.
///
/// # Errors
/// The ledger's.
pub fn prepare(ledger: &Ledger, policies: &[String]) -> Result<SourceId> {
    let employees = (0..NUMBERS).map(employee).collect::<Result<_>>()?;
    decide(ledger, Command::DeclarePeople(employees))?;
    // No policy depends on another, so that they are waited for together.
    for text in policies {
        ledger.decide(&By::system("bench"), Command::PublishPolicy(text.clone()))?;
    }
    let declared = source::Declared {
        name: "WhatsApp".to_owned(),
        connector: "whatsapp".to_owned(),
        verify_token: Some(Secret::new("a verify token of the benches")),
        app_secret: Some(Secret::new(APP_SECRET)),
        ..source::Declared::default()
    };
    let decided = decide(ledger, Command::DeclareSource(None, declared))?;
    decided.source.context("a connected source has an id")
}

fn employee(number: usize) -> Result<Declared> {
    let from = Timestamp::from_second(webhook::second(0) - 365 * 86_400)?;
    let place = Place {
        from,
        team: ["sales", "service", "online"][number % 3].to_owned(),
        region: ["BR", "IN", "DE", "US"][number % 4].to_owned(),
    };
    Ok(Declared {
        reference: format!("E-{number}"),
        name: format!("Employee {number}"),
        place: Some(place),
        manager: None,
        number: Some((webhook::number_id(number), from)),
        notice_at: Some(Some(from)),
    })
}

/// What somebody of a role types to sign in.
pub fn login(role: Role, at: usize) -> String {
    format!("{}{at}@bench.example", role.word())
}

/// Makes people who sign in with [`PASSWORD`].
///
/// # Errors
/// The ledger's.
pub fn add_users(ledger: &Ledger, role: Role, count: usize) -> Result<()> {
    let password = ledger.hash_password(&login(role, 0), PASSWORD)?;
    for at in 0..count {
        let (login, password, roles) = (login(role, at), password.clone(), [role].into());
        let create = user::Command::Create { login, password, roles, employee: None };
        decide(ledger, Command::User(None, create))?;
    }
    Ok(())
}

/// Whether a delivery is durable.
type Answer = Result<(), String>;

/// Hands deliveries to a ledger as the receiver does, a bounded number of them on their way at once.
pub struct Feed<'a> {
    ledger: &'a Ledger,
    source: SourceId,
    answer: SyncSender<Answer>,
    answers: Receiver<Answer>,
    under_way: usize,
}

impl<'a> Feed<'a> {
    /// A feed of one source.
    pub fn new(ledger: &'a Ledger, source: SourceId) -> Self {
        let (answer, answers) = sync_channel(IN_FLIGHT);
        Feed { ledger, source, answer, answers, under_way: 0 }
    }

    /// Hands one over; waits where too many are on their way.
    ///
    /// # Errors
    /// One that could not be made durable.
    pub fn push(&mut self, body: Vec<u8>) -> Result<()> {
        while self.under_way >= IN_FLIGHT {
            self.take_one()?;
        }
        let answer = self.answer.clone();
        let stored = Box::new(move |result: aboveboard_ledger::Result<_>| {
            // The channel has room for all that are on their way; nobody listens where the bench has failed already.
            let _ = answer.try_send(result.map(|_| ()).map_err(|error| error.to_string()));
        });
        self.ledger.receive(self.source, 0, body, stored);
        self.under_way += 1;
        Ok(())
    }

    /// Waits until all are durable.
    ///
    /// # Errors
    /// One that could not be made durable.
    pub fn finish(mut self) -> Result<()> {
        while self.under_way > 0 {
            self.take_one()?;
        }
        Ok(())
    }

    fn take_one(&mut self) -> Result<()> {
        let stored = self.answers.recv_timeout(WAIT).context("a delivery is never answered")?;
        stored.map_err(anyhow::Error::msg).context("a delivery could not be stored")?;
        self.under_way -= 1;
        Ok(())
    }
}

/// Waits until everything is read, judged and indexed; `told` hears how many deliveries and documents still wait.
///
/// # Errors
/// The ledger's, and a pipeline that stands still for an hour.
pub fn drain(ledger: &Ledger, told: &dyn Fn(u64)) -> Result<()> {
    let until = Instant::now() + WAIT;
    loop {
        let backlog = ledger.backlog()?;
        told(backlog.unread + backlog.unjudged);
        if backlog.unread + backlog.unjudged + backlog.unfolded == 0 {
            break;
        }
        ensure!(Instant::now() < until, "the pipeline does not come to an end: {backlog:?}");
        ledger.rest(POLL);
    }
    ledger.settle(WAIT)?;
    Ok(())
}
