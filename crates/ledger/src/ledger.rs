//! The ledger: the one writer, the threads that keep the folds and the tree up to date, and waiting for them.

mod ahead;
mod decide;
mod folding;
#[cfg(test)]
mod full_disk;
mod persons;
mod record;
mod registering;
mod rules;
mod runner;
mod staff;
mod stocking;
mod users;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use aboveboard_archive::{
    fs::{Fs, RealFs},
    journal::Journal,
    note::{Checkpoint, Signer},
    random::{Random, SystemRandom},
    tiles::Integrator,
};
use aboveboard_model::{
    access::{Actor, Permission},
    event::Event,
    id::Index,
    refusal::Refusal,
    rule,
};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::{
    ask::Looks,
    command::By,
    error::{Error, Result},
    fact::Fact,
    fold::Derive,
    index::SearchIndex,
    roles::Roles,
    secrets::DeploymentKey,
    store::Store,
    views::{self, Views},
};
use stocking::Stocking;

pub(crate) use ahead::Ahead;
pub use record::Stored;
pub(crate) use rules::in_force;
pub(crate) use runner::judged_upto;
pub use runner::{Judgement, Reach, Unjudged, UnreadDelivery, WantedMedia};

/// Entries that are opened and folded together.
pub const CHUNK_ENTRIES: usize = 512;
/// How long a question waits for the views to catch up.
const AT_LEAST_MAX: Duration = Duration::from_secs(10);
/// How often the tree is brought up to date: within a second of an append.
const INTEGRATE_EVERY: Duration = Duration::from_millis(800);
/// How often in between it is looked for leaves that fill a bundle.
const ADVANCE_EVERY: Duration = Duration::from_millis(50);
/// How soon it is looked for more when there were some.
const ADVANCE_EVERY_BUSY: Duration = Duration::from_millis(5);
/// How often the head is signed, at most.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(5);
/// How often something is written when nothing happens, so that silence shows.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(15 * 60);
/// How long the fold waits after it failed.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How often the search index is committed while nothing else comes.
const INDEX_EVERY_IDLE: Duration = Duration::from_millis(100);
/// How often it is committed while entries keep coming.
const INDEX_EVERY: Duration = Duration::from_millis(1000);
/// How often it is committed while the views are far behind, as when they are rebuilt.
const INDEX_EVERY_REBUILDING: Duration = Duration::from_secs(10);
/// Entries behind that are far.
const REBUILDING_ENTRIES: u64 = 50_000;

/// The time, as a parameter.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a ledger is opened with.
pub struct Options {
    /// The data folder.
    pub folder: PathBuf,
    /// The log's name: `host/firm/region/evidence`.
    pub origin: String,
    /// The deployment's secret.
    pub deployment_key: DeploymentKey,
    /// The cheap detectors.
    pub derive: Derive,
    /// Says whether a policy, list or macro can be in force.
    pub check: rule::Check,
    /// The time.
    pub clock: Clock,
    /// Entries that are opened and folded together; [`CHUNK_ENTRIES`] but for tests.
    pub chunk_entries: usize,
}

/// The ledger of one log. Dropping it ends its threads.
pub struct Ledger {
    inner: Arc<Inner>,
    threads: Mutex<Vec<(&'static str, JoinHandle<()>)>>,
}

pub(crate) struct Inner {
    pub origin: String,
    pub store: Store,
    pub views: Views,
    pub index: SearchIndex,
    pub looks: Looks,
    pub roles: Roles,
    pub clock: Clock,
    pub check: rule::Check,
    pub integrator: Mutex<Integrator>,
    head: Mutex<Head>,
    random: Arc<dyn Random>,
    pub derive: Derive,
    chunk_entries: usize,
    progress: Mutex<Reached>,
    moved: Condvar,
    /// Somebody has been told that the log has grown, and nobody has gone to sleep since: many appends are one call.
    stirred: AtomicBool,
    /// Wakes those who rest, when the ledger is closed.
    closing: (Mutex<()>, Condvar),
    changed: watch::Sender<Index>,
    stopping: AtomicBool,
    /// One command is decided at a time on a node; other nodes are kept apart by versions.
    deciding: Mutex<()>,
    /// How far this process has judged, which may be the middle of an entry.
    judging: Mutex<Option<Reach>>,
}

/// The signed head as pages show it, known without waiting for whoever works on the tree.
#[derive(Clone)]
pub(crate) struct Head {
    pub signed: Option<Checkpoint>,
    pub verifier_key: String,
}

impl Head {
    fn of(integrator: &Integrator) -> Self {
        Self { signed: integrator.signed().cloned(), verifier_key: integrator.verifier().vkey() }
    }
}

/// How far the folds are: entries folded into the views, and into the search index.
#[derive(Clone, Copy, Default)]
struct Reached {
    folded: u64,
    indexed: u64,
    stopped: bool,
}

impl Ledger {
    /// Opens a data folder, making what is missing, and starts folding.
    ///
    /// # Errors
    /// Another process has the folder, the deployment key is not the folder's, or bytes are not what was written.
    pub fn open(options: Options) -> Result<Self> {
        make_folder(&options.folder)?;
        let fs: Arc<dyn Fs> = Arc::new(RealFs::new(&options.folder));
        Self::open_on(fs, options, Arc::new(SystemRandom::default()), true)
    }

