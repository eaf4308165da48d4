//! The requests that are asked, each with its number, its name and its answer.

use kafka_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, DescribeConfigsRequest, DescribeConfigsResponse,
    DescribeTransactionsRequest, DescribeTransactionsResponse, EndTxnRequest, EndTxnResponse, FindCoordinatorRequest,
    FindCoordinatorResponse, InitProducerIdRequest, InitProducerIdResponse, ListTransactionsRequest,
    ListTransactionsResponse, MetadataRequest, MetadataResponse, SaslAuthenticateRequest, SaslAuthenticateResponse,
    SaslHandshakeRequest, SaslHandshakeResponse,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Message};

/// A request with what belongs to it.
pub(super) trait Question: Encodable + Message + HeaderVersion {
    const KEY: i16;
    const NAME: &'static str;
    type Answer: Decodable + Message + HeaderVersion;
}

impl Question for MetadataRequest {
    const KEY: i16 = 3;
    const NAME: &'static str = "Metadata";
    type Answer = MetadataResponse;
}

impl Question for FindCoordinatorRequest {
    const KEY: i16 = 10;
    const NAME: &'static str = "FindCoordinator";
    type Answer = FindCoordinatorResponse;
}

impl Question for SaslHandshakeRequest {
    const KEY: i16 = 17;
    const NAME: &'static str = "SaslHandshake";
    type Answer = SaslHandshakeResponse;
}

impl Question for ApiVersionsRequest {
    const KEY: i16 = 18;
    const NAME: &'static str = "ApiVersions";
    type Answer = ApiVersionsResponse;
}

impl Question for InitProducerIdRequest {
    const KEY: i16 = 22;
    const NAME: &'static str = "InitProducerId";
    type Answer = InitProducerIdResponse;
}

impl Question for EndTxnRequest {
    const KEY: i16 = 26;
    const NAME: &'static str = "EndTxn";
    type Answer = EndTxnResponse;
}

impl Question for DescribeConfigsRequest {
    const KEY: i16 = 32;
    const NAME: &'static str = "DescribeConfigs";
    type Answer = DescribeConfigsResponse;
}

impl Question for SaslAuthenticateRequest {
    const KEY: i16 = 36;
    const NAME: &'static str = "SaslAuthenticate";
    type Answer = SaslAuthenticateResponse;
}

impl Question for ListTransactionsRequest {
    const KEY: i16 = 66;
    const NAME: &'static str = "ListTransactions";
    type Answer = ListTransactionsResponse;
}

impl Question for DescribeTransactionsRequest {
    const KEY: i16 = 65;
    const NAME: &'static str = "DescribeTransactions";
    type Answer = DescribeTransactionsResponse;
}
