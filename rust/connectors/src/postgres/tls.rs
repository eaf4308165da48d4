//! TLS for PostgreSQL, with rustls.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::lenient_tls::Lenient;

/// Makes connections, with certificates checked or not.
#[derive(Clone)]
pub(super) struct MakeTls(Arc<ClientConfig>);

impl MakeTls {
    /// `verify`: the certificate has to be trusted and be for the host; otherwise the connection is encrypted, no more,
    /// as `sslmode=require` means it. `root_certificate`: a PEM file with what to trust instead of the system.
    pub(super) fn new(verify: bool, root_certificate: Option<&str>) -> io::Result<Self> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
        let config = if verify {
            builder.with_root_certificates(roots(root_certificate)?).with_no_client_auth()
        } else {
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Lenient { roots: None, provider }))
                .with_no_client_auth()
        };
        Ok(Self(Arc::new(config)))
    }
}

fn roots(file: Option<&str>) -> io::Result<RootCertStore> {
    let trusted: Vec<CertificateDer<'static>> = match file {
        None => rustls_native_certs::load_native_certs().certs,
        Some(path) => {
            let pem = std::fs::read(path).map_err(|e| io::Error::new(e.kind(), format!("sslrootcert={path}: {e}")))?;
            let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
            found.map_err(|e| io::Error::other(format!("sslrootcert={path}: {e:?}")))?
        }
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(trusted);
    if roots.is_empty() {
        return Err(io::Error::other("there is no certificate to trust: set sslrootcert"));
    }
    Ok(roots)
}

impl MakeTlsConnect<tokio_postgres::Socket> for MakeTls {
    type Stream = Tls<tokio_postgres::Socket>;
    type TlsConnect = Connect;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<Connect> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|e| io::Error::other(format!("{host} is no name that a certificate can have: {e}")))?;
        Ok(Connect { config: Arc::clone(&self.0), name })
    }
}

/// One connection that is to be encrypted.
pub(super) struct Connect {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Connect {
    type Stream = Tls<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Tls<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { Ok(Tls(Box::new(TlsConnector::from(self.config).connect(self.name, stream).await?))) })
    }
}

/// An encrypted connection.
pub(super) struct Tls<S>(Box<tokio_rustls::client::TlsStream<S>>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Tls<S> {
    /// SCRAM without channel binding; the certificate is what is checked.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Tls<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Tls<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(cx)
    }
}
