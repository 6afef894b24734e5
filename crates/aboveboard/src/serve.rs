//! The server: a ledger, its jobs, the receiver and the console on one address, until it is told to stop.

mod connections;
mod operations;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aboveboard_console::Settings;
use aboveboard_ledger::{By, Clock, Command, Error, Ledger, Options};
use aboveboard_model::{
    id::Index,
    personal::Secret,
    refusal::Refusal,
    rule::{self, Kind},
};
use aboveboard_policy::Policy;
use anyhow::{Context, Result, bail};
use axum::Router;
use axum_server::{
    Handle,
    accept::DefaultAcceptor,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use jiff::Timestamp;

use crate::{
    config::{Config, read_text},
    notify,
    run::{
        connection, media,
        receiver::{self, Keep},
        runner::Runner,
    },
    serve::{
        connections::{Limits, limited},
        operations::Health,
    },
    thinking,
};

/// How long requests under way may take after the server was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The machine's clock: the one place where the time is taken.
#[allow(clippy::disallowed_methods)]
pub fn clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Opens the ledger of a configuration.
///
/// # Errors
/// The ledger's, with the data folder's name.
pub fn open(config: &Config) -> Result<Arc<Ledger>> {
    check_owner(&config.data)?;
    opened(Ledger::open(options(config)), config)
}

/// Opens the ledger of a configuration without folding: it takes deliveries and does nothing else.
///
/// # Errors
/// As [`open`].
pub fn open_held(config: &Config) -> Result<Arc<Ledger>> {
    opened(Ledger::open_held(options(config)), config)
}

fn options(config: &Config) -> Options {
    Options {
        folder: config.data.clone(),
        origin: config.log_name.clone(),
        deployment_key: config.deployment_key(),
        derive: thinking::DERIVE,
        check: aboveboard_policy::check,
        clock: clock(),
        chunk_entries: aboveboard_ledger::CHUNK_ENTRIES,
    }
}

fn opened(ledger: aboveboard_ledger::Result<Ledger>, config: &Config) -> Result<Arc<Ledger>> {
    Ok(Arc::new(ledger.with_context(|| format!("cannot open the data folder {}", config.data.display()))?))
}

/// How a server's parts hang together.
pub struct Wiring {
    /// Where deliveries go that passed the receiver's checks; `None` for the ledger.
    pub keep: Option<Keep>,
    /// Whether what arrived is read and judged.
    pub runner: bool,
}

impl Wiring {
    /// As shipped: deliveries go to the ledger and the runner reads them.
    pub const SHIPPED: Self = Wiring { keep: None, runner: true };
}

/// Refuses to work as root on somebody else's data folder: the server could not open what root writes there.
///
/// # Errors
/// Says as whom to run.
pub(crate) fn check_owner(folder: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| std::fs::metadata(path).ok().map(|metadata| metadata.uid());
    match (owner(Path::new("/proc/self")), owner(folder)) {
        (Some(0), Some(owner)) if owner != 0 => bail!(
            "the data folder {} belongs to user {owner}, and what root writes there that user cannot open: run this \
             as `setpriv --reuid {owner} --regid {owner} --clear-groups aboveboard …`",
            folder.display()
        ),
        _ => Ok(()),
    }
}

/// A listener at work.
type Served = tokio::task::JoinHandle<std::io::Result<()>>;

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its figures are, where they are asked for.
    pub metrics: Option<SocketAddr>,
    handle: Handle<SocketAddr>,
    served: Served,
    media: tokio::task::JoinHandle<()>,
    health: Health,
    connection: tokio::task::JoinHandle<()>,
    _runner: Option<Runner>,
}

impl Server {
    /// Starts everything that a server does on a ledger.
    ///
    /// # Errors
    /// An address that cannot be listened on, a certificate that does not read, a thread that does not start.
    pub async fn start(
        ledger: Arc<Ledger>,
        config: &Config,
        setup_code: Option<Secret>,
        wiring: Wiring,
    ) -> Result<Self> {
        let settings =
            Settings { zone: config.zone.clone(), setup_code, ..Settings::new(&config.origin, &config.firm) };
        // Before anything that counts begins: what is counted while nobody records is lost.
        let figures = config.metrics.map(|_| operations::figures(ledger.clone())).transpose()?;
        let runner = wiring.runner.then(|| Runner::start(ledger.clone())).transpose()?;
        let asker = connection::Asker { origin: config.origin.clone(), stand_in: config.stand_in };
        let connection = tokio::spawn(asker.work(ledger.clone()));
        let media = tokio::spawn(media::work(ledger.clone(), config.stand_in));
        let pulse = runner.as_ref().map(Runner::pulse).unwrap_or_default();
        let health = Health::new(ledger.clone(), pulse, media.abort_handle());
        let app = router(ledger, health.clone(), settings, wiring.keep);
        let handle = Handle::new();
        let (address, served) = listen(config.listen, config.tls.as_ref(), app, &handle).await?;
        let metrics = match config.metrics.zip(figures) {
            None => None,
            Some((wanted, figures)) => {
                let (metrics, served) = listen(wanted, None, figures, &handle).await?;
                // It ends with the handle that it shares.
                drop(served);
                Some(metrics)
            }
        };
        Ok(Self { address, metrics, handle, served, media, health, connection, _runner: runner })
    }

