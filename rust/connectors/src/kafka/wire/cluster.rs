//! A cluster as one subtask sees it: connections by broker, opened when they are first needed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kafka_protocol::messages::FindCoordinatorRequest;
use kafka_protocol::protocol::StrBytes;

use super::address::{self, Address};
use super::connection::Connection;
use super::error::{WireError, check};
use super::question::Question;
use crate::kafka::properties::Properties;
use crate::kafka::security::Security;

/// Coordinators are asked for by key and kind; this is the kind for transactional ids.
const TRANSACTION: i8 = 1;

/// How many coordinators are remembered: more than there are ids between two checkpoints.
const REMEMBERED: usize = 64;

/// Connections of one user.
pub(crate) struct Cluster {
    bootstrap: Vec<Address>,
    security: Security,
    client_id: String,
    connections: HashMap<Address, Connection>,
    /// Coordinators of the ids that were used last.
    coordinators: HashMap<String, Address>,
}

impl Cluster {
    pub(crate) fn new(properties: &Properties, client_id: &str) -> penstock_core::Result<Self> {
        Ok(Self {
            bootstrap: address::parse(properties.bootstrap_servers()),
            security: Security::of(properties)?,
            client_id: client_id.to_owned(),
            connections: HashMap::new(),
            coordinators: HashMap::new(),
        })
    }

    /// Asks a broker that is reachable; the error names every address with its reason.
    pub(super) async fn any(&mut self) -> Result<&mut Connection, WireError> {
        let known = self.bootstrap.iter().find(|a| self.connections.contains_key(*a)).cloned();
        if let Some(address) = known {
            return self.connection(&address).await;
        }
        let (mut reasons, mut refused) = (Vec::new(), false);
        for address in self.bootstrap.clone() {
            match Connection::open(&address, &self.security, &self.client_id).await {
                Ok(connection) => return Ok(self.connections.entry(address).or_insert(connection)),
                Err(e) => {
                    refused |= matches!(e, WireError::Refused(_));
                    reasons.push(e.to_string());
                }
            }
        }
        let reasons = if reasons.is_empty() { "it names no address".to_owned() } else { reasons.join("; ") };
        Err(if refused { WireError::Refused(reasons) } else { WireError::Io(reasons) })
    }

    async fn connection(&mut self, address: &Address) -> Result<&mut Connection, WireError> {
        match self.connections.entry(address.clone()) {
            Entry::Occupied(open) => Ok(open.into_mut()),
            Entry::Vacant(closed) => {
                Ok(closed.insert(Connection::open(address, &self.security, &self.client_id).await?))
            }
        }
    }

    /// Forgets connections after an error that may have left them half-used.
    pub(super) fn disconnect(&mut self) {
        self.connections.clear();
    }

    /// Asks any broker. A connection that has died since it was last used is opened anew, once.
    pub(super) async fn ask_any<Q: Question>(&mut self, request: &Q, newest: i16) -> Result<Q::Answer, WireError> {
        for attempt in 0.. {
            match self.any().await?.call(request, newest).await {
                Err(WireError::Io(_)) if attempt == 0 => self.disconnect(),
                Err(error) => {
                    self.disconnect_after(&error);
                    return Err(error);
                }
                answer => return answer,
            }
        }
        unreachable!("the second attempt returns")
    }

    /// Asks the coordinator of a transactional id. As [`Cluster::ask_any`] for connections that have died.
    pub(super) async fn ask_coordinator<Q: Question>(
        &mut self,
        id: &str,
        request: &Q,
        newest: i16,
    ) -> Result<Q::Answer, WireError> {
        for attempt in 0.. {
            let address = self.coordinator(id).await?;
            let fresh = !self.connections.contains_key(&address);
            let answer = match self.connection(&address).await {
                Ok(connection) => connection.call(request, newest).await,
                Err(error) => Err(error),
            };
            match answer {
                Err(WireError::Io(_)) if attempt == 0 && !fresh => self.disconnect_from(&address),
                Err(error) => {
                    self.forget_coordinator(id);
                    self.disconnect_after(&error);
                    return Err(error);
                }
                answer => return answer,
            }
        }
        unreachable!("the second attempt returns")
    }

    /// Whether the coordinator of an id understands a request.
    pub(super) async fn coordinator_supports<Q: Question>(&mut self, id: &str) -> Result<bool, WireError> {
        let address = self.coordinator(id).await?;
        Ok(self.connection(&address).await?.supports::<Q>())
    }

    fn disconnect_from(&mut self, address: &Address) {
        self.connections.remove(address);
    }

    fn disconnect_after(&mut self, error: &WireError) {
        if !matches!(error, WireError::Broker(_) | WireError::Unsupported(_)) {
            self.disconnect();
        }
    }

    /// To be called when an answer says that the coordinator is elsewhere.
    pub(super) fn forget_coordinator(&mut self, id: &str) {
        self.coordinators.remove(id);
    }

    async fn coordinator(&mut self, id: &str) -> Result<Address, WireError> {
        if let Some(address) = self.coordinators.get(id) {
            return Ok(address.clone());
        }
        let found = self.find_coordinators(&[id.to_owned()]).await?;
        let address =
            found.into_iter().next().ok_or_else(|| WireError::Garbled("no coordinator in the answer".to_owned()))?;
        if self.coordinators.len() >= REMEMBERED {
            self.coordinators.clear();
        }
        self.coordinators.insert(id.to_owned(), address.clone());
        Ok(address)
    }

    /// The coordinator of each id, in order.
    pub(super) async fn find_coordinators(&mut self, ids: &[String]) -> Result<Vec<Address>, WireError> {
        /// From this version on, one request takes many keys.
        const MANY: i16 = 4;
        let connection = self.any().await?;
        if connection.chosen::<FindCoordinatorRequest>(MANY)? >= MANY {
            return self.find_many(ids).await;
        }
        let mut addresses = Vec::with_capacity(ids.len());
        for id in ids {
            let request = FindCoordinatorRequest::default()
                .with_key(StrBytes::from_string(id.clone()))
                .with_key_type(TRANSACTION);
            let response = self.ask_any(&request, 3).await?;
            check(response.error_code)?;
            addresses.push(address_of(&response.host, response.port)?);
        }
        Ok(addresses)
    }

    async fn find_many(&mut self, ids: &[String]) -> Result<Vec<Address>, WireError> {
        let keys = ids.iter().map(|id| StrBytes::from_string(id.clone())).collect();
        let request = FindCoordinatorRequest::default().with_coordinator_keys(keys).with_key_type(TRANSACTION);
        let response = self.ask_any(&request, 4).await?;
        check(response.error_code)?;
        let mut found = HashMap::new();
        for coordinator in &response.coordinators {
            check(coordinator.error_code)?;
            found.insert(coordinator.key.as_str(), address_of(&coordinator.host, coordinator.port)?);
        }
        let missing = || WireError::Garbled("a coordinator is missing from the answer".to_owned());
        ids.iter().map(|id| found.get(id.as_str()).cloned().ok_or_else(missing)).collect()
    }

    /// Asks one broker by its address.
    pub(super) async fn ask_at<Q: Question>(
        &mut self,
        address: &Address,
        request: &Q,
        newest: i16,
    ) -> Result<Q::Answer, WireError> {
        let answer = self.connection(address).await?.call(request, newest).await;
        answer.inspect_err(|error| self.disconnect_after(error))
    }
}

fn address_of(host: &StrBytes, port: i32) -> Result<Address, WireError> {
    let port = u16::try_from(port).map_err(|_| WireError::Garbled(format!("{port} is no port")))?;
    Ok(Address { host: host.to_string(), port })
}
