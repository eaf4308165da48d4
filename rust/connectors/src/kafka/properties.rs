//! Client properties: what users write for Kafka's Java clients, said in librdkafka's words.
//!
//! Names that both know pass through. What only Java has a meaning for is dropped, with one warning that names it all.

use std::collections::BTreeMap;

use penstock_core::{Error, Result};

use super::jaas;
use super::native::{Conf, SetError};
use super::options::GivenProperties;
use super::stores;

/// Which of the two clients the properties are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads.
    Consumer,
    /// Writes.
    Producer,
}

/// Properties in librdkafka's names, each tried for its name and value.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    client: BTreeMap<String, String>,
    /// Properties that are for Penstock and not for the client, e.g. `partition.discovery.interval.ms`.
    own: BTreeMap<String, String>,
    dropped: Vec<String>,
}

/// Properties that the engine reads itself.
const OWN: [&str; 7] = [
    "client.id.prefix",
    "commit.offsets.on.checkpoint",
    "flink.partition-discovery.interval-millis",
    "partition.discovery.interval.ms",
    "register.consumer.metrics",
    "register.producer.metrics",
    "sasl.oauthbearer.token",
];

/// Properties that every script has and that mean nothing here: bytes are bytes, and partitions are handed out by the
/// engine.
const SILENT: [&str; 9] = [
    "heartbeat.interval.ms",
    "key.deserializer",
    "key.serializer",
    "max.poll.interval.ms",
    "max.poll.records",
    "partition.assignment.strategy",
    "session.timeout.ms",
    "value.deserializer",
    "value.serializer",
];

impl Properties {
    /// Translates what the user gave. `bootstrap_servers`, where given, wins over the property.
    pub fn translate(role: Role, given: &GivenProperties, bootstrap_servers: Option<&str>) -> Result<Self> {
        let mut given = given.clone();
        if let Some(servers) = bootstrap_servers {
            given.insert("bootstrap.servers".to_owned(), servers.to_owned());
        }
        stores::translate(&mut given)?;
        if let Some(jaas) = given.remove("sasl.jaas.config") {
            for (name, value) in jaas::credentials(&jaas)? {
                given.entry(name).or_insert(value);
            }
        }
        let mut properties = Self::default();
        for (name, value) in given {
            properties.add(role, &name, value)?;
        }
        if properties.client("bootstrap.servers").is_none_or(|servers| servers.trim().is_empty()) {
            return Err(Error::invalid(
                "a Kafka connector needs bootstrap.servers: set_bootstrap_servers(\"host:9092\")",
            ));
        }
        Ok(properties)
    }

    fn add(&mut self, role: Role, name: &str, value: String) -> Result<()> {
        if SILENT.contains(&name) {
            return Ok(());
        }
        if OWN.contains(&name) {
            self.own.insert(name.to_owned(), value);
            return Ok(());
        }
        if let Some((name, value)) = in_librdkafka(role, name, &value) {
            return self.try_and_keep(&name, value);
        }
        self.dropped.push(name.to_owned());
        Ok(())
    }

    fn try_and_keep(&mut self, name: &str, value: String) -> Result<()> {
        match Conf::new().set(name, &value) {
            Ok(()) => {
                self.client.insert(name.to_owned(), value);
                Ok(())
            }
            Err(SetError::Unknown) => {
                self.dropped.push(name.to_owned());
                Ok(())
            }
            Err(SetError::Invalid(why)) => {
                Err(Error::invalid(format!("the Kafka property {name} cannot be set: {why}")))
            }
        }
    }

    /// Says once, for all of them, which properties have no effect.
    pub fn warn_of_dropped(&self, connector: &str) {
        if !self.dropped.is_empty() {
            tracing::warn!(
                "{connector}: these properties have no meaning outside Kafka's Java client and are ignored: {}",
                self.dropped.join(", ")
            );
        }
    }

    /// A property of the client.
    pub fn client(&self, name: &str) -> Option<&str> {
        self.client.get(name).map(String::as_str)
    }

    /// A property that is read by Penstock itself.
    pub fn own(&self, name: &str) -> Option<&str> {
        self.own.get(name).map(String::as_str)
    }

    /// Sets a property of the client, whatever the user gave.
    pub fn force(&mut self, name: &str, value: impl Into<String>) {
        self.client.insert(name.to_owned(), value.into());
    }

    /// Sets a property of the client that the user did not give.
    pub fn default_to(&mut self, name: &str, value: impl Into<String>) {
        self.client.entry(name.to_owned()).or_insert_with(|| value.into());
    }

    /// Takes a property of the client away.
    pub fn remove(&mut self, name: &str) -> Option<String> {
        self.client.remove(name)
    }

    /// All properties of the client.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.client.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The addresses of `bootstrap.servers`, as given.
    pub fn bootstrap_servers(&self) -> &str {
        self.client("bootstrap.servers").unwrap_or_default()
    }
}

