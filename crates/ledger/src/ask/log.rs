//! The log: entries without content, proofs, verification, exports of one entry.

use std::path::Path;

use aboveboard_archive::{
    fs::RealFs,
    journal::{Entry, Journal},
    note::Verifier,
    proof, tree,
    verify::{self, Means},
};
use aboveboard_model::{
    access::{Access, Permission, ReadOf},
    event::Event,
    id::Index,
    refusal::Refusal,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rusqlite::Connection;

use super::rows_of;
use crate::{
    Ledger,
    command::By,
    error::{Error, Result},
    ledger::make_folder,
    store::KEYS_FILE,
    view::{EntryPage, EntryRow, LogState, PAGE_ROWS_MAX},
    views::{self, bits},
};

pub use aboveboard_archive::{
    proof::Export as EntryExport,
    verify::{Note as VerifyNote, Report as VerifyReport},
};

/// Entries that one question for a type looks through.
const LOOKED_AT_MAX: u64 = 20_000;

impl Ledger {
    /// Where the log stands.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn log_state(&self, by: &By) -> Result<LogState> {
        self.need(by, Permission::LogRead)?;
        let inner = self.inner();
        let folded = inner.views.ask(views::folded)?;
        let head = inner.head();
        let signed = head.signed;
        let fixed = signed.as_ref().map_or(0, |checkpoint| checkpoint.size);
        let root = signed.map_or(String::new(), |checkpoint| STANDARD.encode(checkpoint.root));
        let fixed_at = match fixed.checked_sub(1) {
            Some(last) => Some(inner.store.journal.read(last)?.leaf.at.timestamp()),
            None => None,
        };
        Ok(LogState {
            origin: inner.origin.clone(),
            entries: self.len(),
            fixed,
            fixed_at,
            root,
            verifier_key: head.verifier_key,
            folded: Index(folded.saturating_sub(1)),
        })
    }

    /// Entries before an index, newest first, without content.
    ///
    /// # Errors
    /// A refusal by role; the archive's.
    pub fn entries(&self, by: &By, before: Option<Index>, limit: usize) -> Result<Vec<EntryRow>> {
        self.need(by, Permission::LogRead)?;
        let end = before.map_or(self.len(), |before| before.0.min(self.len()));
        let from = end.saturating_sub(rows_of(limit) as u64);
        let count = usize::try_from(end - from).unwrap_or_default();
        let mut rows = Vec::with_capacity(count);
        while rows.len() < count {
            let read = self.inner().store.journal.read_from(from + rows.len() as u64, count - rows.len())?;
            if read.is_empty() {
                break;
            }
            rows.extend(read.iter().map(entry_row));
        }
        rows.reverse();
        Ok(rows)
    }

    /// Entries of one type before an index, newest first, without content; and where to go on, unless the log has no more. Looks
    /// through a bounded number of entries, so a page may hold fewer than there are.
    ///
    /// # Errors
    /// A refusal by role; the archive's.
    pub fn entries_of(
        &self,
        by: &By,
        kind: &str,
        before: Option<Index>,
        limit: usize,
    ) -> Result<(Vec<EntryRow>, Option<Index>)> {
        let mut end = before.map_or(self.len(), |before| before.0.min(self.len()));
        let floor = end.saturating_sub(LOOKED_AT_MAX);
        let mut found = Vec::new();
        while end > floor {
            let part = self.entries(by, Some(Index(end)), PAGE_ROWS_MAX)?;
            if part.is_empty() {
                break;
            }
            for row in part {
                end = row.index.0;
                if row.kind == kind {
                    found.push(row);
                }
                if found.len() == limit {
                    return Ok((found, Some(Index(end)).filter(|end| end.0 > 0)));
                }
            }
        }
        self.need(by, Permission::LogRead)?;
        Ok((found, Some(Index(end)).filter(|end| end.0 > 0)))
    }

    /// One entry, without content.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`]; the archive's.
    pub fn entry(&self, by: &By, index: Index) -> Result<EntryPage> {
        self.need(by, Permission::LogRead)?;
        if index.0 >= self.len() {
            return Err(Refusal::NotFound.into());
        }
        let inner = self.inner();
        let entry = inner.store.journal.read(index.0)?;
        let reads = self.export_permission(by, entry.leaf.kind.as_str());
        let exports = [Some(Permission::EntryExport), reads];
        let parts = inner.store.open_parts(&entry)?;
        let parts = parts.map_or(Vec::new(), |parts| {
            parts.iter().map(|(name, bytes)| (name.to_owned(), bytes.len() as u64)).collect()
        });
        Ok(EntryPage {
            row: entry_row(&entry),
            leaf: String::from_utf8_lossy(&entry.leaf.encode()).into_owned(),
            parts,
            fixed: index.0 < self.fixed(),
            waits: inner.views.ask(|db| waits(db, index))?,
            may_export: exports.iter().all(|one| one.is_some_and(|one| self.permitted(by, one))),
        })
    }

    /// The proof that an entry is in the log, as a C2SP tlog-proof without the salt: it shows nothing of the content.
    ///
    /// # Errors
    /// A refusal by role; [`Refusal::NotFound`] while no checkpoint covers the entry; the archive's.
    pub fn proof(&self, by: &By, index: Index) -> Result<String> {
        self.need(by, Permission::LogRead)?;
        let inner = self.inner();
        let integrator = inner.integrator.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if index.0 >= integrator.signed().map_or(0, |checkpoint| checkpoint.size) {
            return Err(Refusal::NotFound.into());
        }
        let fs = inner.store.fs.as_ref();
        let journal = inner.store.journal.as_ref();
        Ok(proof::prove(fs, journal, index.0, None, &integrator.verifier())?.encode())
    }

    /// One entry with content and proof, for anybody to check offline: for whoever may export and may read what the entry is about.
    ///
    /// # Errors
    /// A refusal by role, and of alerts, findings and cases for who is an employee; [`Refusal::NotFound`] while no checkpoint covers the
    /// entry, while it waits for notice, or where its content was destroyed; the archive's.
    pub fn entry_export(&self, access: &Access, index: Index) -> Result<EntryExport> {
        Ok(self.opened_export(access, index)?.0)
    }

    /// Exports one entry with content and proof into a new folder of its owner alone, so that anybody can check it offline.
    ///
    /// # Errors
    /// As [`Ledger::entry_export`]; a folder that holds something.
    pub fn export_entry(&self, access: &Access, index: Index, folder: &Path) -> Result<()> {
        let (export, verifier) = self.opened_export(access, index)?;
        new_folder(folder)?;
        export.write(&verifier, (&RealFs::new(folder), ""))?;
        Ok(())
    }

    fn opened_export(&self, access: &Access, index: Index) -> Result<(EntryExport, Verifier)> {
        let by = By::of(access);
        self.need(&by, Permission::EntryExport)?;
        if index.0 >= self.fixed() {
            return Err(Refusal::NotFound.into());
        }
        self.at_least(index)?;
        let inner = self.inner();
        let stored = inner.store.journal.read(index.0)?;
        let opened = inner.store.open_entry(&stored)?.ok_or(Refusal::NotFound)?;
        let permission = self.exported_with(&by, &opened.event)?;
        self.look_each_time(access, permission, ReadOf::Entry(index))?;
        if inner.views.ask(|db| waits(db, index))? {
            return Err(Refusal::NotFound.into());
        }
        let key = inner.store.keys.open_key(stored.key_slot)?;
        let integrator = inner.integrator.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (journal, verifier) = (inner.store.journal.as_ref(), integrator.verifier());
        let export = proof::open_export(inner.store.fs.as_ref(), journal, index.0, &key, &verifier)?;
        Ok((export, verifier))
    }

    /// Refuses whoever may not read what an entry is about, and gives the permission that says so.
    fn exported_with(&self, by: &By, event: &Event) -> Result<Permission> {
        let permission = self.export_permission(by, event.kind()).ok_or(Refusal::NotPermitted)?;
        self.need(by, permission)?;
        // Looks of the first versions hold what was searched for; those of today name an entry that does.
        if let Event::Read { of: ReadOf::Search { query, .. }, .. } = event
            && !query.is_empty()
        {
            self.need(by, Permission::SearchTextRead)?;
        }
        Ok(permission)
    }

    /// What an entry's content takes beside the permission to export: what its page takes. What holds secrets, hashes of passwords or
    /// somebody's own queue is on no page; it leaves the house by the machine's shell only. Who is an employee takes out nothing that
    /// may hold an alert about them: were others' given, what is refused would be theirs (docs/decisions/0024).
    fn export_permission(&self, by: &By, kind: &str) -> Option<Permission> {
        Some(match kind {
            "delivery.received" | "deliveries.read" | "item.captured" | "media.stored" | "media.failed"
            | "gap.opened" | "gap.closed" | "runner.progress" | "heartbeat" => Permission::ConversationRead,
            "findings.recorded" | "alert.changed" | "case.changed" if by.employee.is_some() => return None,
            "findings.recorded" | "alert.changed" => Permission::AlertRead,
            "case.changed" => Permission::CaseRead,
            "policy.published" | "policy.retired" => Permission::PolicyRead,
            "registry.changed" => Permission::RegistryRead,
            "people.changed" => Permission::PeopleRead,
            "contact.changed" => Permission::ContactRead,
            "import.changed" => Permission::SourceRead,
            "access.read" => Permission::AccessLogRead,
            "search.asked" => Permission::SearchTextRead,
            _ if by.actor.user().is_none() => Permission::EntryExport,
            _ => return None,
        })
    }

    /// Checks everything that is the truth, while the log goes on: what is written meanwhile is left to the next check.
    ///
    /// # Errors
    /// A refusal by role; something cannot be read. Damage is in the report.
    pub fn verify(&self, by: &By, progress: &dyn Fn(u64, u64)) -> Result<VerifyReport> {
        self.need(by, Permission::LogRead)?;
        let inner = self.inner();
        // The check takes long; the tree, proofs and pages of the log go on meanwhile.
        let (verifier, frozen, len, slots) = {
            let mut integrator = inner.integrator.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            integrator.integrate(inner.store.journal.as_ref())?;
            integrator.checkpoint()?;
            inner.set_head(&integrator);
            let frozen = integrator.freeze()?;
            (integrator.verifier(), frozen, integrator.size(), inner.store.journal.key_slot_max())
        };
        let means = Means {
            verifier: Some(&verifier),
            keys: Some((inner.store.fs.as_ref(), KEYS_FILE)),
            deployment: None,
            table: Some(&inner.store.keys),
            frozen: Some(&frozen),
        };
        let mut report =
            verify::verify(inner.store.fs.as_ref(), means, &mut |done| progress(done.min(len), len))?;
        report.problems.retain(|problem| {
            let place = problem.index.unwrap_or(0);
            let newer = if problem.file == KEYS_FILE { place > slots } else { place >= len };
            problem.index.is_none() || !newer
        });
        Ok(report)
    }

    fn fixed(&self) -> u64 {
        self.inner().head().signed.map_or(0, |checkpoint| checkpoint.size)
    }
}