    /// Stops taking requests, lets those under way end, and ends the jobs.
    ///
    /// # Errors
    /// The listener's.
    pub async fn stop(self) -> Result<()> {
        self.handle.graceful_shutdown(Some(GRACE));
        self.media.abort();
        self.connection.abort();
        Ok(self.served.await??)
    }
}

/// Serves an application at an address, with TLS where there is a certificate, until the handle says to stop.
async fn listen(
    wanted: SocketAddr,
    tls: Option<&(PathBuf, PathBuf)>,
    app: Router,
    handle: &Handle<SocketAddr>,
) -> Result<(SocketAddr, Served)> {
    let listener =
        std::net::TcpListener::bind(wanted).with_context(|| format!("cannot listen on {wanted}"))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let server = axum_server::from_tcp(listener)?.handle(handle.clone());
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = match tls {
        None => tokio::spawn(limited(server, Limits::default(), DefaultAcceptor::new()).serve(service)),
        Some((certificate, key)) => {
            let tls = RustlsConfig::from_pem_file(certificate, key)
                .await
                .context("cannot read certificate or key")?;
            tokio::spawn(limited(server, Limits::default(), RustlsAcceptor::new(tls)).serve(service))
        }
    };
    Ok((address, served))
}

/// What the public reaches, on one address.
fn router(ledger: Arc<Ledger>, health: Health, settings: Settings, keep: Option<Keep>) -> Router {
    let console = aboveboard_console::router(ledger.clone(), settings);
    operations::health(health).merge(receiver::router(ledger, keep)).fallback_service(console)
}

/// Runs a server until the machine tells it to stop.
pub(crate) async fn run(config: Config) -> Result<()> {
    let ledger = open(&config)?;
    if let Some(folder) = &config.policies {
        publish_folder(&ledger, folder)?;
    }
    let setup_code = if is_first_run(&ledger)? { Some(setup_code()?) } else { None };
    let server = Server::start(ledger.clone(), &config, setup_code.clone(), Wiring::SHIPPED).await?;
    if let Some(address) = server.metrics {
        tracing::info!(%address, "serving figures");
    }
    tracing::info!(address = %server.address, origin = config.origin, "serving");
    notify::ready();
    if let Some(code) = setup_code {
        // The one secret that is printed: it is worth something only until the first two users exist.
        crate::cli::say(&format!(
            "first run: open {}/first-run and give the code {}",
            config.origin,
            code.reveal()
        ));
    }
    let health = server.health.clone();
    let watched = tokio::spawn(notify::keep_watch(move || health.ended().is_empty()));
    until_stopped().await;
    tracing::info!("stopping");
    watched.abort();
    notify::stopping();
    server.stop().await
}

/// Whether there is no user yet, once the views hold what is in the log. A log that takes longer to fold than a question
/// waits is not new.
fn is_first_run(ledger: &Ledger) -> Result<bool> {
    let caught_up = ledger.len().checked_sub(1).map_or(Ok(()), |head| ledger.at_least(Index(head)));
    match caught_up {
        Ok(()) => Ok(ledger.first_run()?),
        Err(Error::Busy) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Waits for an interrupt or a request to terminate.
pub async fn until_stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Brings the policies of a folder that differ from what is in force: at the first run they are the program's set-up and come into
/// force, later they are proposed and a person decides. Mistakes are named, and nothing comes of the file.
pub(crate) fn publish_folder(ledger: &Ledger, folder: &Path) -> Result<()> {
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push((path.display().to_string(), read_text(&path).map_err(anyhow::Error::msg)?));
        }
    }
    files.sort();
    let (policies, mistakes) =
        aboveboard_policy::folder(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    for (file, mistake) in mistakes {
        tracing::warn!(file, %mistake, "policy");
    }
    let is_set_up = is_first_run(ledger)?;
    for (name, text) in &files {
        let Ok(parsed) = Policy::parse(text) else { continue };
        if !policies.contains(&parsed.policy) {
            continue;
        }
        let wanted = if is_set_up {
            ledger.decide(&By::system("setup"), Command::PublishPolicy(text.clone()))
        } else {
            let note = "The folder of policies on the server has this text.".to_owned();
            let propose = rule::Command::Propose { text: Some(text.clone()), note };
            ledger.decide(&By::system("folder"), Command::Rule(Kind::Policy, parsed.policy.id, propose))
        };
        match wanted {
            Ok(_) | Err(Error::Refused(Refusal::SameText | Refusal::ProposalPending)) => {}
            Err(Error::Refused(refusal)) => tracing::warn!(file = name, %refusal, "policy"),
            Err(error) => return Err(error).with_context(|| format!("cannot take {name}")),
        }
    }
    Ok(())
}

/// Eight groups of letters and digits: 80 bits.
fn setup_code() -> Result<Secret> {
    let mut bytes = [0; 10];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(Secret::new(hex::encode(bytes)))
}
