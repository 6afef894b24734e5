//! A server in a process of its own: the bench's binary as a child, running the shipped server or one of its baselines.

mod plain;

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use aboveboard::{Server, Wiring};
use aboveboard_model::id::Index;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use tokio::runtime::Runtime;

use crate::{firm::Firm, machine};

/// What the child says before its address.
const LISTENING: &str = "listening ";

/// Where a node's deliveries go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Keep {
    /// Into the ledger, as shipped.
    Ledger,
    /// Nowhere: a delivery is answered as soon as its signature is checked.
    Nowhere,
    /// To the end of a file, synced many at once: no sealing, no tree.
    Plain,
}

/// What a node is.
#[derive(Args, Clone, Debug)]
pub struct Wanted {
    /// The data folder.
    pub data: PathBuf,
    /// Where deliveries go.
    #[arg(long)]
    pub keep: Keep,
    /// Only takes deliveries: nothing is folded, read or judged.
    #[arg(long)]
    pub held: bool,
}

/// Runs a node until standard input ends, in the process that was started for it.
///
/// # Errors
/// The ledger's and the listener's.
pub fn run(wanted: &Wanted) -> Result<()> {
    let firm = Firm::new(&wanted.data);
    let ledger = if wanted.held { aboveboard::open_held(&firm.config)? } else { firm.open()? };
    let keep: Option<aboveboard::Keep> = match wanted.keep {
        Keep::Ledger => None,
        Keep::Nowhere => {
            Some(std::sync::Arc::new(|_, _, _, stored: aboveboard_ledger::Stored| stored(Ok(Index(0)))))
        }
        Keep::Plain => Some(plain::keep(&wanted.data.join("plain.log"))?),
    };
    let wiring = Wiring { keep, runner: !wanted.held };
    Runtime::new()?.block_on(async {
        let server = Server::start(ledger.clone(), &firm.config, None, wiring).await?;
        println!("{LISTENING}{}", server.address);
        tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
        server.stop().await
    })
}

/// A node that was started; dropping it kills it.
pub struct Node {
    child: Child,
    /// `http://` and where it listens.
    pub base: String,
}

impl Node {
    /// Starts a node, on one core where that is asked for, and waits until it listens.
    ///
    /// # Errors
    /// A child that ends instead.
    pub fn start(data: &Path, keep: Keep, held: bool, core: Option<usize>) -> Result<Self> {
        let binary = std::env::current_exe().context("where is this program?")?;
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.arg("-c").arg(core.to_string()).arg(&binary);
                command
            }
            None => Command::new(&binary),
        };
        let word = keep.to_possible_value().context("every way to keep has a word")?;
        command.arg("node").arg(data).args(["--keep", word.get_name()]);
        command.args(held.then_some("--held"));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut line).context("a node says nothing")?;
        }
        let mut node = Node { child, base: String::new() };
        let Some(address) =
            line.strip_prefix(LISTENING).and_then(|text| text.trim().parse::<SocketAddr>().ok())
        else {
            bail!("a node did not start");
        };
        node.base = format!("http://{address}");
        Ok(node)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processor time of the process, and of its threads of a name.
    ///
    /// # Errors
    /// A node that is gone.
    pub fn cpu(&self, thread: &str) -> Result<(Duration, Duration)> {
        Ok((machine::process_cpu(self.pid())?, machine::thread_cpu(self.pid(), thread)?))
    }

    /// Ends it as an operator would.
    ///
    /// # Errors
    /// A node that complained.
    pub fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { bail!("a node ended with {status}") }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // One that has ended already cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
