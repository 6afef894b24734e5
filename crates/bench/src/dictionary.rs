//! What the archive's dictionary is trained on: entries of the sample company, which is nobody (docs/decisions/0022).

use std::path::{Path, PathBuf};

use aboveboard_archive::{aead::sha256, seal};
use aboveboard_connect::whatsapp;
use aboveboard_model::{
    access::Actor,
    event::{Event, Meta},
    id::{Index, SourceId},
};
use aboveboard_simulate::Company;
use anyhow::{Context, Result};
use clap::Args;
use jiff::Timestamp;

/// What the company is drawn from: the same samples whenever it is run.
const SEED: u64 = 1;
const ENDING_AT: i64 = 1_790_000_000;
/// One delivery in so many, with its items: a few thousand samples.
const EVERY: usize = 7;

/// Where the samples go.
#[derive(Args)]
pub struct Wanted {
    /// A folder that is empty or not there yet.
    folder: PathBuf,
}

/// Writes a file for each sampled entry: what the archive would compress.
///
/// # Errors
/// A folder that cannot be written to.
pub fn write_samples(wanted: &Wanted) -> Result<()> {
    std::fs::create_dir_all(&wanted.folder)?;
    let company = Company::new(SEED, Timestamp::from_second(ENDING_AT)?);
    let source = SourceId(u64::from_be_bytes(*b"dict-src"));
    let mut writer = Writer { folder: &wanted.folder, written: 0 };
    for (at, delivery) in company.deliveries().enumerate().step_by(EVERY) {
        let event = Event::Delivery { source, secret: 0 };
        writer.entry("receiver", "delivery", delivery.at, &event, &delivery.body)?;
        for extracted in whatsapp::extract(&delivery.body).items {
            let event = Event::Item {
                source,
                delivery: Some(Index(at as u64)),
                range: (extracted.range.start as u64, extracted.range.end as u64),
                item: Box::new(extracted.item),
            };
            writer.entry("intake", "contact", delivery.at, &event, &extracted.raw)?;
        }
    }
    Ok(())
}

struct Writer<'a> {
    folder: &'a Path,
    written: u32,
}

impl Writer<'_> {
    fn entry(&mut self, actor: &str, scope: &str, at: Timestamp, event: &Event, raw: &[u8]) -> Result<()> {
        let meta = Meta { actor: Actor::System(actor.to_owned()), at, scope: scope.to_owned() };
        let parts = seal::Parts::new()
            .with("record.json", serde_json::to_vec(event)?)?
            .with("meta.json", serde_json::to_vec(&meta)?)?
            .with("raw.json", raw.to_vec())?;
        // A salt is random: what stands in for it must not look like something to learn.
        let salt = sha256(&self.written.to_be_bytes());
        let path = self.folder.join(format!("{:05}", self.written));
        self.written += 1;
        std::fs::write(&path, seal::container(&salt, &parts))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}
