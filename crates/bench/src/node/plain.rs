//! The baseline of durability: bytes to the end of a file, many at once with one sync, and nothing more.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
};

use aboveboard::Keep;
use aboveboard_ledger::{Error, Stored};
use aboveboard_model::id::Index;
use anyhow::{Context, Result};

/// Deliveries of one sync.
const TOGETHER_MAX: usize = 4_096;

type Waiting = (Vec<u8>, Stored);

/// Takes deliveries into a file of their own.
///
/// # Errors
/// A file that cannot be made.
pub fn keep(path: &Path) -> Result<Keep> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let file = file.with_context(|| format!("cannot open {}", path.display()))?;
    let (sender, receiver): (Sender<Waiting>, Receiver<Waiting>) = channel();
    std::thread::Builder::new().name("plain".to_owned()).spawn(move || append_all(file, &receiver))?;
    Ok(Arc::new(move |_, _, body, stored| {
        // The thread lasts as long as there is somebody to send.
        let _ = sender.send((body, stored));
    }))
}

fn append_all(mut file: File, receiver: &Receiver<Waiting>) {
    let mut index = 0;
    while let Ok(first) = receiver.recv() {
        let more = receiver.try_iter().take(TOGETHER_MAX - 1);
        let waiting: Vec<Waiting> = std::iter::once(first).chain(more).collect();
        let mut bytes = Vec::new();
        for (body, _) in &waiting {
            bytes.extend_from_slice(&(body.len() as u64).to_le_bytes());
            bytes.extend_from_slice(body);
        }
        let written = file.write_all(&bytes).and_then(|()| file.sync_data());
        for (_, stored) in waiting {
            match &written {
                Ok(()) => stored(Ok(Index(index))),
                Err(_) => stored(Err(Error::Stopped("the plain log"))),
            }
            index += 1;
        }
    }
}
