//! The whole stand-in at once: Graph API on a socket, the 30 days to a callback, then live traffic until stopped.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
    time,
};

use crate::{
    company::Company,
    deliver::{self, Progress},
    delivery::Delivery,
    error::Error,
    graph::{self, Clock, Graph},
    live::{LiveTraffic, Pace},
};

/// Statuses of sent messages that wait to be told.
const OUTBOX_MAX: usize = 4_096;
/// Tries of the handshake, half a second apart, so that the receiver may start after the stand-in.
const HANDSHAKE_TRIES: u32 = 60;
const HANDSHAKE_PAUSE_MS: u64 = 500;
const HANDSHAKE_CHALLENGE: u32 = 1_158_201_444;
/// Deliveries of accounts that are not subscribed that are passed over in one go.
const OTHERS_MAX: usize = 64;

/// What to serve, and to whom.
#[derive(Clone)]
pub struct Options {
    /// Decides the company.
    pub seed: u64,
    /// The end of its 30 days; live traffic begins there.
    pub ending_at: Timestamp,
    /// Where Graph API listens; port 0 picks a free one.
    pub listen: SocketAddr,
    /// The app's id.
    pub app_id: String,
    /// The app's secret.
    pub app_secret: String,
    /// The bearer token for Graph API.
    pub access_token: String,
    /// The token of the handshake.
    pub verify_token: String,
    /// Where and how deliveries go from the start. Without it nothing is delivered until an address is set and an account
    /// subscribed by Graph API; then live traffic goes there.
    pub delivery: Option<deliver::Options>,
    /// Live traffic after the 30 days, if any; of a subscription by Graph API always, by default at the common pace.
    pub live: Option<Pace>,
    /// What goes wrong with media.
    pub faults: graph::Faults,
    /// Now.
    pub clock: Clock,
}

/// A running stand-in; dropping it ends its tasks.
pub struct Handle {
    /// Where Graph API listens.
    pub address: SocketAddr,
    /// The company that is told of.
    pub company: Arc<Company>,
    /// How far the 30 days and the live traffic after them have come.
    pub progress: watch::Receiver<Progress>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<Result<(), Error>>,
}

impl Handle {
    /// The base URL of Graph API, without a version.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends everything and waits for it.
    ///
    /// # Errors
    /// The first thing that had gone wrong, such as a handshake that never succeeded.
    pub async fn stop(mut self) -> Result<(), Error> {
        self.stop.send_replace(true);
        let mut result = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            if let (Ok(()), Ok(Err(error))) = (&result, ended) {
                result = Err(error);
            }
        }
        result
    }
}

