//! Requests about the cluster itself, for checks before a job runs.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{DescribeConfigsRequest, MetadataRequest, MetadataResponse};
use kafka_protocol::protocol::StrBytes;

use super::Cluster;
use super::address::Address;
use super::error::{WireError, check};

/// Whether a topic can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TopicCheck {
    /// It is there.
    There,
    /// It is not, or not yet.
    Missing,
    /// It cannot be used; the text says why.
    Unusable(String),
}

impl Cluster {
    /// Opens a connection to one of the bootstrap servers.
    pub(crate) async fn reach(&mut self) -> Result<(), WireError> {
        self.any().await.map(|_| ())
    }

    /// Looks for a topic. With `create`, the broker makes it if it is configured to.
    pub(crate) async fn check_topic(&mut self, topic: &str, create: bool) -> Result<TopicCheck, WireError> {
        let asked = MetadataRequestTopic::default().with_name(Some(StrBytes::from_string(topic.to_owned()).into()));
        let request = MetadataRequest::default().with_topics(Some(vec![asked])).with_allow_auto_topic_creation(create);
        let response = self.metadata(&request).await?;
        let Some(found) = response.topics.first() else { return Ok(TopicCheck::Missing) };
        Ok(match ResponseError::try_from_code(found.error_code) {
            None => TopicCheck::There,
            Some(ResponseError::UnknownTopicOrPartition | ResponseError::LeaderNotAvailable) => TopicCheck::Missing,
            Some(other) => TopicCheck::Unusable(other.to_string()),
        })
    }

    async fn metadata(&mut self, request: &MetadataRequest) -> Result<MetadataResponse, WireError> {
        // Version 4 is the first that can ask without creating; newer ones add nothing that is used here.
        self.ask_any(request, 7).await
    }

    /// Every broker.
    pub(super) async fn brokers(&mut self) -> Result<Vec<(i32, Address)>, WireError> {
        let none = MetadataRequest::default().with_topics(Some(Vec::new())).with_allow_auto_topic_creation(false);
        let brokers = self.metadata(&none).await?.brokers;
        brokers
            .iter()
            .map(|b| {
                let port = u16::try_from(b.port).map_err(|_| WireError::Garbled(format!("{} is no port", b.port)))?;
                Ok((b.node_id.0, Address { host: b.host.to_string(), port }))
            })
            .collect()
    }

    /// The broker's `transaction.max.timeout.ms`.
    pub(crate) async fn max_transaction_timeout_ms(&mut self) -> Result<Option<u64>, WireError> {
        const BROKER: i8 = 4;
        let Some((node, address)) = self.brokers().await?.into_iter().next() else { return Ok(None) };
        let resource = DescribeConfigsResource::default()
            .with_resource_type(BROKER)
            .with_resource_name(StrBytes::from_string(node.to_string()))
            .with_configuration_keys(Some(vec![StrBytes::from_static_str("transaction.max.timeout.ms")]));
        let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
        let response = self.ask_at(&address, &request, 4).await?;
        let Some(result) = response.results.first() else { return Ok(None) };
        check(result.error_code)?;
        Ok(result.configs.first().and_then(|c| c.value.as_ref()).and_then(|v| v.parse().ok()))
    }
}
