//! Importing a chat export: self-reported history, searched and backtested like everything else.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, Read, Seek, Write},
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::Duration,
};

use aboveboard_connect::export::{self, DateOrder, Exported, Options, Progress, Refusal};
use aboveboard_ledger::{Fact, Ledger, WantedMedia};
use aboveboard_model::{access::Actor, event::Event, id::SourceId, item::Number};
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::{cli::say, config::Config, run::runner, serve};

/// Items written down in one go.
const FACTS_MAX: usize = 500;
/// Bytes of a file read at once.
const READ_BYTES: usize = 64 * 1024;
/// Pieces of an attachment between the archive and the seal.
const PIECES_MAX: usize = 4;
/// Files looked for in one go.
const WANTED_MAX: usize = 20_000;
/// How long the import waits for its own writes to show.
const SETTLE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// What to import, and what the file does not say by itself.
#[derive(Args)]
pub(crate) struct Import {
    /// The export: a .txt or a .zip.
    file: PathBuf,
    /// The id of the business number that the chat belongs to, as assignments name it.
    #[arg(long)]
    number: String,
    /// A name under which people of the firm write in this chat; may be repeated.
    #[arg(long = "own-name", value_name = "NAME")]
    own_names: Vec<String>,
    /// What the chat is called, where the file's name does not say it.
    #[arg(long, value_name = "NAME")]
    conversation: Option<String>,
    /// Whether the day or the month comes first in dates: dmy, mdy or ymd. Asked for only where the file leaves it open.
    #[arg(long)]
    date_order: Option<DateOrder>,
    /// The time zone of the phone that made the export.
    #[arg(long, default_value = "UTC")]
    time_zone: String,
}

/// Imports a file.
pub(crate) fn run(wanted: &Import, config: &Config) -> Result<ExitCode> {
    let ledger = serve::open(config)?;
    let zone =
        TimeZone::get(&wanted.time_zone).with_context(|| format!("no time zone {}", wanted.time_zone))?;
    let options = Options {
        date_order: wanted.date_order,
        own_names: wanted.own_names.clone(),
        conversation: wanted.conversation.clone(),
        time_zone: zone,
        number: Number { account: None, id: Some(wanted.number.clone()), display: None },
        limits: Default::default(),
    };
    let name = wanted.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let sha256 = hash(&wanted.file)?;
    let source = source_of(&sha256)?;
    let bar = ProgressBar::new(1);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}  {eta} left") {
        bar.set_style(style);
    }
    let mut shown = |progress: Progress| {
        bar.set_length(progress.total_bytes);
        bar.set_position(progress.read_bytes);
    };
    let file = File::open(&wanted.file).with_context(|| format!("cannot open {}", wanted.file.display()))?;
    let mut import = export::read(file, &name, options, &mut shown).map_err(explain)?;
    note(&ledger, source, &sha256, None)?;
    let count = record(&ledger, source, &mut import, &mut shown)?;
    bar.finish_and_clear();
    ledger.settle(SETTLE_MAX)?;
    let files = store_attachments(&ledger, source, &mut import)?;
    let rejected = report(import.diagnostics());
    note(&ledger, source, &sha256, Some((count, rejected)))?;
    ledger.settle(SETTLE_MAX)?;
    runner::run_dry(ledger)?;
    say(&format!(
        "{} messages are new, {} were known before, {files} files are stored",
        count.new, count.known
    ));
    Ok(ExitCode::SUCCESS)
}

#[derive(Clone, Copy, Default)]
struct Count {
    new: u64,
    known: u64,
}

