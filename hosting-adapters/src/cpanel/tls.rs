//! Whom we trust on the panel's port.
//!
//! Panels often carry certificates that no public authority signed. There are three ways, and none of
//! them is "trust anybody": the system's authorities, those and one private authority, or exactly one
//! certificate by its SHA-256. A pin replaces name, date and chain: it is the stricter statement.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use hosting_core::port::{Failure, provisioning::ServerAccess};
use rustls::{
    ClientConfig, DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use sha2::{Digest, Sha256};

use super::{classify::code, config::CpanelConfig};

/// More servers than this do not share clients; the store is emptied and filled anew.
const MAX_CLIENTS: usize = 64;

/// What is trusted besides the system's authorities, or instead.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Trust {
    System,
    Authority(String),
    Pin([u8; 32]),
}

/// One HTTP client for each kind of trust, so that connections are used again.
pub(super) struct Clients {
    made: Mutex<HashMap<Trust, reqwest::Client>>,
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

impl Clients {
    pub(super) fn new() -> Self {
        Self { made: Mutex::new(HashMap::new()) }
    }

    /// The client for `server`.
    ///
    /// # Errors
    /// A server-wide failure with [`code::SERVER_SETTINGS`] when its certificate settings cannot be read.
    pub(super) fn get(
        &self,
        action: &'static str,
        config: &CpanelConfig,
        server: &ServerAccess,
    ) -> Result<reqwest::Client, Failure> {
        let unusable =
            |why: &'static str| Failure::server_wide(action, why).with_code(code::SERVER_SETTINGS);
        let trust = trust(server).map_err(unusable)?;
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = made.get(&trust) {
            return Ok(client.clone());
        }
        let client = build(config, &trust).map_err(unusable)?;
        if made.len() >= MAX_CLIENTS {
            made.clear();
        }
        made.insert(trust, client.clone());
        Ok(client)
    }
}

fn trust(server: &ServerAccess) -> Result<Trust, &'static str> {
    let set = |it: &Option<String>| {
        it.as_deref().map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned)
    };
    if let Some(pin) = set(&server.cert_sha256) {
        return fingerprint(&pin)
            .map(Trust::Pin)
            .ok_or("the certificate's SHA-256 is not 64 hexadecimal digits");
    }
    Ok(set(&server.ca_pem).map_or(Trust::System, Trust::Authority))
}

/// 32 bytes of `ab:cd:…` or `abcd…`.
fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|it| *it != ':' && !it.is_whitespace())
        .map(|it| it.to_digit(16).and_then(|it| u8::try_from(it).ok()))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> =
        digits.chunks(2).filter_map(|it| Some(it.first()? << 4 | it.get(1)?)).collect();
    if digits.len() == 64 { bytes.try_into().ok() } else { None }
}

fn build(config: &CpanelConfig, trust: &Trust) -> Result<reqwest::Client, &'static str> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(config.connect)
        // The token must not travel to another host, and nothing may be sent twice.
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http1_only();
    let builder = match trust {
        Trust::System => builder,
        Trust::Authority(pem) => {
            let unreadable = "the private certificate authority is not readable PEM";
            let authorities =
                reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| unreadable)?;
            if authorities.is_empty() {
                return Err(unreadable);
            }
            builder.tls_certs_merge(authorities)
        }
        Trust::Pin(pin) => builder.tls_backend_preconfigured(pinned(*pin)?),
    };
    builder.build().map_err(|_| "no HTTP client can be made of the server's certificate settings")
}

fn pinned(sha256: [u8; 32]) -> Result<ClientConfig, &'static str> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Arc::new(PinnedLeaf { sha256, provider: Arc::clone(&provider) });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| "no common TLS version")?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// Accepts one certificate, whoever signed it. The handshake's signature is checked as always: who
/// shows the certificate must hold its key.
struct PinnedLeaf {
    sha256: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl fmt::Debug for PinnedLeaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedLeaf").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for PinnedLeaf {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // Fingerprints are public; there is nothing to learn from how long the comparison takes.
        if Sha256::digest(end_entity.as_ref()).as_slice() == self.sha256 {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::InvalidCertificate(
                rustls::CertificateError::ApplicationVerificationFailure,
            ))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn a_fingerprint_is_32_bytes_in_any_spelling() {
        let plain = "00ff".repeat(16);
        let spelled = plain
            .to_uppercase()
            .as_bytes()
            .chunks(2)
            .map(|it| String::from_utf8_lossy(it))
            .collect::<Vec<_>>()
            .join(":");
        assert_eq!(fingerprint(&plain), fingerprint(&spelled));
        assert_eq!(fingerprint(&plain).unwrap()[..2], [0x00, 0xff]);
        for wrong in ["", "00ff", &"zz".repeat(32), &"0".repeat(65), &"0".repeat(63)] {
            assert_eq!(fingerprint(wrong), None, "{wrong}");
        }
    }
}
