use super::*;
use bytes::Bytes;
use penstock_core::{Configuration, ObjectCodec};
use penstock_state::{StateLocation, SubtaskState};
use serde_json::json;

fn graph(kind: &str, senders: u32, parallelism: u32) -> JobGraph {
    let graph = json!({"nodes": [
        {"id": 1, "name": "numbers", "uid": "numbers", "parallelism": senders,
         "operator": {"kind": "source", "connector": "sequence", "options": {"from": 1, "to": 2}, "decoder": {"kind": "long"}}},
        {"id": 2, "name": "it", "uid": "it", "parallelism": parallelism,
         "inputs": [{"node": 1, "partitioner": {"kind": kind, "selector": "f", "partitioner": "f", "explicit": true}}],
         "operator": {"kind": "function", "function": "f", "shape": "map", "keyed": kind == "hash"}}]});
    let mut config = Configuration::default();
    config.set("pipeline.operator-chaining.enabled", "false");
    JobGraph::build(&serde_json::from_value(graph).unwrap(), &config).unwrap()
}

fn channel(sender: u32, elements: Vec<ChannelElement>) -> ChannelState {
    ChannelState { sender, watermark: i64::from(sender) + 10, idle: false, elements }
}

/// A checkpoint of a job in which every channel had a record of its own on its way.
fn checkpoint(graph: &JobGraph) -> CheckpointMetadata {
    let edge = edge_name(graph, 0).unwrap();
    let (senders, parallelism) = (graph.vertices[0].parallelism, graph.vertices[1].parallelism);
    let subtask = |index| {
        let record = |sender: u32| vec![ChannelElement::Columns(Bytes::from(format!("{sender}>{index}")))];
        let channels: Vec<_> = (0..senders).map(|sender| channel(sender, record(sender))).collect();
        let location = StateLocation::Inline(penstock_state::in_flight::encode(&channels).into());
        let handle = ChannelHandle { edge: edge.clone(), persisted: 1, location, length: 1 };
        SubtaskState { index, channels: vec![handle], ..SubtaskState::default() }
    };
    let operator = |vertex: usize, subtasks: Vec<SubtaskState>| OperatorState {
        uid_hash: graph.vertices[vertex].head().id.to_string(),
        uid: None,
        name: graph.vertices[vertex].head().node.name.clone(),
        parallelism: graph.vertices[vertex].parallelism,
        max_parallelism: 128,
        coordinator: None,
        subtasks,
    };
    CheckpointMetadata {
        format_version: penstock_state::metadata::FORMAT_VERSION,
        job_id: "0".repeat(32),
        job_name: "d".into(),
        checkpoint_id: 7,
        timestamp: 0,
        is_savepoint: false,
        operators: vec![operator(0, vec![]), operator(1, (0..parallelism).map(subtask).collect())],
        earlier_jobs: vec![],
    }
}

