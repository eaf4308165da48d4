//! The Kafka source: partitions are splits, a position is the offset to read next.

mod columns;
mod enumerator;
mod offsets;
mod reader;
mod split;

use std::sync::Arc;
use std::time::Duration;

use penstock_core::source::{Boundedness, ReaderContext, Source, SourceReader, SplitEnumerator};
use penstock_core::{Error, Result};
use regex::Regex;

use super::options::{Offsets, Reset, SourceOptions, Subscription};
use super::preflight;
use super::properties::{Properties, Role};
use super::security::Security;
use super::wire::Cluster;
use crate::bridge;
use enumerator::KafkaEnumerator;
use offsets::Resolver;
use reader::KafkaReader;

const DISCOVERY_PROPERTY: &str = "partition.discovery.interval.ms";
/// How often to look for new partitions, unless the property `partition.discovery.interval.ms` says otherwise.
const DISCOVERY_INTERVAL: Duration = Duration::from_secs(300);
/// How long a question to the cluster may take.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(20);

/// What is read, with patterns compiled.
#[derive(Debug, Clone)]
enum Wanted {
    Topics(Vec<String>),
    Pattern(Regex),
    Partitions(Vec<(String, i32)>),
}

/// A Kafka source, configured.
pub struct KafkaSource {
    properties: Properties,
    wanted: Wanted,
    starting: Offsets,
    stopping: Option<Offsets>,
    boundedness: Boundedness,
    discovery_interval: Option<Duration>,
    client_id_prefix: String,
    keys: bool,
}

impl KafkaSource {
    /// Checks the options and translates the properties.
    pub fn new(options: SourceOptions) -> Result<Self> {
        let mut properties =
            Properties::translate(Role::Consumer, &options.properties, options.bootstrap_servers.as_deref())?;
        properties.warn_of_dropped("Kafka source");
        Security::check_login(&properties)?;
        if let Some(group) = &options.group_id {
            properties.force("group.id", group);
        }
        if matches!(options.starting_offsets, Offsets::Committed { .. }) && properties.client("group.id").is_none() {
            return Err(Error::invalid(
                "a Kafka source that starts from committed offsets needs a consumer group: set_group_id(\"...\")",
            ));
        }
        prepare(&mut properties, options.starting_offsets.reset());
        let boundedness = if options.bounded { Boundedness::Bounded } else { Boundedness::Unbounded };
        let client_id_prefix = client_id_prefix(&options, &properties);
        Ok(Self {
            wanted: wanted(options.subscription)?,
            discovery_interval: discovery_interval(&properties, boundedness)?,
            properties,
            starting: options.starting_offsets,
            stopping: options.stopping_offsets,
            boundedness,
            client_id_prefix,
            keys: options.keys,
        })
    }

    fn properties_named(&self, suffix: &str) -> Properties {
        let mut properties = self.properties.clone();
        properties.force("client.id", format!("{}-{suffix}", self.client_id_prefix));
        properties
    }

    /// Properties of the client that reads: it belongs to no group.
    fn reader_properties(&self, subtask: u32) -> Properties {
        let mut properties = self.properties_named(&subtask.to_string());
        properties.remove("group.id");
        properties.remove("group.instance.id");
        if self.stopping.is_some() {
            properties.force("enable.partition.eof", "true");
        }
        properties
    }
}

/// What is the same for every client of a source.
fn prepare(properties: &mut Properties, reset: Reset) {
    let reset = match reset {
        Reset::Earliest => "earliest",
        Reset::Latest => "latest",
        Reset::None => "error",
    };
    properties.force("auto.offset.reset", reset);
    properties.force("enable.auto.commit", "false");
    properties.force("enable.auto.offset.store", "false");
    // librdkafka's own default is read_committed.
    properties.default_to("isolation.level", "read_uncommitted");
    properties.default_to("log.connection.close", "false");
    // librdkafka waits a second before it fetches again from a partition whose records were not taken yet.
    properties.default_to("fetch.queue.backoff.ms", "5");
    properties.default_to("queued.min.messages", "20000");
    properties.default_to("queued.max.messages.kbytes", "16384");
}

/// As in Flink: given, or the group, or something nobody else has.
fn client_id_prefix(options: &SourceOptions, properties: &Properties) -> String {
    let given = options
        .client_id_prefix
        .as_deref()
        .or_else(|| properties.own("client.id.prefix"))
        .or_else(|| properties.client("group.id"));
    given.map_or_else(|| format!("KafkaSource-{}", uuid::Uuid::new_v4().as_u64_pair().0), str::to_owned)
}

fn wanted(subscription: Subscription) -> Result<Wanted> {
    Ok(match subscription {
        Subscription::Topics(topics) => Wanted::Topics(topics),
        Subscription::Partitions(partitions) => Wanted::Partitions(partitions),
        Subscription::Pattern(pattern) => {
            let whole = Regex::new(&format!("^(?:{pattern})$"));
            Wanted::Pattern(whole.map_err(|e| {
                Error::invalid(format!("the topic pattern '{pattern}' is not a valid regular expression: {e}"))
            })?)
        }
    })
}

