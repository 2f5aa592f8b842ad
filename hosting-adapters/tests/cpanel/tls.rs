//! Whom the adapter trusts. The certificates are made for these tests and protect nothing.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
};

use hosting_adapters::cpanel::{Cpanel, code};
use hosting_core::port::{Effect, ProvisioningAdapter, provisioning::ServerAccess};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use sha2::{Digest, Sha256};

use crate::world::access;

const CA: &str = include_str!("../fixtures/cpanel-whm/tls/ca.pem");
const CERTIFICATE: &str = include_str!("../fixtures/cpanel-whm/tls/panel.pem");
const KEY: &str = include_str!("../fixtures/cpanel-whm/tls/panel.key");

/// A server that speaks TLS to one visitor, answers `listpkgs`, and says whether it saw a request.
fn panel() -> (ServerAccess, thread::JoinHandle<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap(),
        )
        .unwrap();
    let visitor = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), stream);
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("want=creatable") {
            let mut buffer = [0; 4096];
            match tls.read(&mut buffer) {
                Ok(read) if read > 0 => seen.extend_from_slice(&buffer[..read]),
                _ => return !seen.is_empty(),
            }
        }
        let body = r#"{"metadata":{"result":1},"data":{"pkg":[{"name":"starter"}]}}"#;
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        tls.write_all(head.as_bytes()).and_then(|()| tls.write_all(body.as_bytes())).unwrap();
        tls.conn.send_close_notify();
        tls.flush().unwrap();
        true
    });
    (access(&address, "root", "T0KEN"), visitor)
}

fn pin() -> String {
    let leaf = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let digest = Sha256::digest(leaf.as_ref());
    digest.iter().map(|it| format!("{it:02X}")).collect::<Vec<_>>().join(":")
}

async fn is_trusted(mut server: ServerAccess, change: impl FnOnce(&mut ServerAccess)) -> bool {
    change(&mut server);
    match Cpanel::default().packages(&server).await {
        Ok(packages) => packages[0].name == "starter",
        Err(failure) => {
            assert_eq!(
                (failure.effect(), failure.code()),
                (Effect::NoneRetry, Some(code::CERTIFICATE))
            );
            false
        }
    }
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let (server, visitor) = panel();
    assert!(!is_trusted(server, |_| ()).await);
    assert!(!visitor.join().unwrap(), "the token left before trust was established");
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_given() {
    let (server, visitor) = panel();
    assert!(is_trusted(server, |it| it.ca_pem = Some(CA.to_owned())).await);
    assert!(visitor.join().unwrap());
}

#[tokio::test]
async fn a_pinned_certificate_is_trusted_whoever_signed_it() {
    let (server, visitor) = panel();
    assert!(is_trusted(server, |it| it.cert_sha256 = Some(pin())).await);
    assert!(visitor.join().unwrap());
}

#[tokio::test]
async fn another_certificate_than_the_pinned_one_is_not_trusted() {
    let (server, visitor) = panel();
    // Not even when an authority that we know signed it.
    let untrusted = |it: &mut ServerAccess| {
        it.cert_sha256 = Some("00".repeat(32));
        it.ca_pem = Some(CA.to_owned());
    };
    assert!(!is_trusted(server, untrusted).await);
    assert!(!visitor.join().unwrap(), "the token left before trust was established");
}
