//! TLS with rustls, on the same cryptography that the object stores use.

use std::io::{Error, Result};
use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::kafka::security::{Pem, Tls};
use crate::lenient_tls::Lenient;

pub(super) async fn connect(tls: &Tls, host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned())
        .map_err(|e| Error::other(format!("{host} is no name that a certificate can have: {e}")))?;
    TlsConnector::from(Arc::new(config(tls)?)).connect(name, stream).await
}

fn config(tls: &Tls) -> Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier = verifier(tls, &provider)?;
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(Error::other)?;
    let builder = builder.dangerous().with_custom_certificate_verifier(verifier);
    match &tls.identity {
        None => Ok(builder.with_no_client_auth()),
        Some((certificate, key)) => {
            builder.with_client_auth_cert(certificates(certificate)?, private_key(key)?).map_err(Error::other)
        }
    }
}

fn verifier(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    if !tls.verify {
        return Ok(Arc::new(Lenient { roots: None, provider: Arc::clone(provider) }));
    }
    let roots = roots(tls.ca.as_ref())?;
    if !tls.verify_host {
        return Ok(Arc::new(Lenient { roots: Some(roots), provider: Arc::clone(provider) }));
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok(verifier.map_err(Error::other)?)
}

fn roots(ca: Option<&Pem>) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let trusted = match ca {
        Some(pem) => certificates(pem)?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    roots.add_parsable_certificates(trusted);
    if roots.is_empty() {
        return Err(Error::other("there is no certificate to trust: set ssl.ca.location"));
    }
    Ok(roots)
}

fn certificates(pem: &Pem) -> Result<Vec<CertificateDer<'static>>> {
    let found: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(pem)?).collect();
    found.map_err(|e| Error::other(format!("a certificate is not valid PEM: {e:?}")))
}

fn private_key(pem: &Pem) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(&read(pem)?)
        .map_err(|e| Error::other(format!("the private key is not valid PEM: {e:?}")))
}

/// A directory stands for all the files in it, as for librdkafka.
fn read(pem: &Pem) -> Result<Vec<u8>> {
    let named = |path: &Path, e: &Error| Error::new(e.kind(), format!("{}: {e}", path.display()));
    match pem {
        Pem::Text(text) => Ok(text.clone().into_bytes()),
        Pem::File(path) if path.is_dir() => {
            let mut all = Vec::new();
            for entry in std::fs::read_dir(path).map_err(|e| named(path, &e))? {
                let file = entry?.path();
                if file.is_file() {
                    all.extend(std::fs::read(&file).map_err(|e| named(&file, &e))?);
                    all.push(b'\n');
                }
            }
            Ok(all)
        }
        Pem::File(path) => std::fs::read(path).map_err(|e| named(path, &e)),
    }
}

#[cfg(test)]
mod tests;