fn record<R: Read + Seek>(
    ledger: &Ledger,
    source: SourceId,
    import: &mut export::Import<R>,
    shown: &mut dyn FnMut(Progress),
) -> Result<Count> {
    let (mut count, mut failed) = (Count::default(), None);
    let mut facts: Vec<Fact> = Vec::new();
    let write = |facts: &mut Vec<Fact>, count: &mut Count| -> aboveboard_ledger::Result<()> {
        for index in ledger.record(&actor(), std::mem::take(facts))? {
            *(if index.is_some() { &mut count.new } else { &mut count.known }) += 1;
        }
        Ok(())
    };
    let read = import.for_each(shown, &mut |exported| {
        facts.push(fact(source, exported));
        if facts.len() < FACTS_MAX {
            return ControlFlow::Continue(());
        }
        match write(&mut facts, &mut count) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    write(&mut facts, &mut count)?;
    read.map_err(explain)?;
    Ok(count)
}

fn fact(source: SourceId, exported: Exported) -> Fact {
    let range = (exported.offset, exported.offset + exported.raw.len() as u64);
    let event = Event::Item { source, delivery: None, range, item: Box::new(exported.item) };
    Fact::with_raw(event, exported.raw)
}

fn actor() -> Actor {
    Actor::System("import".to_owned())
}

fn note(ledger: &Ledger, source: SourceId, sha256: &str, done: Option<(Count, u64)>) -> Result<()> {
    let event = Event::Import {
        source,
        sha256: sha256.to_owned(),
        imported: done.map(|(count, _)| count.new),
        known: done.map(|(count, _)| count.known),
        rejected: done.map(|(_, rejected)| rejected),
    };
    ledger.record(&Actor::CommandLine, vec![Fact::new(event)])?;
    Ok(())
}

/// Seals the archive's files that messages name; those that are named and not there are recorded as lost.
fn store_attachments<R: Read + Seek + Send>(
    ledger: &Ledger,
    source: SourceId,
    import: &mut export::Import<R>,
) -> Result<u64> {
    let there: HashSet<String> = import.attachments().into_iter().map(|attachment| attachment.name).collect();
    let mut stored = 0;
    for wanted in ledger.wanted_media(WANTED_MAX)?.into_iter().filter(|wanted| wanted.source == source) {
        if there.contains(&wanted.media) {
            stored += u64::from(store_attachment(ledger, &wanted, import)?);
            continue;
        }
        let (item, media) = (wanted.item, wanted.media);
        let lost =
            Event::MediaFailed { item, media, attempts: 1, reason: "gone".to_owned(), permanent: true };
        ledger.record(&actor(), vec![Fact::new(lost)])?;
    }
    Ok(stored)
}

fn store_attachment<R: Read + Seek + Send>(
    ledger: &Ledger,
    wanted: &WantedMedia,
    import: &mut export::Import<R>,
) -> Result<bool> {
    let (pieces, received) = sync_channel(PIECES_MAX);
    std::thread::scope(|scope| {
        let copying = scope.spawn(move || {
            let mut pipe = Pipe(pieces);
            let copied = import.copy(&wanted.media, &mut pipe);
            if let Err(refusal) = copied {
                // The seal is told, and keeps nothing of the file.
                let _ = pipe.0.send(Err(io::Error::other(refusal.to_string())));
            }
        });
        let mut read = || next_piece(&received);
        let sealed = ledger.record_media(&actor(), wanted, None, &mut read);
        drop(received);
        copying.join().map_err(|_| anyhow!("the archive's reader panicked"))?;
        Ok(sealed.with_context(|| "cannot store a file of the archive")?.is_some())
    })
}

fn next_piece(received: &Receiver<io::Result<Vec<u8>>>) -> io::Result<Option<Vec<u8>>> {
    received.recv().ok().transpose()
}

/// Writes into a channel.
struct Pipe(SyncSender<io::Result<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(Ok(bytes.to_vec())).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Prints what was odd, with its line; gives how many there were.
fn report(diagnostics: &export::Diagnostics) -> u64 {
    for diagnostic in &diagnostics.listed {
        say(&diagnostic.to_string());
    }
    if diagnostics.more > 0 {
        say(&format!("and {} more", diagnostics.more));
    }
    diagnostics.listed.len() as u64 + diagnostics.more
}

/// What to do about a refusal.
fn explain(refusal: Refusal) -> anyhow::Error {
    let help = match &refusal {
        Refusal::DateOrderNeeded { .. } => "say it with --date-order dmy or --date-order mdy",
        Refusal::ConversationNameNeeded => "say it with --conversation NAME",
        Refusal::OwnNamesNeeded { .. } => "say it with --own-name NAME, once for each",
        _ => return anyhow!(refusal),
    };
    anyhow!("{refusal}: {help}")
}

fn hash(path: &Path) -> Result<String> {
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; READ_BYTES]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(hash.finalize())),
            length => hash.update(&piece[..length]),
        }
    }
}

/// The source that an import is: told by its file, so that the same file is the same source.
fn source_of(sha256: &str) -> Result<SourceId> {
    let Some(head) = sha256.get(..16) else { bail!("a hash has 64 digits") };
    Ok(SourceId(u64::from_str_radix(head, 16)?))
}
