//! Connections: clients that take their time are let go, and no more than so many are let in.

use std::{net::SocketAddr, time::Duration};

use axum::{Router, extract::ConnectInfo, routing::get};
use hosting_server::http::door::Door;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

const SOON: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(20);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n";

struct Served {
    address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

async fn slowly() -> &'static str {
    tokio::time::sleep(Duration::from_millis(700)).await;
    "slowly"
}

async fn whoami(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
    format!("you are {}", peer.ip())
}

async fn open(door: Door) -> Served {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().route("/", get(whoami)).route("/slowly", get(slowly));
    let stop = CancellationToken::new();
    let told = stop.clone();
    let running = tokio::spawn(async move { door.serve(listener, router, &told, LONG).await });
    Served { address, stop, running }
}

/// All that comes until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let done = timeout(LONG, stream.read_to_end(&mut read)).await.expect("the server lets go");
    // A reset is a way of letting go as well.
    drop(done);
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn a_client_that_never_ends_its_head_is_let_go() {
    let served = open(Door { max_connections: 8, header_timeout: SOON }).await;
    for beginning in [&b""[..], b"P", b"PRI * HT", b"GET / HTTP/1.1\r\nHost: sh", b"GE"] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        let answer = rest(&mut stream).await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    // One byte now and then is no progress either.
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut dropped = false;
    for _ in 0..100 {
        tokio::time::sleep(SOON / 10).await;
        if stream.write_all(b"X").await.is_err() {
            dropped = true;
            break;
        }
    }
    assert!(dropped, "the head may not take for ever");
}

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request_and_let_go_when_there_is_none() {
    let served = open(Door { max_connections: 8, header_timeout: SOON }).await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let mut buffer = vec![0; 4096];
    for _ in 0..2 {
        stream.write_all(REQUEST).await.unwrap();
        let read = timeout(LONG, stream.read(&mut buffer)).await.unwrap().unwrap();
        let answer = String::from_utf8_lossy(&buffer[..read]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("you are 127.0.0.1"));
    }
    assert_eq!(rest(&mut stream).await, "");
}

#[tokio::test]
async fn no_more_connections_are_let_in_than_there_are_places() {
    let served = open(Door { max_connections: 2, header_timeout: LONG }).await;
    let mut inside = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        stream.write_all(REQUEST).await.unwrap();
        assert!(timeout(LONG, stream.read(&mut [0; 4096])).await.unwrap().unwrap() > 0);
        inside.push(stream);
    }
    let mut waiting = TcpStream::connect(served.address).await.unwrap();
    waiting.write_all(REQUEST).await.unwrap();
    let mut buffer = [0; 4096];
    assert!(timeout(SOON, waiting.read(&mut buffer)).await.is_err(), "it waits for a place");
    inside.pop();
    assert!(timeout(LONG, waiting.read(&mut buffer)).await.unwrap().unwrap() > 0);
}

#[tokio::test]
async fn http_2_is_spoken_to_who_begins_with_it() {
    let served = open(Door { max_connections: 8, header_timeout: LONG }).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let answer = client.get(format!("http://{}/", served.address)).send().await.unwrap();
    assert_eq!(answer.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "you are 127.0.0.1");
}

#[tokio::test]
async fn a_request_that_runs_is_answered_before_the_server_is_gone() {
    let served = open(Door { max_connections: 8, header_timeout: LONG }).await;
    let mut idle = TcpStream::connect(served.address).await.unwrap();
    let mut busy = TcpStream::connect(served.address).await.unwrap();
    busy.write_all(b"GET /slowly HTTP/1.1\r\nHost: shop\r\n\r\n").await.unwrap();
    tokio::time::sleep(SOON).await;
    served.stop.cancel();
    let answer = rest(&mut busy).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("slowly"), "{answer}");
    assert_eq!(rest(&mut idle).await, "");
    timeout(LONG, served.running).await.expect("nobody is waited for").unwrap();
    assert!(TcpStream::connect(served.address).await.is_err(), "nobody is let in");
}