    /// Opens a data folder without folding: what is written is durable and proven, questions answer as of the last time
    /// that the folder was open, and the next `open` folds the rest.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_held(options: Options) -> Result<Self> {
        make_folder(&options.folder)?;
        let fs: Arc<dyn Fs> = Arc::new(RealFs::new(&options.folder));
        Self::open_on(fs, options, Arc::new(SystemRandom::default()), false)
    }

    fn open_on(fs: Arc<dyn Fs>, options: Options, random: Arc<dyn Random>, folds: bool) -> Result<Self> {
        let store = Store::open(fs.clone(), &options.deployment_key, random.clone())?;
        let signer = Signer::new(&options.origin, &options.deployment_key.checkpoint_seed())?;
        let integrator = Integrator::open(fs, store.journal.as_ref(), signer)?;
        let (views, writer) = Views::open(&options.folder, options.derive.version)?;
        let folded = views::folded(&writer)?;
        let index = SearchIndex::open(&options.folder, folded)?;
        let (changed, _) = watch::channel(Index(folded));
        let indexed = index.indexed();
        let inner = Arc::new(Inner {
            origin: options.origin,
            store,
            views,
            index,
            looks: Looks::default(),
            roles: Roles::new(),
            clock: options.clock,
            check: options.check,
            head: Mutex::new(Head::of(&integrator)),
            integrator: Mutex::new(integrator),
            random,
            derive: options.derive,
            chunk_entries: options.chunk_entries,
            progress: Mutex::new(Reached { folded, indexed, stopped: false }),
            moved: Condvar::new(),
            stirred: AtomicBool::new(false),
            closing: Default::default(),
            changed,
            stopping: AtomicBool::new(false),
            deciding: Mutex::new(()),
            judging: Mutex::new(None),
        });
        let mut threads = vec![
            Self::spawn("tree", inner.clone(), Inner::keep_integrating)?,
            Self::spawn("keys", inner.clone(), Inner::keep_stocking)?,
        ];
        if folds {
            threads.push(Self::spawn("fold", inner.clone(), move |inner| inner.keep_folding(writer))?);
            threads.push(Self::spawn("search", inner.clone(), Inner::keep_indexing)?);
        }
        Ok(Self { inner, threads: Mutex::new(threads) })
    }