/// What each subtask gets, by the channel that it comes from now.
fn given(metadata: &CheckpointMetadata, graph: &JobGraph) -> Vec<String> {
    let storage = penstock_state::CheckpointStorage::in_memory();
    let folder = storage.for_job(&"0".repeat(32)).unwrap().checkpoint(7);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let element = |element: &ChannelElement| match element {
        ChannelElement::Columns(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        ChannelElement::Watermark(time) => format!("w{time}"),
        ChannelElement::NewEpoch => "|".to_owned(),
        other => panic!("{other:?}"),
    };
    let of = |subtask| {
        let shares = shares(metadata, graph, 1, subtask);
        let in_flight = runtime.block_on(read(shares, &folder)).unwrap();
        let channels = in_flight.iter().flat_map(|one| &one.channels);
        let shown = channels
            .map(|c| format!("{}: {}", c.sender, c.elements.iter().map(element).collect::<Vec<_>>().join(" ")))
            .collect::<Vec<_>>();
        shown.join("; ")
    };
    (0..graph.vertices[1].parallelism).map(of).collect()
}

#[test]
fn at_the_same_parallelism_every_channel_has_its_own() {
    for kind in ["forward", "rebalance", "broadcast", "custom"] {
        let job = graph(kind, 2, 2);
        assert_eq!(given(&checkpoint(&job), &job), ["0: 0>0; 1: 1>0", "0: 0>1; 1: 1>1"], "{kind}");
    }
}

#[test]
fn round_robin_goes_with_the_old_receiver_and_none_is_lost() {
    let before = checkpoint(&graph("rebalance", 2, 3));
    assert_eq!(given(&before, &graph("rebalance", 2, 2)), ["0: 0>0 0>2 w10; 1: 1>0 1>2 w10", "0: 0>1 w10; 1: 1>1 w10"]);
    assert_eq!(given(&before, &graph("rebalance", 1, 1)), ["0: 0>0 1>0 0>1 1>1 0>2 1>2 w10"]);
    assert_eq!(given(&before, &graph("rebalance", 2, 4))[3], "", "who is new has nothing to catch up with");
}

#[test]
fn an_epoch_stays_before_the_next_where_channels_become_one() {
    let mut before = checkpoint(&graph("rebalance", 2, 1));
    let record = |text: &'static str| ChannelElement::Columns(Bytes::from_static(text.as_bytes()));
    let channels = [
        channel(0, vec![record("old0"), ChannelElement::NewEpoch, record("new0")]),
        channel(1, vec![record("old1"), ChannelElement::NewEpoch, record("new1"), ChannelElement::NewEpoch]),
    ];
    let bytes = penstock_state::in_flight::encode(&channels);
    before.operators[1].subtasks[0].channels[0].location = StateLocation::Inline(bytes.into());
    assert_eq!(given(&before, &graph("rebalance", 1, 1)), ["0: old0 old1 | new0 new1 | w10"]);
}

#[test]
fn each_takes_the_copies_of_one_old_receiver_of_a_broadcast() {
    let before = checkpoint(&graph("broadcast", 1, 2));
    assert_eq!(given(&before, &graph("broadcast", 1, 3)), ["0: 0>0 w10", "0: 0>1 w10", "0: 0>0 w10"]);
    assert_eq!(given(&before, &graph("broadcast", 1, 1)), ["0: 0>0 w10"]);
}

#[test]
fn keyed_records_go_to_whoever_has_their_key_group() {
    struct Bytes1;
    impl ObjectCodec for Bytes1 {
        fn check(&self, _value: &penstock_core::Object) -> Result<()> {
            Ok(())
        }
        fn encode(&self, value: &penstock_core::Object, out: &mut Vec<u8>) -> Result<()> {
            out.push(*value.downcast_ref::<u8>().unwrap());
            Ok(())
        }
        fn decode(&self, bytes: &[u8]) -> Result<penstock_core::Object> {
            Ok(penstock_core::Object::from_value(bytes[0]))
        }
        fn isolate(&self, value: penstock_core::Object) -> Result<penstock_core::Object> {
            Ok(value)
        }
        fn is_mutable(&self, _value: &penstock_core::Object) -> bool {
            false
        }
        fn memory_size(&self, _value: &penstock_core::Object) -> usize {
            1
        }
    }
    let codec: std::sync::Arc<dyn ObjectCodec> = std::sync::Arc::new(Bytes1);
    let codecs = penstock_runtime::exchange::EdgeCodecs { value: std::sync::Arc::clone(&codec), key: Some(codec) };
    let records = |groups: &[u16]| {
        let mut batch = penstock_core::ObjectBatch { keys: Some(penstock_core::Keys::default()), ..Default::default() };
        for group in groups {
            let object = penstock_core::Object::from_value(*group as u8);
            batch.values.push(object.clone());
            batch.timestamps.push(0);
            batch.keys.as_mut().unwrap().push(object, *group, &[*group as u8]);
        }
        let mut out = Vec::new();
        let element = penstock_core::event::StreamElement::Objects(batch);
        penstock_runtime::exchange::in_flight::keep(&element, Some(&codecs), &mut out).unwrap();
        out
    };
    // Two receivers had the groups up to 63 and those from 64; three have those from 0, 43 and 86.
    let mut before = checkpoint(&graph("hash", 1, 2));
    for (index, groups) in [&[1, 50, 2][..], &[70, 100, 127]].into_iter().enumerate() {
        let bytes = penstock_state::in_flight::encode(&[channel(0, records(groups))]);
        before.operators[1].subtasks[index].channels[0].location = StateLocation::Inline(bytes.into());
    }
    let job = graph("hash", 1, 3);
    let storage = penstock_state::CheckpointStorage::in_memory();
    let folder = storage.for_job(&"0".repeat(32)).unwrap().checkpoint(7);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let given = |subtask| {
        let in_flight = runtime.block_on(read(shares(&before, &job, 1, subtask), &folder)).unwrap();
        let mut groups = Vec::new();
        for element in &in_flight[0].channels[0].elements {
            if let penstock_core::event::StreamElement::Objects(batch) =
                penstock_runtime::exchange::in_flight::replay(element, Some(&codecs)).unwrap()
            {
                groups.extend(batch.keys.unwrap().groups);
            }
        }
        groups
    };
    assert_eq!((given(0), given(1), given(2)), (vec![1, 2], vec![50, 70], vec![100, 127]));
}

#[test]
fn idle_channels_do_not_hold_the_watermark_back() {
    let mut idle = channel(0, vec![ChannelElement::Idle]);
    idle.watermark = 3;
    assert_eq!(watermark_at_end(&idle), None);
    let active = channel(5, vec![ChannelElement::Watermark(20), ChannelElement::Idle, ChannelElement::Active]);
    assert_eq!(watermark_at_end(&active), Some(20));
}

#[test]
fn what_cannot_move_is_refused_with_the_choices() {
    let refused = |kind: &str, before: (u32, u32), now: (u32, u32)| {
        let metadata = checkpoint(&graph(kind, before.0, before.1));
        crate::restore::fit(&mut graph(kind, now.0, now.1), &metadata, false).err().map(|e| e.to_string())
    };
    assert_eq!(refused("forward", (2, 2), (2, 2)), None);
    let error = refused("forward", (2, 2), (3, 3)).unwrap();
    assert!(
        error.contains("from 'numbers' to 'it'") && error.contains("the parallelism of that checkpoint (2)"),
        "{error}"
    );
    assert!(refused("custom", (2, 2), (2, 3)).is_some());
    assert_eq!(refused("custom", (2, 2), (3, 2)), None);
    assert_eq!(refused("hash", (2, 2), (1, 3)), None);
    assert_eq!(refused("broadcast", (2, 2), (1, 3)), None);
}

#[test]
fn records_without_a_way_are_refused_unless_allowed() {
    let metadata = checkpoint(&graph("rebalance", 2, 2));
    let error = crate::restore::fit(&mut graph("shuffle", 2, 2), &metadata, false).unwrap_err().to_string();
    assert!(error.contains("on their way from 'numbers' to 'it' by rebalance"), "{error}");
    let mut job = graph("shuffle", 2, 2);
    let dropped = crate::restore::fit(&mut job, &metadata, true).unwrap();
    assert_eq!(dropped.len(), 1);
    assert_eq!(given(&metadata, &job), ["", ""]);
}