/// Whether an entry holds what people may not read before notice: an item that waits, its file, or a delivery, which may hold
/// anything until it is cut into items, and what waits afterwards: also an item that another delivery, of whatever source, brought first.
fn waits(db: &Connection, entry: Index) -> Result<bool> {
    Ok(db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM items WHERE idx = ?1 AND waits = 1) \
             OR EXISTS (SELECT 1 FROM media m JOIN items i ON i.idx = m.item WHERE m.entry = ?1 AND i.waits = 1) \
             OR EXISTS (SELECT 1 FROM deliveries d WHERE d.idx = ?1 AND (d.items IS NULL \
             OR EXISTS (SELECT 1 FROM items i WHERE i.waits = 1)))",
        )?
        .query_row([bits(entry.0)], |row| row.get(0))?)
}

/// Makes a folder for its owner alone. One that holds something stays as it is: it may be everybody's.
fn new_folder(folder: &Path) -> Result<()> {
    let is_used = std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
    if is_used {
        let (doing, path) = ("export into", folder.display().to_string());
        return Err(Error::Folder { doing, path, source: std::io::ErrorKind::DirectoryNotEmpty.into() });
    }
    make_folder(folder)
}

fn entry_row(entry: &Entry) -> EntryRow {
    EntryRow {
        index: Index(entry.index),
        at: entry.leaf.at.timestamp(),
        kind: entry.leaf.kind.as_str().to_owned(),
        leaf_hash: hex::encode(tree::leaf_hash(&entry.leaf.encode())),
    }
}
