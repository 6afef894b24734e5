//! Backup and restore of a data folder: the archive's, with the keys and the log's name that a deployment has.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use aboveboard_archive::{
    aead::Key,
    backup::{self, Folders, With},
    fs::{Fs, RealFs},
    keys::KeyTable,
    note::{Signer, Verifier},
    random::SystemRandom,
    tiles::Integrator,
};

use crate::{
    error::{Error, Result},
    ledger::{Clock, make_folder},
    secrets::DeploymentKey,
    store::{KEYS_FILE, Store},
};

pub use aboveboard_archive::backup::{Restored, Step, Taken};

/// How long a running server may take to sign what was stored before the backup began.
const SIGNED_WITHIN: Duration = Duration::from_secs(60);
/// How often the checkpoint is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A data folder, from outside: nobody has to have it open, and a server may.
pub struct Folder {
    /// The data folder.
    pub folder: PathBuf,
    /// The log's name: `host/firm/region/evidence`.
    pub origin: String,
    /// The deployment's secret.
    pub deployment_key: DeploymentKey,
    /// The time.
    pub clock: Clock,
}

impl Folder {
    /// Takes a backup of everything that was stored when this was called, or later. `keys` is the folder of the keys' copy.
    ///
    /// # Errors
    /// Damage with its place, a folder that cannot be used, another system's key. The backup before stands then.
    pub fn backup(
        &self,
        log: &Path,
        keys: Option<&Path>,
        verify: bool,
        progress: &mut dyn FnMut(Step, u64, u64),
    ) -> Result<Taken> {
        let data = RealFs::new(&self.folder);
        let verifier = self.signer()?.verifier();
        let deployment = self.deployment_key.key_table();
        KeyTable::open_to_read(&data, KEYS_FILE, deployment.clone())?;
        self.wait_for_checkpoint(&data, &verifier)?;
        for folder in [Some(log), keys].into_iter().flatten().filter(|folder| !folder.exists()) {
            make_folder(folder)?;
        }
        let (log, keys) = (RealFs::new(log), keys.map(RealFs::new));
        let folders = Folders { data: &data, log: &log, keys: keys.as_ref().map(|keys| keys as &dyn Fs) };
        Ok(backup::take(folders, self.with(&verifier, &deployment, verify), progress)?)
    }

    /// Restores a backup into the data folder, which must be empty. Where the report names a problem nothing was restored.
    ///
    /// # Errors
    /// A folder that is not empty, a backup of another log, keys older than it or of another system.
    pub fn restore(
        &self,
        log: &Path,
        keys: &Path,
        progress: &mut dyn FnMut(Step, u64, u64),
    ) -> Result<Restored> {
        make_folder(&self.folder)?;
        let data: Arc<dyn Fs> = Arc::new(RealFs::new(&self.folder));
        let verifier = self.signer()?.verifier();
        let deployment = self.deployment_key.key_table();
        let with = self.with(&verifier, &deployment, true);
        let folders = (&RealFs::new(log) as &dyn Fs, &RealFs::new(keys) as &dyn Fs);
        Ok(backup::restore(folders, &data, with, Arc::new(SystemRandom::default()), progress)?)
    }

    fn signer(&self) -> Result<Signer> {
        Ok(Signer::new(&self.origin, &self.deployment_key.checkpoint_seed())?)
    }

    fn with<'a>(&self, verifier: &'a Verifier, deployment: &'a Key, verify: bool) -> With<'a> {
        With { verifier, deployment, verify, now: (self.clock)() }
    }

    /// Waits until what is stored now is signed; signs it where nobody has the folder open.
    fn wait_for_checkpoint(&self, data: &RealFs, verifier: &Verifier) -> Result<()> {
        let mut wanted = backup::standing(data, verifier)?;
        let since = Instant::now();
        // Nobody sends: receiving is waiting.
        let (_sender, never) = mpsc::channel::<()>();
        loop {
            let seen = backup::standing(data, verifier)?;
            // A group that could not be made durable is taken back, and never acknowledged.
            wanted.entries = wanted.entries.min(seen.entries);
            if seen.signed >= wanted.entries {
                return Ok(());
            }
            if !seen.in_use && self.sign(data)? {
                return Ok(());
            }
            if since.elapsed() > SIGNED_WITHIN {
                return Err(Error::Unsigned { entries: wanted.entries, signed: seen.signed });
            }
            let _ = never.recv_timeout(LOOK_EVERY);
        }
    }

    /// Signs a log that nobody has open. Says whether it could: a server may have started meanwhile.
    fn sign(&self, data: &RealFs) -> Result<bool> {
        let fs: Arc<dyn Fs> = Arc::new(data.clone());
        let store = match Store::open(fs.clone(), &self.deployment_key, Arc::new(SystemRandom::default())) {
            Err(Error::Archive(aboveboard_archive::Error::InUse(_))) => return Ok(false),
            other => other?,
        };
        Integrator::open(fs, store.journal.as_ref(), self.signer()?)?.checkpoint()?;
        Ok(true)
    }
}