    fn spawn(
        name: &'static str,
        inner: Arc<Inner>,
        work: impl FnOnce(&Inner) -> Result<()> + Send + 'static,
    ) -> Result<(&'static str, JoinHandle<()>)> {
        let run = move || {
            let ends = Ends { name, inner: &inner };
            if let Err(error) = work(&inner) {
                tracing::error!(job = name, %error, "a part of the ledger has stopped");
            }
            drop(ends);
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        let thread = thread.map_err(|source| Error::Folder {
            doing: "start the thread",
            path: name.to_owned(),
            source,
        })?;
        Ok((name, thread))
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// The number of entries in the log.
    pub fn len(&self) -> u64 {
        self.inner.store.journal.len()
    }

    /// Whether nothing was ever written.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until the views hold an entry, so that people read their own writes.
    ///
    /// # Errors
    /// [`Error::Busy`] when they do not catch up in time.
    pub fn at_least(&self, index: Index) -> Result<()> {
        self.inner.wait(AT_LEAST_MAX, |reached| reached.folded > index.0)
    }

    /// Waits until views and search index hold everything that is in the log now.
    ///
    /// # Errors
    /// [`Error::Busy`] when they do not catch up in time.
    pub fn settle(&self, time_max: Duration) -> Result<()> {
        let len = self.len();
        self.inner.wait(time_max, |reached| reached.folded >= len && reached.indexed >= len)
    }

    /// The number of entries that the views hold.
    pub fn folded(&self) -> u64 {
        self.inner.reached().folded
    }

    /// Waits until the views hold more entries than those seen, or a time has passed.
    pub fn pause(&self, seen: u64, time_max: Duration) {
        let _ = self.inner.wait(time_max, |reached| reached.folded > seen);
    }

    /// Waits for a time whatever happens meanwhile: for jobs that failed and try again.
    pub fn rest(&self, time: Duration) {
        self.inner.rest(time);
    }

    /// Which of the threads that keep the folds and the tree up to date have ended: `fold`, `search`, `tree`.
    pub fn ended(&self) -> Vec<&'static str> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        threads.iter().filter(|(_, thread)| thread.is_finished()).map(|(name, _)| *name).collect()
    }

    /// Tells whenever the views have moved: the number of entries folded.
    pub fn subscribe(&self) -> watch::Receiver<Index> {
        self.inner.changed.subscribe()
    }

    /// Whether somebody in these roles holds a permission.
    pub fn permitted(&self, by: &By, permission: Permission) -> bool {
        self.inner.roles.permit(&by.actor, &by.roles, permission)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Refuses who does not hold a permission.
    pub(crate) fn need(&self, by: &By, permission: Permission) -> Result<()> {
        if self.permitted(by, permission) { Ok(()) } else { Err(Refusal::NotPermitted.into()) }
    }
}

/// Tells those who wait for a part that it has ended, by a panic too.
struct Ends<'a> {
    name: &'static str,
    inner: &'a Inner,
}

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.inner.reached().stopped |= self.name == "fold";
        self.inner.moved.notify_all();
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.inner.stopping.store(true, Ordering::SeqCst);
        drop(self.inner.reached());
        self.inner.moved.notify_all();
        drop(self.inner.closing.0.lock());
        self.inner.closing.1.notify_all();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for (name, thread) in threads {
            if thread.join().is_err() {
                tracing::error!(job = name, "a thread of the ledger panicked");
            }
        }
    }
}

