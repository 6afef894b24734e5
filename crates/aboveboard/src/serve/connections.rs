//! Connections with limits: so many at once, so long for the head of a request, so long for a reader that takes nothing.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum_server::{Server, accept::Accept};
use hyper_util::rt::TokioTimer;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Sleep, sleep},
};

/// Connections open at once; one more is closed before a byte of it is read.
const CONNECTIONS_MAX: usize = 1_024;
/// How long the head of a request may take, the first one's from the moment of connecting.
const HEAD_SECONDS_MAX: Duration = Duration::from_secs(15);
/// How long an answer may lie without the client taking a byte of it.
const STALL_SECONDS_MAX: Duration = Duration::from_secs(60);
/// Requests at once on one HTTP/2 connection.
const STREAMS_MAX: u32 = 64;
/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to answer.
const PING_EVERY: Duration = Duration::from_secs(20);
/// Bytes that a client has to say before it is more than somebody who connected: as long as HTTP/2's greeting, and shorter
/// than any request.
const GREETING_BYTES: u64 = 24;

/// What a client may use up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections open at once.
    pub connections: usize,
    /// For the head of a request.
    pub head: Duration,
    /// For a reader that takes nothing.
    pub stall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: CONNECTIONS_MAX, head: HEAD_SECONDS_MAX, stall: STALL_SECONDS_MAX }
    }
}

/// Sets the limits of a server. `inner` is what happens to a connection next: nothing, or TLS.
pub(super) fn limited<A>(
    mut server: Server<std::net::SocketAddr>,
    limits: Limits,
    inner: A,
) -> Server<std::net::SocketAddr, Bounded<A>> {
    let builder = server.http_builder();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.head);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_EVERY);
    server.acceptor(Bounded { inner, limits, free: Arc::new(Semaphore::new(limits.connections)) })
}

/// Takes connections while there is room for them.
#[derive(Clone)]
pub(super) struct Bounded<A> {
    inner: A,
    limits: Limits,
    free: Arc<Semaphore>,
}

type Accepted<A, S> = io::Result<(<A as Accept<Patient, S>>::Stream, <A as Accept<Patient, S>>::Service)>;

impl<A, S> Accept<TcpStream, S> for Bounded<A>
where
    A: Accept<Patient, S>,
    A::Future: Send + 'static,
    A::Stream: Send + 'static,
    A::Service: Send + 'static,
{
    type Stream = A::Stream;
    type Service = A::Service;
    type Future = Pin<Box<dyn Future<Output = Accepted<A, S>> + Send>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        match self.free.clone().try_acquire_owned() {
            Ok(place) => Box::pin(self.inner.accept(Patient::new(stream, place, self.limits), service)),
            Err(_) => {
                metrics::counter!("aboveboard_connections_refused_total").increment(1);
                Box::pin(std::future::ready(Err(io::Error::other("too many connections"))))
            }
        }
    }
}

/// A connection that holds its place, and ends when its client says nothing at first or takes nothing of an answer.
/// What lies between is HTTP's to limit.
pub(super) struct Patient {
    stream: TcpStream,
    /// Until when the greeting has to be there; `None` once it was.
    greeting: Option<Pin<Box<Sleep>>>,
    read_bytes: u64,
    /// Until when a stalled answer has to move.
    stalled: Option<Pin<Box<Sleep>>>,
    stall: Duration,
    _place: OwnedSemaphorePermit,
}

impl Patient {
    fn new(stream: TcpStream, place: OwnedSemaphorePermit, limits: Limits) -> Self {
        let greeting = Some(Box::pin(sleep(limits.head)));
        Self { stream, greeting, read_bytes: 0, stalled: None, stall: limits.stall, _place: place }
    }

    /// A write that goes on when it can, and fails when it could not for too long.
    fn written(
        &mut self,
        written: Poll<io::Result<usize>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stall = self.stall;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(stall)));
        ready!(stalled.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.read_bytes += (buffer.filled().len() - before) as u64;
        if self.read_bytes >= GREETING_BYTES {
            self.greeting = None;
        }
        match (read, &mut self.greeting) {
            (Poll::Pending, Some(greeting)) => {
                ready!(greeting.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            (read, _) => read,
        }
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.written(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{Router, routing::get};
    use axum_server::{Handle, accept::DefaultAcceptor};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        time::timeout,
    };

    use super::*;

    /// Long enough for a busy machine; a connection that is never closed fails the test.
    const PATIENCE: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(300);
    const LONG: Duration = Duration::from_secs(600);
    /// Bytes of a page that no socket's buffers hold.
    const PAGE_BYTES: usize = 64 << 20;

    async fn serve(limits: Limits) -> (SocketAddr, Handle<SocketAddr>) {
        let app = Router::new()
            .route("/", get(|| async { "ok" }))
            .route("/large", get(|| async { vec![0_u8; PAGE_BYTES] }));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let handle = Handle::new();
        let server = limited(axum_server::from_tcp(listener).unwrap(), limits, DefaultAcceptor::new());
        tokio::spawn(server.handle(handle.clone()).serve(app.into_make_service()));
        (address, handle)
    }

    async fn connect(address: SocketAddr) -> TcpStream {
        TcpStream::connect(address).await.unwrap()
    }

    /// Waits until the server closes; gives what it said before.
    async fn said(stream: &mut TcpStream) -> Vec<u8> {
        let mut said = Vec::new();
        let read = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the server closes");
        // A close with bytes unread is a reset.
        let _ = read;
        said
    }

    async fn is_answered(address: SocketAddr) -> bool {
        let mut stream = connect(address).await;
        let asked = stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        asked.is_ok() && said(&mut stream).await.starts_with(b"HTTP/1.1 200")
    }

    /// Waits until a place is free.
    async fn is_answered_in_time(address: SocketAddr) {
        let answered = async { while !is_answered(address).await {} };
        timeout(PATIENCE, answered).await.expect("a place comes free");
    }

    #[tokio::test]
    async fn who_says_nothing_or_half_a_head_is_closed() {
        let (address, handle) = serve(Limits { head: SHORT, stall: LONG, ..Limits::default() }).await;
        for head in ["", "G", "PRI * HT", "GET / HTTP/1.1\r\nhost: x\r\nx-slow: "] {
            let mut stream = connect(address).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            said(&mut stream).await;
        }
        assert!(is_answered(address).await);
        handle.shutdown();
    }

    #[tokio::test]
    async fn who_does_not_take_the_answer_is_closed() {
        let (address, handle) = serve(Limits { head: LONG, stall: SHORT, connections: 1 }).await;
        let mut slow = connect(address).await;
        slow.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        // The one place is free again once the server has given up on the slow reader.
        is_answered_in_time(address).await;
        assert!(said(&mut slow).await.len() < PAGE_BYTES);
        handle.shutdown();
    }

    #[tokio::test]
    async fn one_connection_more_than_there_is_room_for_is_closed_and_a_place_comes_free() {
        let (address, handle) = serve(Limits { connections: 2, head: LONG, stall: LONG }).await;
        let ask = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        let mut held = Vec::new();
        for _ in 0..2 {
            let mut stream = connect(address).await;
            stream.write_all(ask).await.unwrap();
            let mut first = [0; 12];
            stream.read_exact(&mut first).await.unwrap();
            assert_eq!(&first, b"HTTP/1.1 200");
            held.push(stream);
        }
        assert!(!is_answered(address).await, "a third has no place");
        drop(held);
        is_answered_in_time(address).await;
        handle.shutdown();
    }
}
