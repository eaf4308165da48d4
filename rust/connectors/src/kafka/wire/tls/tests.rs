//! Handshakes with a server in this process, with certificates that the `openssl` command makes for the occasion.

use std::path::Path;
use std::process::Command;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::server::WebPkiClientVerifier;

use super::*;

/// An authority with a server's and a client's certificate.
struct Authority(tempfile::TempDir);

impl Authority {
    /// `None` where there is no `openssl` command; where everything has to run, that is a failure.
    fn new() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "these tests need the openssl command");
            eprintln!("skipped: there is no openssl command");
            return None;
        }
        let authority = Self(tempfile::tempdir().unwrap());
        authority.openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority");
        std::fs::write(authority.path("names"), "subjectAltName=DNS:localhost\n").unwrap();
        for who in ["server", "client"] {
            authority
                .openssl(&format!("req -new -newkey rsa:2048 -nodes -keyout {who}.key -out {who}.csr -subj /CN={who}"));
            let sign = "x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names";
            authority.openssl(&format!("{sign} -in {who}.csr -out {who}.pem"));
        }
        Some(authority)
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(self.0.path()).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn pem(&self, name: &str) -> Pem {
        Pem::File(self.path(name))
    }

    /// What a client needs to trust this authority.
    fn trust(&self) -> Tls {
        Tls { ca: Some(self.pem("ca.pem")), identity: None, verify_host: true, verify: true }
    }

    fn server(&self, wants_client: bool) -> TlsAcceptor {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let roots = Arc::new(roots(Some(&self.pem("ca.pem"))).unwrap());
        let builder = if wants_client {
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
            builder.unwrap().with_client_cert_verifier(verifier)
        } else {
            builder.unwrap().with_no_client_auth()
        };
        let (chain, key) =
            (certificates(&self.pem("server.pem")).unwrap(), private_key(&self.pem("server.key")).unwrap());
        TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()))
    }
}

/// Whether a client and a server understand each other, to the first byte.
async fn handshake(server: TlsAcceptor, tls: &Tls, host: &str) -> Result<u8> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await?;
        server.accept(stream).await?.write_all(b"k").await
    });
    connect(tls, host, TcpStream::connect(address).await?).await?.read_u8().await
}

#[tokio::test]
async fn the_certificate_has_to_be_trusted_and_for_this_host() {
    let (Some(ours), Some(other)) = (Authority::new(), Authority::new()) else { return };
    assert_eq!(handshake(ours.server(false), &ours.trust(), "localhost").await.unwrap(), b'k');
    assert!(handshake(ours.server(false), &ours.trust(), "127.0.0.1").await.is_err());
    assert!(handshake(ours.server(false), &other.trust(), "localhost").await.is_err());
}

#[tokio::test]
async fn what_is_not_to_be_verified_is_not() {
    let (Some(ours), Some(other)) = (Authority::new(), Authority::new()) else { return };
    let any_host = |authority: &Authority| Tls { verify_host: false, ..authority.trust() };
    assert_eq!(handshake(ours.server(false), &any_host(&ours), "127.0.0.1").await.unwrap(), b'k');
    assert!(handshake(ours.server(false), &any_host(&other), "127.0.0.1").await.is_err());
    let anything = Tls { verify: false, ..other.trust() };
    assert_eq!(handshake(ours.server(false), &anything, "127.0.0.1").await.unwrap(), b'k');
}

#[tokio::test]
async fn a_broker_may_want_our_certificate() {
    let Some(ours) = Authority::new() else { return };
    assert!(handshake(ours.server(true), &ours.trust(), "localhost").await.is_err());
    let identity = Some((ours.pem("client.pem"), ours.pem("client.key")));
    assert_eq!(handshake(ours.server(true), &Tls { identity, ..ours.trust() }, "localhost").await.unwrap(), b'k');
}

#[test]
fn files_that_are_missing_are_named() {
    let error = certificates(&Pem::File(Path::new("/no/such.pem").to_owned())).unwrap_err();
    assert!(error.to_string().contains("/no/such.pem"));
}
