//! Accepting connections: how many, and how long a client may take to say what it wants.
//!
//! A server that waits for ever for the end of a request's head can be held by a few thousand
//! clients that send a byte now and then. So a connection has [`Door::header_timeout`] for its first
//! bytes, as long again for each head, and as long between requests; and there are never more than
//! [`Door::max_connections`]. Further ones wait in the machine's own queue until one ends.
//!
//! What a request may take after its head is the layers' matter ([`layers`](super::layers)).

use std::{io::Cursor, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt, service_fn};

/// What a client that speaks HTTP/2 from the start says first (RFC 9113 §3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long to wait after the machine could not accept a connection, for instance because too many
/// files are open.
const BREATH: Duration = Duration::from_millis(500);
/// How many requests one HTTP/2 connection may have at the same time.
const MOST_STREAMS: u32 = 100;

/// How many connections are let in, and how patient we are with each.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// Connections that are open at the same time.
    pub max_connections: usize,
    /// How long the head of a request may take, and how long a connection may be idle.
    pub header_timeout: Duration,
}

impl Door {
    /// Serves `router` on `listener` until `stop`; requests that are running then get `grace`.
    pub async fn serve(
        self,
        listener: TcpListener,
        router: Router,
        stop: &CancellationToken,
        grace: Duration,
    ) {
        let places = Arc::new(Semaphore::new(self.max_connections.min(Semaphore::MAX_PERMITS)));
        let graceful = GracefulShutdown::new();
        loop {
            let entering = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                entered = entering => entered,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let (router, watcher) = (router.clone(), graceful.watcher());
                    let stop = stop.clone();
                    tokio::spawn(async move {
                        self.connection(stream, peer, router, watcher, &stop).await;
                        drop(place);
                    });
                }
                Err(error) => wait_after(&error).await,
            }
        }
        // Nobody who comes now is let in.
        drop(listener);
        if tokio::time::timeout(grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still running at the end of the grace");
        }
    }

    async fn connection(
        self,
        mut stream: TcpStream,
        peer: SocketAddr,
        router: Router,
        watcher: Watcher,
        stop: &CancellationToken,
    ) {
        // Answers are written whole; waiting for more to send would only make them late.
        let _ = stream.set_nodelay(true);
        let first = tokio::select! {
            read = tokio::time::timeout(self.header_timeout, first_bytes(&mut stream)) => read,
            () = stop.cancelled() => return,
        };
        let Ok(Ok((first, speaks))) = first else { return };
        let (reader, writer) = stream.into_split();
        let io = tokio::io::join(Cursor::new(first).chain(reader), writer);
        self.talk(io, peer, router, speaks, watcher).await;
    }

    async fn talk(
        self,
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: SocketAddr,
        router: Router,
        speaks: Speaks,
        watcher: Watcher,
    ) {
        let service = service_fn(move |mut request: Request<_>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request.map(Body::new))
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(self.header_timeout);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(self.header_timeout)
            .keep_alive_timeout(self.header_timeout)
            .max_concurrent_streams(MOST_STREAMS);
        let builder = match speaks {
            Speaks::Http1 => builder.http1_only(),
            Speaks::Http2 => builder.http2_only(),
        };
        let service = TowerToHyperService::new(service);
        let connection = builder.serve_connection(TokioIo::new(io), service).into_owned();
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection broke off");
        }
    }
}

/// Which HTTP a client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaks {
    Http1,
    Http2,
}

/// Reads until it is clear which HTTP the client speaks. The builder could find that out by itself,
/// but it waits for ever.
async fn first_bytes(stream: &mut (impl AsyncRead + Unpin)) -> std::io::Result<(Vec<u8>, Speaks)> {
    let mut read = Vec::with_capacity(PREFACE.len());
    while read.len() < PREFACE.len() {
        let room = u64::try_from(PREFACE.len() - read.len()).unwrap_or(1);
        if (&mut *stream).take(room).read_buf(&mut read).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if !PREFACE.starts_with(&read) {
            return Ok((read, Speaks::Http1));
        }
    }
    Ok((read, Speaks::Http2))
}

/// A client that is gone before it is let in is its own matter; anything else may be a lack that
/// passes.
async fn wait_after(error: &std::io::Error) {
    use std::io::ErrorKind as E;
    if matches!(error.kind(), E::ConnectionAborted | E::ConnectionRefused | E::ConnectionReset) {
        return;
    }
    tracing::error!(%error, "a connection could not be accepted");
    tokio::time::sleep(BREATH).await;
}
