//! Whether a message costs more once there are many: the same work on a small and on a large archive, in turns.

use std::path::Path;

use anyhow::Result;
use tokio::runtime::Runtime;

use super::{Running, bodies, pass};
use crate::{
    Options,
    archive::{self, Archive},
    corpus::Corpus,
    firm::{self, Firm},
    report::{Better, Figure},
};

/// Messages of a turn.
const TURN: usize = 3_000;
/// Turns that count; one before them warms caches.
const TURNS: usize = 5;
/// Messages of the small archive.
const SMALL: usize = 10_000;

/// Processor time and time of a message in the large archive, as multiples of those in the small one.
pub fn measure(
    runtime: &Runtime,
    corpus: &Corpus,
    policies: &[String],
    options: &Options,
) -> Result<[Figure; 2]> {
    let large = if options.quick { 50_000 } else { archive::MILLION };
    let small = Archive::obtain(runtime, corpus, policies, options.seed, SMALL)?;
    let large = Archive::obtain(runtime, corpus, policies, options.seed, large)?;
    let folder = tempfile::tempdir_in(firm::scratch()?)?;
    let sides = [(&small, "small"), (&large, "large")];
    let running: Vec<Running> = sides
        .iter()
        .map(|(archive, name)| {
            let data = folder.path().join(name);
            archive.copy_to(&data)?;
            continue_on(runtime, &data, archive)
        })
        .collect::<Result<_>>()?;
    let (mut ratios, mut times) = (Vec::new(), Vec::new());
    for turn in 0..=TURNS {
        let (mut cost, mut time) = ([0.0; 2], [0.0; 2]);
        for (side, running) in running.iter().enumerate() {
            let bodies = bodies(corpus, large.messages + turn * TURN, TURN, &format!("C{turn}"));
            let (took, cpu) = pass(running, bodies, &format!("{} archive", sides[side].1))?;
            cost[side] = cpu.as_secs_f64();
            time[side] = took.as_secs_f64();
        }
        if turn > 0 {
            ratios.push(cost[1] / cost[0]);
            times.push(time[1] / time[0]);
        }
    }
    for running in running {
        running.stop(runtime)?;
    }
    let against = |what: &str| format!("{what}_per_message_at_{}_vs_10000", large.messages);
    Ok([
        Figure::goal(&against("cpu"), Better::Lower, 1.25, ratios),
        Figure::goal(&against("time"), Better::Lower, 1.25, times),
    ])
}

fn continue_on(runtime: &Runtime, data: &Path, archive: &Archive) -> Result<Running> {
    let firm = Firm::new(data);
    let ledger = firm.open()?;
    Running::serve(runtime, &firm, ledger, archive.source, None)
}
