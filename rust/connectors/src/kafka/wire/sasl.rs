//! Logging in on a fresh connection.

use kafka_protocol::messages::{SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::StrBytes;

use super::connection::Connection;
use super::error::WireError;
use super::scram::Scram;
use crate::kafka::security::Sasl;

pub(super) async fn log_in(connection: &mut Connection, login: &Sasl) -> Result<(), WireError> {
    let mechanism = login.mechanism();
    let handshake = SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str(mechanism));
    let response = connection.call(&handshake, 1).await?;
    if response.error_code != 0 {
        let offered: Vec<_> = response.mechanisms.iter().map(StrBytes::as_str).collect();
        return Err(WireError::Refused(format!(
            "the broker does not accept sasl.mechanism={mechanism}; it accepts {}",
            offered.join(", ")
        )));
    }
    match login {
        Sasl::Plain { username, password } => {
            step(connection, format!("\0{username}\0{password}").into_bytes()).await.map(|_| ())
        }
        Sasl::OauthBearer { token } => {
            step(connection, format!("n,,\x01auth=Bearer {token}\x01\x01").into_bytes()).await.map(|_| ())
        }
        Sasl::Scram { digest, username, password } => {
            let scram = Scram::new(*digest, username, password).map_err(WireError::Refused)?;
            let challenge = step(connection, scram.first().into_bytes()).await?;
            let (answer, expected) = scram.answer(&challenge).map_err(WireError::Refused)?;
            let verdict = step(connection, answer.into_bytes()).await?;
            expected.check(&verdict).map_err(WireError::Refused)
        }
    }
}

async fn step(connection: &mut Connection, bytes: Vec<u8>) -> Result<Vec<u8>, WireError> {
    let request = SaslAuthenticateRequest::default().with_auth_bytes(bytes.into());
    let response = connection.call(&request, 2).await?;
    if response.error_code == 0 {
        return Ok(response.auth_bytes.to_vec());
    }
    let why = response.error_message.as_ref().map_or("no reason given", StrBytes::as_str);
    Err(WireError::Refused(format!("the broker refused the login: {why}")))
}
