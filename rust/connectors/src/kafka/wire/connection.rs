//! One connection to one broker: one request at a time, each answered before the next.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiVersionsRequest, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::address::Address;
use super::error::{WireError, check};
use super::question::Question;
use super::{sasl, tls};
use crate::kafka::security::Security;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Larger answers are not Kafka: probably something else listens there.
const MAX_RESPONSE: usize = 64 << 20;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// An open connection that was let in and knows which requests the broker understands.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    address: Address,
    client_id: StrBytes,
    correlation_id: i32,
    /// Lowest and highest version of each request.
    versions: HashMap<i16, (i16, i16)>,
}

impl Connection {
    pub(crate) async fn open(address: &Address, security: &Security, client_id: &str) -> Result<Self, WireError> {
        let stream =
            within(CONNECT_TIMEOUT, address, TcpStream::connect((address.host.as_str(), address.port))).await?;
        stream.set_nodelay(true).map_err(|e| io(address, &e))?;
        let stream: Box<dyn Stream> = match &security.tls {
            None => Box::new(stream),
            Some(tls) => Box::new(within(CONNECT_TIMEOUT, address, tls::connect(tls, &address.host, stream)).await?),
        };
        let client_id = StrBytes::from_string(client_id.to_owned());
        let mut connection =
            Self { stream, address: address.clone(), client_id, correlation_id: 0, versions: HashMap::new() };
        connection.ask_versions().await?;
        if let Some(login) = &security.sasl {
            sasl::log_in(&mut connection, login).await?;
        }
        Ok(connection)
    }

    async fn ask_versions(&mut self) -> Result<(), WireError> {
        // Version 0 is understood by every broker there is.
        let response = self.send(&ApiVersionsRequest::default(), 0).await?;
        check(response.error_code)?;
        self.versions = response.api_keys.iter().map(|api| (api.api_key, (api.min_version, api.max_version))).collect();
        Ok(())
    }

    /// Whether the broker understands a request.
    pub(crate) fn supports<Q: Question>(&self) -> bool {
        self.version::<Q>(i16::MAX).is_some()
    }

    /// The newest version that the broker and we understand, and that is not above `newest`.
    fn version<Q: Question>(&self, newest: i16) -> Option<i16> {
        let (low, high) = *self.versions.get(&Q::KEY)?;
        let version = high.min(Q::VERSIONS.max).min(newest);
        (version >= low.max(Q::VERSIONS.min)).then_some(version)
    }

    /// Sends a request in the newest version up to `newest`.
    pub(crate) async fn call<Q: Question>(&mut self, request: &Q, newest: i16) -> Result<Q::Answer, WireError> {
        let version = self.chosen::<Q>(newest)?;
        self.send(request, version).await
    }

    /// The version that [`Connection::call`] would use.
    pub(crate) fn chosen<Q: Question>(&self, newest: i16) -> Result<i16, WireError> {
        self.version::<Q>(newest).ok_or(WireError::Unsupported(Q::NAME))
    }

    async fn send<Q: Question>(&mut self, request: &Q, version: i16) -> Result<Q::Answer, WireError> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let frame = encode(request, version, self.correlation_id, &self.client_id)?;
        let address = self.address.clone();
        let mut answer = within(REQUEST_TIMEOUT, &address, self.exchange(frame)).await?;
        let header_version = <Q::Answer as HeaderVersion>::header_version(version);
        let header =
            ResponseHeader::decode(&mut answer, header_version).map_err(|e| WireError::Garbled(e.to_string()))?;
        if header.correlation_id != self.correlation_id {
            return Err(WireError::Garbled(format!(
                "answer {} to question {}",
                header.correlation_id, self.correlation_id
            )));
        }
        Q::Answer::decode(&mut answer, version).map_err(|e| WireError::Garbled(e.to_string()))
    }

    async fn exchange(&mut self, frame: Bytes) -> std::io::Result<Bytes> {
        self.stream.write_all(&frame).await?;
        self.stream.flush().await?;
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).await?;
        let length = u32::from_be_bytes(length) as usize;
        if length > MAX_RESPONSE {
            return Err(std::io::Error::other(format!(
                "an answer of {length} bytes; is this a Kafka broker, and the security.protocol right?"
            )));
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        Ok(answer.into())
    }
}

fn encode<Q: Question>(
    request: &Q,
    version: i16,
    correlation_id: i32,
    client_id: &StrBytes,
) -> Result<Bytes, WireError> {
    let header = RequestHeader::default()
        .with_request_api_key(Q::KEY)
        .with_request_api_version(version)
        .with_correlation_id(correlation_id)
        .with_client_id(Some(client_id.clone()));
    let mut frame = BytesMut::new();
    frame.put_u32(0);
    let garbled = |e: &dyn std::fmt::Display| WireError::Garbled(format!("the question could not be written: {e}"));
    header.encode(&mut frame, Q::header_version(version)).map_err(|e| garbled(&e))?;
    request.encode(&mut frame, version).map_err(|e| garbled(&e))?;
    let length = u32::try_from(frame.remaining() - 4).map_err(|e| garbled(&e))?;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame.freeze())
}

async fn within<T>(
    limit: Duration,
    address: &Address,
    work: impl Future<Output = std::io::Result<T>>,
) -> Result<T, WireError> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result.map_err(|e| io(address, &e)),
        Err(_) => Err(WireError::Io(format!("{address}: no answer within {} s", limit.as_secs()))),
    }
}

fn io(address: &Address, error: &std::io::Error) -> WireError {
    let hint = if error.kind() == std::io::ErrorKind::UnexpectedEof {
        "the connection was closed (is the security.protocol right?)"
    } else {
        ""
    };
    if hint.is_empty() {
        WireError::Io(format!("{address}: {error}"))
    } else {
        WireError::Io(format!("{address}: {hint}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kafka_protocol::messages::EndTxnRequest;

    #[test]
    fn a_frame_is_length_header_and_body() {
        let request = EndTxnRequest::default()
            .with_transactional_id(StrBytes::from_static_str("t").into())
            .with_producer_id(5.into());
        let frame = encode(&request.with_producer_epoch(2).with_committed(true), 1, 7, &StrBytes::from_static_str("c"))
            .unwrap();
        let expected = [
            &[0, 0, 0, 25, 0, 26, 0, 1, 0, 0, 0, 7, 0, 1, b'c'][..], // length, key, version, correlation, client
            &[0, 1, b't', 0, 0, 0, 0, 0, 0, 0, 5, 0, 2, 1],          // id, producer id, epoch, commit
        ];
        assert_eq!(frame.as_ref(), expected.concat());
    }

    #[tokio::test]
    async fn nobody_there_is_said_with_the_address() {
        let address = Address { host: "127.0.0.1".to_owned(), port: 1 };
        let error = Connection::open(&address, &Security::default(), "c").await.err().unwrap();
        assert!(error.is_retriable() && error.to_string().starts_with("127.0.0.1:1: "), "{error}");
    }
}