/// Starts the stand-in.
///
/// # Errors
/// [`Error::Listen`] when the address cannot be listened on.
pub async fn serve(options: Options) -> Result<Handle, Error> {
    let failed = |source| Error::Listen { address: options.listen, source };
    let listener = TcpListener::bind(options.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let company = Arc::new(Company::new(options.seed, options.ending_at));
    let (webhooks, outbox) = mpsc::channel(OUTBOX_MAX);
    let graph_options = graph::Options {
        access_token: options.access_token.clone(),
        app_id: options.app_id.clone(),
        app_secret: options.app_secret.clone(),
        callback: options.delivery.as_ref().map(|delivery| delivery.callback.clone()),
        origin: format!("http://{address}"),
        faults: options.faults,
        clock: Arc::clone(&options.clock),
    };
    let graph = Graph::new(Arc::clone(&company), graph_options, webhooks);
    let (stop, stopped) = watch::channel(false);
    let (report, progress) = watch::channel(Progress::default());
    let mut tasks = JoinSet::new();
    tasks.spawn(listen(listener, address, Arc::clone(&graph), stopped.clone()));
    match options.delivery.clone() {
        Some(delivery) => {
            tasks.spawn(tell_statuses(delivery.clone(), outbox, Arc::clone(&options.clock), stopped.clone()));
            let teller = Teller { company: Arc::clone(&company), graph, delivery, options, report, stopped };
            tasks.spawn(teller.tell());
        }
        None => {
            tasks.spawn(tell_when_subscribed(Arc::clone(&company), graph, options, report, stopped, outbox));
        }
    }
    Ok(Handle { address, company, progress, stop, tasks })
}

async fn listen(
    listener: TcpListener,
    address: SocketAddr,
    graph: Arc<Graph>,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), Error> {
    let shutdown = async move {
        // A dropped handle counts as a stop.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    let served = axum::serve(listener, graph.router()).with_graceful_shutdown(shutdown).await;
    served.map_err(|source| Error::Listen { address, source })
}

/// Posts the statuses of sent messages when their time has come.
async fn tell_statuses(
    delivery: deliver::Options,
    mut outbox: mpsc::Receiver<Delivery>,
    clock: Clock,
    mut stopped: watch::Receiver<bool>,
) -> Result<(), Error> {
    loop {
        let next = tokio::select! {
            next = outbox.recv() => next,
            _ = stopped.wait_for(|stop| *stop) => None,
        };
        let Some(status) = next else { return Ok(()) };
        let wait = status.at.duration_since(clock());
        let wait = Duration::try_from(wait).unwrap_or_default().min(Duration::from_secs(5));
        tokio::select! {
            () = time::sleep(wait) => {}
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
        }
        deliver::deliver(&delivery, std::iter::once(status), |_| {}, stopped.clone()).await?;
    }
}

/// Waits until an address is set and an account subscribed by Graph API, then tells it what happens from now on.
async fn tell_when_subscribed(
    company: Arc<Company>,
    graph: Arc<Graph>,
    options: Options,
    report: watch::Sender<Progress>,
    mut stopped: watch::Receiver<bool>,
    outbox: mpsc::Receiver<Delivery>,
) -> Result<(), Error> {
    let mut subscription = graph.subscription();
    let callback = tokio::select! {
        ready = subscription.wait_for(|subscription| subscription.address().is_some()) => {
            ready.ok().and_then(|ready| ready.address().map(str::to_owned))
        }
        _ = stopped.wait_for(|stop| *stop) => None,
    };
    let Some(callback) = callback else { return Ok(()) };
    let delivery = deliver::Options::plain(&callback, &options.app_secret);
    let pace = options.live.unwrap_or_default();
    let statuses = tell_statuses(delivery.clone(), outbox, Arc::clone(&options.clock), stopped.clone());
    let teller = Teller { company: Arc::clone(&company), graph, delivery, options, report, stopped };
    let (statuses, told) = tokio::join!(statuses, teller.tell_live(&company, pace, Progress::default()));
    statuses.and(told)
}

/// Tells a callback everything: handshake, 30 days, live.
struct Teller {
    company: Arc<Company>,
    graph: Arc<Graph>,
    delivery: deliver::Options,
    options: Options,
    report: watch::Sender<Progress>,
    stopped: watch::Receiver<bool>,
}

impl Teller {
    async fn tell(mut self) -> Result<(), Error> {
        if !self.shake_hands().await? {
            return Ok(());
        }
        let company = Arc::clone(&self.company);
        let noted = company.deliveries().inspect(|delivery| self.graph.note(&delivery.inbound));
        let report = |progress| {
            self.report.send_replace(progress);
        };
        let told = deliver::deliver(&self.delivery, noted, report, self.stopped.clone()).await?;
        match self.options.live {
            Some(pace) => self.tell_live(&company, pace, told).await,
            None => Ok(()),
        }
    }

    /// True when the callback proved itself, false when everything was stopped before.
    async fn shake_hands(&mut self) -> Result<bool, Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            let shaken =
                deliver::handshake(&self.delivery.callback, &self.options.verify_token, HANDSHAKE_CHALLENGE)
                    .await;
            match shaken {
                Ok(()) => return Ok(true),
                Err(error) if tries >= HANDSHAKE_TRIES => return Err(error),
                Err(_) => {}
            }
            if self.pause(HANDSHAKE_PAUSE_MS).await {
                return Ok(false);
            }
        }
    }

    async fn tell_live(mut self, company: &Company, pace: Pace, mut told: Progress) -> Result<(), Error> {
        let mut live = company.live();
        loop {
            let pause_ms = live.pause_ms(pace);
            if self.pause(pause_ms).await {
                return Ok(());
            }
            let Some(delivery) = self.next(&mut live) else { continue };
            self.graph.note(&delivery.inbound);
            let one = std::iter::once(delivery);
            let more = deliver::deliver(&self.delivery, one, |_| {}, self.stopped.clone()).await?;
            told.accepted += more.accepted;
            told.messages += more.messages;
            told.refused += more.refused;
            told.lost += more.lost;
            self.report.send_replace(told);
        }
    }

    /// The next delivery of an account that is subscribed.
    fn next(&self, live: &mut LiveTraffic<'_>) -> Option<Delivery> {
        let subscription = self.graph.subscription();
        let now = (self.options.clock)();
        let of = |delivery: &Delivery| {
            let body: serde_json::Value = serde_json::from_slice(&delivery.body).ok()?;
            body["entry"][0]["id"].as_str().map(str::to_owned)
        };
        (0..OTHERS_MAX)
            .map(|_| live.next_at(now))
            .find(|delivery| of(delivery).is_some_and(|id| subscription.borrow().accounts.contains(&id)))
    }

    /// Waits; true when everything was stopped meanwhile.
    async fn pause(&mut self, milliseconds: u64) -> bool {
        tokio::select! {
            () = time::sleep(Duration::from_millis(milliseconds)) => false,
            _ = self.stopped.wait_for(|stop| *stop) => true,
        }
    }
}
