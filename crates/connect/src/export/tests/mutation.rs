//! Random mutations of the golden files: no panic, no lost line, bounded memory. Two seconds, or as long as
//! `ABOVEBOARD_FUZZ_SECONDS` says.

use std::time::{Duration, Instant};

use super::*;

/// How long the test runs unless told otherwise.
const SECONDS: u64 = 2;
/// Limits so small that mutated files run into them.
const LIMITS: Limits = Limits {
    text_bytes_max: 64 * 1024,
    line_bytes_max: 200,
    message_bytes_max: 1_000,
    messages_max: 2_000,
    senders_max: 200,
    entries_max: 20,
    directory_bytes_max: 64 * 1024,
    file_bytes_max: 4_096,
    total_bytes_max: 256 * 1024,
};

/// SplitMix64: small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % (limit.max(1) as u64)) as usize
    }
}

/// Bytes that have a meaning somewhere in the grammar.
const PIECES: &[&str] = &[
    "\u{200E}",
    "\u{200F}",
    "\u{FEFF}",
    "\u{202F}",
    "\u{A0}",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "[",
    "]",
    " - ",
    ": ",
    ":",
    ",",
    "/",
    ".",
    "AM",
    "م",
    "下午",
    "R6/",
    "年",
    "٣",
    "99",
    "13",
    "2567",
    "1445",
    "<",
    ">",
    "(file attached)",
    "<attached: ",
    "<Media omitted>",
    "This message was deleted.",
    "<This message was edited>",
    "31/12/2026, 09:15 - ",
    "[31/12/2026, 09:15:00] ",
    "Ana: ",
    "\u{10FFFF}",
    "null",
    "*",
    "\"",
    "“",
];

fn mutate(bytes: &mut Vec<u8>, others: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    let end = (at + random.below(40)).min(bytes.len());
    match random.below(8) {
        0 => drop(bytes.drain(at..end)),
        1 => {
            let copy = bytes[at..end].to_vec();
            let count = random.below(30);
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, copy.repeat(count));
        }
        2 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
        3 if at < bytes.len() => bytes[at] = random.next() as u8,
        4 => bytes.truncate(at),
        5 => {
            let other = &others[random.below(others.len())];
            let from = random.below(other.len() + 1);
            let to = (from + random.below(400)).min(other.len());
            bytes.splice(at..at, other[from..to].iter().copied());
        }
        6 => bytes.rotate_left(at),
        _ => {
            for byte in &mut bytes[at..end] {
                if byte.is_ascii_digit() {
                    *byte = b'0' + random.below(10) as u8;
                }
            }
        }
    }
}

fn options(random: &mut Random) -> Options {
    let order = random.below(4);
    Options {
        date_order: DateOrder::ALL.get(order).copied(),
        own_names: if random.below(3) == 0 { Vec::new() } else { vec!["Rui".to_owned()] },
        conversation: (random.below(2) == 0).then(|| "Ana".to_owned()),
        limits: LIMITS,
        ..Options::default()
    }
}

/// Reads mutated bytes and checks what must hold. Gives whether they were read at all.
fn check(bytes: &[u8], name: &str, random: &mut Random) -> bool {
    let Ok(mut import) = read_bytes(bytes, name, options(random)) else { return false };
    let mut raw = Vec::new();
    let mut last_line = 0;
    let outcome = import.for_each(&mut |_| {}, &mut |exported| {
        assert_eq!(exported.offset, raw.len() as u64, "items follow each other without a gap");
        assert!(*exported.lines.start() >= last_line);
        last_line = *exported.lines.end();
        let most = LIMITS.message_bytes_max.max(LIMITS.line_bytes_max);
        assert!(exported.raw.len() as u64 <= most, "an item of {} bytes", exported.raw.len());
        raw.extend_from_slice(&exported.raw);
        ControlFlow::Continue(())
    });
    if outcome.is_ok() && !bytes.starts_with(b"PK") {
        assert!(raw == bytes, "lines were lost");
    }
    assert!(import.diagnostics().listed.len() <= DIAGNOSTICS_MAX);
    for file in import.attachments() {
        let mut copied = Vec::new();
        let _ = import.copy(&file.name, &mut copied);
        assert!(copied.len() as u64 <= LIMITS.file_bytes_max);
    }
    true
}

fn texts() -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for case in cases() {
        for folder in [case.clone(), case.join("archive")] {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            let is_text = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == "txt");
            texts.extend(paths.iter().filter(is_text).map(|path| bytes_of(path)));
        }
    }
    texts
}

#[test]
fn no_mutation_of_an_export_panics_or_loses_a_line() {
    let seconds = std::env::var("ABOVEBOARD_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(SECONDS));
    let texts = texts();
    let (mut seed, mut read) = (1, 0);
    while Instant::now() < until || seed < 200 {
        let mut random = Random(seed);
        let mut bytes = texts[random.below(texts.len())].clone();
        let name = if random.below(2) == 0 { "_chat.txt" } else { "WhatsApp Chat with Ana.txt" };
        let is_archive = random.below(4) == 0;
        let count = 1 + random.below(6);
        if is_archive {
            let picture = vec![7; random.below(9_000)];
            bytes = archive(&[("_chat.txt", &bytes), ("IMG-1.jpg", &picture)]);
        }
        for _ in 0..count {
            mutate(&mut bytes, &texts, &mut random);
        }
        let outcome = std::panic::catch_unwind(move || check(&bytes, name, &mut random));
        read += u64::from(outcome.unwrap_or_else(|_| panic!("seed {seed}")));
        seed += 1;
    }
    assert!(read > seed / 10, "only {read} of {seed} mutated files were read at all");
}