fn discovery_interval(properties: &Properties, boundedness: Boundedness) -> Result<Option<Duration>> {
    if boundedness == Boundedness::Bounded {
        return Ok(None);
    }
    let given =
        properties.own(DISCOVERY_PROPERTY).or_else(|| properties.own("flink.partition-discovery.interval-millis"));
    let Some(given) = given else { return Ok(Some(DISCOVERY_INTERVAL)) };
    let millis: i64 = given
        .trim()
        .parse()
        .map_err(|_| Error::invalid(format!("{DISCOVERY_PROPERTY}={given} is not a number of milliseconds")))?;
    Ok(u64::try_from(millis).ok().filter(|ms| *ms > 0).map(Duration::from_millis))
}

impl Source for KafkaSource {
    fn boundedness(&self) -> Boundedness {
        self.boundedness
    }

    fn preflight(&self) -> Result<()> {
        let properties = self.properties_named("preflight");
        if Security::of(&properties).is_err() {
            // Only librdkafka can log in here; its own errors have to do.
            return Ok(());
        }
        let bootstrap = properties.bootstrap_servers().to_owned();
        let topics: Vec<String> = match &self.wanted {
            Wanted::Topics(topics) => topics.clone(),
            Wanted::Partitions(partitions) => partitions.iter().map(|(topic, _)| topic.clone()).collect(),
            Wanted::Pattern(_) => Vec::new(),
        };
        bridge::run_alone(async move {
            let mut cluster = Cluster::new(&properties, "penstock-preflight")?;
            preflight::reach(&mut cluster, &bootstrap).await?;
            for topic in &topics {
                preflight::topic(&mut cluster, &bootstrap, topic, false).await?;
            }
            Ok(())
        })
    }

    fn enumerator(&self, _parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        let resolver = Resolver::new(&self.properties_named("enumerator"), QUESTION_TIMEOUT)?;
        let commits = self.properties.own("commit.offsets.on.checkpoint") != Some("false");
        let enumerator = KafkaEnumerator {
            wanted: self.wanted.clone(),
            starting: self.starting.clone(),
            stopping: self.stopping.clone(),
            interval: self.discovery_interval,
            resolver: Arc::new(resolver),
            commits,
            progress: enumerator::Progress::restored(restored)?,
            committing: Arc::default(),
        };
        Ok(Box::new(enumerator))
    }

    fn reader(&self, context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(KafkaReader::new(&self.reader_properties(context.subtask), &context, self.keys)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn source(changes: &Value) -> Result<KafkaSource> {
        let mut options = json!({"bootstrap_servers": "b:1", "subscription": {"topics": ["t"]}, "starting_offsets": {"kind": "earliest"}});
        for (name, value) in changes.as_object().unwrap() {
            options[name] = value.clone();
        }
        KafkaSource::new(serde_json::from_value(options).unwrap())
    }

    #[test]
    fn readers_are_anonymous_and_read_uncommitted_unless_told() {
        let properties = source(&json!({"group_id": "g"})).unwrap().reader_properties(3);
        assert_eq!(properties.client("client.id"), Some("g-3"));
        assert_eq!(properties.client("group.id"), None);
        assert_eq!(properties.client("isolation.level"), Some("read_uncommitted"));
        assert_eq!(properties.client("auto.offset.reset"), Some("earliest"));
        let given = source(&json!({"properties": {"isolation.level": "read_committed"}, "client_id_prefix": "p"}))
            .unwrap()
            .reader_properties(0);
        assert_eq!((given.client("isolation.level"), given.client("client.id")), (Some("read_committed"), Some("p-0")));
    }

    #[test]
    fn discovery_can_be_changed_and_switched_off() {
        let interval = |changes: Value| source(&changes).unwrap().discovery_interval;
        assert_eq!(interval(json!({})), Some(Duration::from_secs(300)));
        assert_eq!(
            interval(json!({"properties": {"partition.discovery.interval.ms": "1000"}})),
            Some(Duration::from_secs(1))
        );
        assert_eq!(interval(json!({"properties": {"partition.discovery.interval.ms": "-1"}})), None);
        assert_eq!(interval(json!({"bounded": true})), None);
    }

    #[test]
    fn committed_offsets_need_a_group() {
        let error = source(&json!({"starting_offsets": {"kind": "committed", "reset": "NONE"}})).err().unwrap();
        assert!(error.to_string().contains("set_group_id"), "{error}");
    }

    #[test]
    fn a_pattern_has_to_match_the_whole_name() {
        let Wanted::Pattern(pattern) = source(&json!({"subscription": {"pattern": "a|bc"}})).unwrap().wanted else {
            panic!()
        };
        assert!(pattern.is_match("bc") && !pattern.is_match("abc"));
        assert!(source(&json!({"subscription": {"pattern": "("}})).is_err());
    }

    #[test]
    fn an_unreachable_broker_is_named_by_the_preflight() {
        let error = source(&json!({"bootstrap_servers": "127.0.0.1:1"})).unwrap().preflight().unwrap_err().to_string();
        assert!(error.starts_with("Kafka is not reachable at bootstrap.servers=127.0.0.1:1: 127.0.0.1:1: "), "{error}");
    }
}