/// Name and value for librdkafka; `None` where it has no such thing. Unknown names pass and are tried later.
fn in_librdkafka(role: Role, name: &str, value: &str) -> Option<(String, String)> {
    let same = |name: &str| Some((name.to_owned(), value.to_owned()));
    match name {
        "fetch.max.wait.ms" => same("fetch.wait.max.ms"),
        "max.request.size" => same("message.max.bytes"),
        "compression.gzip.level" | "compression.lz4.level" | "compression.zstd.level" => same("compression.level"),
        "buffer.memory" => Some(("queue.buffering.max.kbytes".to_owned(), kibibytes(value))),
        "receive.buffer.bytes" => Some(("socket.receive.buffer.bytes".to_owned(), system_default(value))),
        "send.buffer.bytes" => Some(("socket.send.buffer.bytes".to_owned(), system_default(value))),
        "request.timeout.ms" if role == Role::Consumer => same("socket.timeout.ms"),
        "batch.size" if value.trim() == "0" => Some((name.to_owned(), "1".to_owned())),
        "ssl.endpoint.identification.algorithm" if value.trim().is_empty() => {
            Some((name.to_owned(), "none".to_owned()))
        }
        "sasl.mechanisms" => same("sasl.mechanism"),
        "security.protocol" => Some((name.to_owned(), value.trim().to_ascii_lowercase())),
        "client.dns.lookup" if value == "default" => None,
        "partitioner.class" => {
            value.ends_with(".DefaultPartitioner").then(|| ("partitioner".to_owned(), "murmur2_random".to_owned()))
        }
        "partitioner.ignore.keys" => (value == "true").then(|| ("partitioner".to_owned(), "random".to_owned())),
        _ => same(name),
    }
}

/// Bytes as librdkafka's kilobytes; what is no number is left for librdkafka to refuse.
fn kibibytes(bytes: &str) -> String {
    bytes.trim().parse::<u64>().map_or_else(|_| bytes.to_owned(), |n| (n / 1024).max(1).to_string())
}

/// Java says -1 for the system's own buffer size, librdkafka says 0.
fn system_default(bytes: &str) -> String {
    if bytes.trim() == "-1" { "0".to_owned() } else { bytes.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translate(role: Role, given: &[(&str, &str)]) -> Result<Properties> {
        let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Properties::translate(role, &given, Some("b:9092"))
    }

    #[test]
    fn javas_names_become_librdkafkas() {
        let given = [
            ("fetch.max.wait.ms", "100"),
            ("receive.buffer.bytes", "-1"),
            ("request.timeout.ms", "5000"),
            ("fetch.min.bytes", "2"),
        ];
        let p = translate(Role::Consumer, &given).unwrap();
        let all: Vec<_> = p.iter().collect();
        let expected = [
            ("bootstrap.servers", "b:9092"),
            ("fetch.min.bytes", "2"),
            ("fetch.wait.max.ms", "100"),
            ("socket.receive.buffer.bytes", "0"),
            ("socket.timeout.ms", "5000"),
        ];
        assert_eq!(all, expected);
        let p = translate(
            Role::Producer,
            &[("buffer.memory", "33554432"), ("request.timeout.ms", "5000"), ("batch.size", "0")],
        )
        .unwrap();
        assert_eq!(p.client("queue.buffering.max.kbytes"), Some("32768"));
        assert_eq!((p.client("request.timeout.ms"), p.client("batch.size")), (Some("5000"), Some("1")));
    }

    #[test]
    fn what_only_java_knows_is_dropped_and_named_but_serialisers_are_not() {
        let given = [
            ("interceptor.classes", "a.B"),
            ("key.deserializer", "x"),
            ("max.block.ms", "1"),
            ("partitioner.class", "my.Own"),
        ];
        let p = translate(Role::Producer, &given).unwrap();
        assert_eq!(p.dropped, ["interceptor.classes", "max.block.ms", "partitioner.class"]);
    }

    #[test]
    fn a_wrong_value_is_an_error_that_names_the_property() {
        let error = translate(Role::Consumer, &[("isolation.level", "read_everything")]).unwrap_err().to_string();
        assert!(error.contains("isolation.level") && error.contains("read_everything"), "{error}");
    }

    #[test]
    fn penstocks_own_are_kept_apart() {
        let p = translate(Role::Consumer, &[("partition.discovery.interval.ms", "1000")]).unwrap();
        assert_eq!(
            (p.own("partition.discovery.interval.ms"), p.client("partition.discovery.interval.ms")),
            (Some("1000"), None)
        );
    }

    #[test]
    fn java_credentials_are_understood() {
        let jaas =
            r#"org.apache.kafka.common.security.plain.PlainLoginModule required username="me" password="a\"b;c";"#;
        let given = [("sasl.jaas.config", jaas), ("security.protocol", "SASL_SSL"), ("sasl.mechanism", "PLAIN")];
        let p = translate(Role::Producer, &given).unwrap();
        assert_eq!((p.client("sasl.username"), p.client("sasl.password")), (Some("me"), Some("a\"b;c")));
        assert_eq!(p.client("security.protocol"), Some("sasl_ssl"));
    }

    #[test]
    fn no_address_is_an_error() {
        assert!(
            Properties::translate(Role::Consumer, &GivenProperties::new(), None)
                .unwrap_err()
                .to_string()
                .contains("bootstrap.servers")
        );
    }
}