impl Inner {
    fn reached(&self) -> MutexGuard<'_, Reached> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    fn wait(&self, time_max: Duration, done: impl Fn(&Reached) -> bool) -> Result<()> {
        let (reached, _) = self
            .moved
            .wait_timeout_while(self.reached(), time_max, |reached| !done(reached) && !reached.stopped)
            .unwrap_or_else(PoisonError::into_inner);
        match (done(&reached), reached.stopped) {
            (true, _) => Ok(()),
            (false, true) => Err(Error::Stopped("the fold")),
            (false, false) => Err(Error::Busy),
        }
    }

    /// Sleeps until somebody appended or the views moved, or a time has passed; not at all where the log is longer than it
    /// was.
    fn nap(&self, time_max: Duration, len: u64) {
        let reached = self.reached();
        // First told apart, then looked: what is appended after the look finds a sleeper to wake.
        self.stirred.store(false, Ordering::SeqCst);
        if self.store.journal.len() == len && !self.stopping() {
            let _ = self.moved.wait_timeout(reached, time_max);
        }
    }

    /// Sleeps for a time whatever is appended meanwhile, or until the ledger is closed.
    pub(crate) fn rest(&self, time: Duration) {
        let guard = self.closing.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.closing.1.wait_timeout_while(guard, time, |()| !self.stopping());
    }

    /// Tells the threads that sleep that the log has grown.
    pub(crate) fn grown(&self) {
        if !self.stirred.swap(true, Ordering::SeqCst) {
            // Under the lock, so that a thread about to sleep has either seen the new length or is woken.
            drop(self.reached());
            self.moved.notify_all();
        }
    }

    /// Takes what was folded into the search index, for ever: soon when nothing else comes, in batches while much does.
    fn keep_indexing(&self) -> Result<()> {
        let mut committed_at: Option<Instant> = None;
        let (mut purged_at, mut is_purged) = (None, true);
        while !self.stopping() {
            let reached = *self.reached();
            let behind = self.store.journal.len() - reached.folded;
            let every = match behind {
                0 => INDEX_EVERY_IDLE,
                1..REBUILDING_ENTRIES => INDEX_EVERY,
                _ => INDEX_EVERY_REBUILDING,
            };
            let is_done = reached.indexed == reached.folded && is_purged;
            if is_done || committed_at.is_some_and(|at| at.elapsed() < every) {
                self.rest(INDEX_EVERY_IDLE);
                continue;
            }
            match self.index_once(&mut purged_at) {
                Ok(purged) => (committed_at, is_purged) = (Some(Instant::now()), purged),
                Err(error) if error.is_damage() => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, "the search index has to try again");
                    self.rest(RETRY_AFTER);
                }
            }
        }
        Ok(())
    }

    /// Says whether of what is sealed again nothing is left in the index.
    fn index_once(&self, purged_at: &mut Option<Index>) -> Result<bool> {
        let (folded, sealed_at) = self.views.ask(|db| {
            let folded = views::folded(db)?;
            self.index.catch_up(db, folded)?;
            Ok((folded, views::sealed_again(db)?))
        })?;
        if *purged_at != sealed_at && self.index.purge()? {
            *purged_at = sealed_at;
        }
        self.reached().indexed = folded;
        self.moved.notify_all();
        Ok(*purged_at == sealed_at)
    }

    /// Makes delivery keys ahead, for ever: a webhook waits for one sync only.
    fn keep_stocking(&self) -> Result<()> {
        let mut stocking = Stocking::default();
        while !self.stopping() {
            let stocked = self.store.stock_delivery_keys((self.clock)(), |ready| stocking.next(ready));
            let wait = match stocked {
                Ok(()) => stocking.wait(),
                Err(error) => {
                    tracing::warn!(%error, "delivery keys could not be made ahead");
                    RETRY_AFTER
                }
            };
            self.rest(wait);
        }
        Ok(())
    }

    fn keep_integrating(&self) -> Result<()> {
        let mut signed_at = Instant::now() - CHECKPOINT_EVERY;
        let mut heard_at = Instant::now();
        let mut len = self.store.journal.len();
        loop {
            let due = signed_at.elapsed() >= CHECKPOINT_EVERY;
            match self.integrate(due || self.stopping()) {
                Ok(true) => signed_at = Instant::now(),
                Ok(false) => {}
                Err(Error::Archive(aboveboard_archive::Error::Corruption(damage))) => {
                    return Err(aboveboard_archive::Error::Corruption(damage).into());
                }
                Err(error) => tracing::warn!(%error, "the tree could not be brought up to date"),
            }
            let now_len = self.store.journal.len();
            if now_len != len {
                (len, heard_at) = (now_len, Instant::now());
            } else if heard_at.elapsed() >= HEARTBEAT_EVERY {
                let heartbeat = vec![Fact::new(Event::Heartbeat)];
                match self.record(&Actor::System("heartbeat".to_owned()), heartbeat) {
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "no heartbeat could be written"),
                }
            }
            if self.stopping() {
                return Ok(());
            }
            self.advance_until(Instant::now() + INTEGRATE_EVERY);
        }
    }

    /// Takes full bundles of leaves into the tree as they come, in small steps, so that nobody waits behind a large one.
    fn advance_until(&self, until: Instant) {
        let mut rest = ADVANCE_EVERY;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stopping() {
                return;
            }
            self.rest(left.min(rest));
            let mut integrator = self.integrator.lock().unwrap_or_else(PoisonError::into_inner);
            rest = match integrator.advance(self.store.journal.as_ref()) {
                Ok(true) => ADVANCE_EVERY_BUSY,
                Ok(false) => ADVANCE_EVERY,
                // What is wrong comes again when the tree is brought up to date, and is told there.
                Err(_) => left,
            };
        }
    }

    /// Brings the tree up to date and, where asked and something is new, signs its head. Says whether it signed.
    pub(crate) fn integrate(&self, sign: bool) -> Result<bool> {
        let mut integrator = self.integrator.lock().unwrap_or_else(PoisonError::into_inner);
        integrator.integrate(self.store.journal.as_ref())?;
        let signed = integrator.signed().map_or(0, |checkpoint| checkpoint.size);
        if sign && integrator.size() > signed {
            integrator.checkpoint()?;
            self.set_head(&integrator);
            return Ok(true);
        }
        Ok(false)
    }

    pub(crate) fn head(&self) -> Head {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_head(&self, integrator: &Integrator) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = Head::of(integrator);
    }

    pub(crate) fn random_u64(&self) -> Result<u64> {
        self.store.random_u64()
    }

    pub(crate) fn random_salt(&self) -> Result<[u8; 16]> {
        Ok(aboveboard_archive::random::draw(self.random.as_ref())?)
    }
}

/// Makes the data folder for the owner alone: the views hold in clear what the log seals.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let failed = |doing| move |source| Error::Folder { doing, path: folder.display().to_string(), source };
    std::fs::create_dir_all(folder).map_err(failed("make"))?;
    let owner_alone = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder, owner_alone).map_err(failed("close to others"))
}
