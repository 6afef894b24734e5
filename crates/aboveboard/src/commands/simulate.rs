//! The stand-in for Meta by itself, for other people's tests.

use std::net::SocketAddr;

use aboveboard_simulate::{deliver, live::Pace, serve as stand_in};
use anyhow::Result;
use clap::Args;

use crate::{cli::say, serve};

/// What the stand-in serves, and to whom.
#[derive(Args)]
pub(crate) struct Simulate {
    /// Decides the company and its talk.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where its Graph API listens.
    #[arg(long, default_value = "127.0.0.1:8089")]
    listen: SocketAddr,
    /// The webhook to deliver 30 days to. Without it nothing is delivered until an address is set and an account subscribed
    /// by the Graph API, as an administrator does at Meta; then live traffic goes there.
    #[arg(long)]
    callback: Option<String>,
    /// The app's id.
    #[arg(long, default_value = "1000200030004000")]
    app_id: String,
    /// The app secret that signs deliveries.
    #[arg(long, default_value = "app-secret")]
    app_secret: String,
    /// The token of the handshake.
    #[arg(long, default_value = "verify-token")]
    verify_token: String,
    /// The bearer token of its Graph API.
    #[arg(long, default_value = "access-token")]
    access_token: String,
    /// Deliveries under way at once.
    #[arg(long, default_value_t = 1)]
    concurrency: usize,
    /// Deliveries merged into one body.
    #[arg(long, default_value_t = 1)]
    batch: usize,
    /// Bodies delivered twice, in percent.
    #[arg(long, default_value_t = 0)]
    duplicates: u32,
    /// How many bodies one may be overtaken by.
    #[arg(long, default_value_t = 0)]
    reorder: usize,
    /// Go on with live traffic after the 30 days.
    #[arg(long)]
    live: bool,
}

/// Serves until the machine tells it to stop.
pub(crate) async fn run(wanted: Simulate) -> Result<()> {
    let clock = serve::clock();
    let delivery = wanted.callback.as_deref().map(|callback| deliver::Options {
        seed: wanted.seed,
        concurrency: wanted.concurrency.max(1),
        batch: wanted.batch.max(1),
        duplicate_percent: wanted.duplicates,
        reorder_window: wanted.reorder,
        ..deliver::Options::plain(callback, &wanted.app_secret)
    });
    let handle = stand_in::serve(stand_in::Options {
        seed: wanted.seed,
        ending_at: clock(),
        listen: wanted.listen,
        app_id: wanted.app_id,
        app_secret: wanted.app_secret,
        access_token: wanted.access_token,
        verify_token: wanted.verify_token,
        delivery,
        live: wanted.live.then(Pace::default),
        faults: Default::default(),
        clock,
    })
    .await?;
    say(&format!("the stand-in's Graph API is at {}/v23.0", handle.origin()));
    for number in &handle.company.numbers {
        say(&format!("account {} number {} +{}", number.waba_id, number.phone_number_id, number.digits));
    }
    serve::until_stopped().await;
    Ok(handle.stop().await?)
}
