//! Kafka source and sink on librdkafka's mock cluster: what needs no real broker.

mod support;

use std::collections::BTreeMap;

use penstock_connectors::kafka::mock::MockCluster;
use penstock_core::metrics::MetricValue;
use penstock_core::source::{Poll, Split};
use serde_json::json;
use support::{World, next_batch, numbered, positions, sink, source, texts, write, write_all};

fn cluster(topics: &[(&str, i32)]) -> (MockCluster, String) {
    let topics: BTreeMap<String, i32> = topics.iter().map(|(t, p)| ((*t).to_owned(), *p)).collect();
    let cluster = MockCluster::start(&topics).unwrap();
    let servers = cluster.bootstrap_servers();
    (cluster, servers)
}

#[test]
fn everything_written_at_least_once_is_read() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 3)]));
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink(&servers, "t", &json!({})).writer(context).unwrap();
    write_all(writer.as_mut(), &bell, (0..10_000).map(|i| format!("v{i}")));
    writer.flush(false).unwrap();
    assert!(writer.prepare_commit(1).unwrap().is_empty());
    assert_eq!(world.values(&servers, "t", "read_uncommitted"), numbered(0, 10_000));
}

#[test]
fn keys_timestamps_and_positions_are_given() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink(&servers, "t", &json!({})).writer(context).unwrap();
    for (key, timestamp) in [(Some(&b"k"[..]), Some(1234)), (None, Some(5678))] {
        let headers = [("h".to_owned(), vec![1])];
        let record =
            penstock_core::sink::SinkRecord { key, value: Some(b"v"), timestamp, headers: &headers, topic: None };
        writer.write(&record).unwrap();
    }
    writer.flush(true).unwrap();
    drop(bell);
    let source = source(&servers, &json!({"topics": ["t"]}), &json!({"keys": true}));
    let (mut reader, bell) = world.reader(source.as_ref(), 0, 1);
    let batch = next_batch(reader.as_mut(), &bell);
    let keys = arrow_array::cast::AsArray::as_binary::<i32>(batch.keys.as_ref().unwrap().as_ref()).clone();
    assert_eq!(keys.iter().collect::<Vec<_>>(), [Some(&b"k"[..]), None]);
    assert_eq!(batch.timestamps.unwrap(), [1234, 5678]);
    assert_eq!((batch.positions, &*batch.split), (vec![1, 2], "t-0"));
}

#[test]
fn a_waiting_reader_is_woken_by_the_first_record() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let source = source(&servers, &json!({"topics": ["t"]}), &json!({}));
    let (mut reader, read_bell) = world.reader(source.as_ref(), 0, 1);
    assert!(matches!(reader.poll(10).unwrap(), Poll::Pending));
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink(&servers, "t", &json!({})).writer(context).unwrap();
    write(writer.as_mut(), &bell, "hello").unwrap();
    writer.flush(false).unwrap();
    assert_eq!(texts(&next_batch(reader.as_mut(), &read_bell)), ["hello"]);
}

#[test]
fn a_restored_split_goes_on_at_its_position() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink(&servers, "t", &json!({})).writer(context).unwrap();
    write_all(writer.as_mut(), &bell, (0..10).map(|i| format!("v{i}")));
    writer.flush(false).unwrap();

    let source = source(&servers, &json!({"topics": ["t"]}), &json!({}));
    let mut enumerator = source.enumerator(1, None).unwrap();
    let mut splits = world.runtime.block_on(enumerator.discover()).unwrap();
    splits[0].position = 7;
    let (context, bell) = world.reader_context(0, 1);
    let mut reader = source.reader(context).unwrap();
    reader.add_splits(splits).unwrap();
    assert_eq!(texts(&next_batch(reader.as_mut(), &bell)), ["v7", "v8", "v9"]);
}

#[test]
fn a_paused_partition_gives_nothing_and_loses_nothing() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("a", 1), ("b", 1)]));
    for topic in ["a", "b"] {
        let (context, bell) = world.writer_context(0, 1);
        let mut writer = sink(&servers, topic, &json!({})).writer(context).unwrap();
        write_all(writer.as_mut(), &bell, (0..500).map(|i| format!("{topic}{i:03}")));
        writer.flush(false).unwrap();
    }
    let source = source(&servers, &json!({"topics": ["a", "b"]}), &json!({}));
    let (mut reader, bell) = world.reader(source.as_ref(), 0, 1);
    let (mut a, mut b) = (Vec::new(), Vec::new());
    // One batch of each, so that more of both is fetched already.
    while a.is_empty() || b.is_empty() {
        match reader.poll(10).unwrap() {
            Poll::Batch(batch) if &*batch.split == "a-0" => a.extend(texts(&batch)),
            Poll::Batch(batch) => b.extend(texts(&batch)),
            _ => bell.wait(),
        }
    }
    reader.pause_splits(&["a-0".to_owned()]);
    let seen = a.len();
    while b.len() < 500 {
        match reader.poll(10).unwrap() {
            Poll::Batch(batch) => {
                assert_eq!(&*batch.split, "b-0", "a paused split gave records");
                b.extend(texts(&batch));
            }
            _ => bell.wait(),
        }
    }
    assert_eq!(a.len(), seen);
    reader.pause_splits(&[]);
    while a.len() < 500 {
        match reader.poll(10).unwrap() {
            Poll::Batch(batch) => a.extend(texts(&batch)),
            _ => bell.wait(),
        }
    }
    assert_eq!(a, (0..500).map(|i| format!("a{i:03}")).collect::<Vec<_>>());
}

#[test]
fn topics_that_appear_later_are_found_and_read_from_their_beginning() {
    let (world, (cluster, servers)) = (World::default(), cluster(&[("in-1", 2), ("other", 1)]));
    let source = source(&servers, &json!({"pattern": "in-.*"}), &json!({"starting_offsets": {"kind": "latest"}}));
    let mut enumerator = source.enumerator(1, None).unwrap();
    let discover = |e: &mut Box<dyn penstock_core::source::SplitEnumerator>| -> Vec<Split> {
        world.runtime.block_on(e.discover()).unwrap()
    };
    assert_eq!(discover(&mut enumerator).len(), 2);
    assert!(discover(&mut enumerator).is_empty());
    cluster.create_topic("in-2", 1).unwrap();
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink(&servers, "in-2", &json!({})).writer(context).unwrap();
    write(writer.as_mut(), &bell, "early").unwrap();
    writer.flush(false).unwrap();
    let mut restored = source.enumerator(1, Some(&enumerator.snapshot())).unwrap();
    assert_eq!(positions(&discover(&mut restored)), [("in-2-0".to_owned(), 0)].into());
}

#[test]
fn a_missing_partition_is_named() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let source = source(&servers, &json!({"partitions": [["t", 5]]}), &json!({}));
    let mut enumerator = source.enumerator(1, None).unwrap();
    let error = world.runtime.block_on(enumerator.discover()).unwrap_err().to_string();
    assert_eq!(error, "the Kafka topic 't' has no partition 5");
}

#[test]
fn offsets_are_committed_to_the_group_and_found_again() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink(&servers, "t", &json!({})).writer(context).unwrap();
    write_all(writer.as_mut(), &bell, (0..10).map(|i| format!("v{i}")));
    writer.flush(false).unwrap();

    let committed = json!({"group_id": "g", "starting_offsets": {"kind": "committed", "reset": "EARLIEST"}});
    let source = source(&servers, &json!({"topics": ["t"]}), &committed);
    let mut enumerator = source.enumerator(1, None).unwrap();
    let mut splits = world.runtime.block_on(enumerator.discover()).unwrap();
    assert_eq!(splits[0].position, 0, "nothing is committed yet");
    splits[0].position = 4;
    world.runtime.block_on(enumerator.checkpoint_complete(&splits)).unwrap();
    let mut later = source.enumerator(1, None).unwrap();
    assert_eq!(world.runtime.block_on(later.discover()).unwrap()[0].position, 4);
}

#[test]
fn a_writer_without_room_says_so_and_wakes() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let (context, bell) = world.writer_context(0, 1);
    let more = json!({"properties": {"queue.buffering.max.messages": "50", "linger.ms": "20"}});
    let mut writer = sink(&servers, "t", &more).writer(context).unwrap();
    let mut waited = 0;
    for i in 0..500 {
        while !writer.has_capacity() {
            waited += 1;
            bell.wait();
        }
        write(writer.as_mut(), &bell, &format!("v{i}")).unwrap();
    }
    writer.flush(true).unwrap();
    assert!(waited > 0, "500 records went into a queue of 50 without waiting");
    assert_eq!(world.values(&servers, "t", "read_uncommitted"), numbered(0, 500));
}

#[test]
fn a_record_that_is_too_large_names_the_property() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink(&servers, "t", &json!({"properties": {"max.request.size": "1000"}})).writer(context).unwrap();
    let error = write(writer.as_mut(), &bell, &"x".repeat(5000)).unwrap_err().to_string();
    assert!(error.contains("topic t") && error.contains("max.request.size"), "{error}");
}

#[test]
fn a_record_that_cannot_be_delivered_fails_the_task_with_its_topic() {
    let world = World::default();
    let (context, bell) = world.writer_context(0, 1);
    let properties = json!({"properties": {"delivery.timeout.ms": "200"}});
    let mut writer = sink("127.0.0.1:1", "lost", &properties).writer(context).unwrap();
    write(writer.as_mut(), &bell, "v").unwrap();
    let error = writer.flush(false).unwrap_err().to_string();
    assert!(error.starts_with("a record for topic lost was not stored"), "{error}");
    let errors = world.metrics.snapshot().into_iter().find(|m| m.name == "numRecordsSendErrors").unwrap();
    assert_eq!(errors.value, MetricValue::Counter(1));
}

#[test]
fn the_lag_is_measured() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink(&servers, "t", &json!({})).writer(context).unwrap();
    write_all(writer.as_mut(), &bell, (0..100).map(|i| format!("v{i}")));
    writer.flush(false).unwrap();
    let source = source(&servers, &json!({"topics": ["t"]}), &json!({}));
    let (mut reader, bell) = world.reader(source.as_ref(), 0, 1);
    let read = loop {
        match reader.poll(10).unwrap() {
            Poll::Batch(batch) => break batch.len(),
            _ => bell.wait(),
        }
    };
    let lag = world.metrics.snapshot().into_iter().find(|m| m.name == "pendingRecords").unwrap().value.as_f64();
    assert_eq!(lag as usize, 100 - read);
}

#[test]
fn a_writer_that_is_ready_for_a_barrier_takes_records_right_behind_it() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let sink = sink(&servers, "t", &json!({"delivery_guarantee": "exactly-once", "transactional_id_prefix": "p"}));
    let (context, bell) = world.writer_context(0, 1);
    let mut writer = sink.writer(context).unwrap();
    // After two barriers without records, transactions are opened only when one comes.
    for (barrier, records) in (1..).zip([1, 1, 0, 0, 0, 1, 1]) {
        write_all(writer.as_mut(), &bell, (0..records).map(|i| format!("v{i}")));
        while !writer.is_ready_for_barrier() {
            bell.wait();
        }
        writer.flush(false).unwrap();
        assert_eq!(writer.prepare_commit(barrier).unwrap().len(), records);
        writer.snapshot(barrier).unwrap();
        assert!(writer.has_capacity(), "after barrier {barrier}");
    }
    writer.close();
}

/// The mock has no DescribeTransactions: producer id and epoch come from librdkafka's statistics.
#[test]
fn exactly_once_copes_with_a_cluster_that_describes_no_transactions() {
    let (world, (_cluster, servers)) = (World::default(), cluster(&[("t", 1)]));
    let sink = sink(&servers, "t", &json!({"delivery_guarantee": "exactly-once", "transactional_id_prefix": "p"}));
    sink.preflight().unwrap();
    let (context, bell) = world.writer_context(0, 1);
    let mut committer = sink.committer(&context).unwrap().unwrap();
    let mut writer = sink.writer(context).unwrap();
    for checkpoint in 1..=3 {
        write_all(writer.as_mut(), &bell, (0..10).map(|i| format!("v{checkpoint}-{i}")));
        writer.flush(false).unwrap();
        let committables = writer.prepare_commit(checkpoint).unwrap();
        assert_eq!(committables.len(), 1);
        writer.snapshot(checkpoint).unwrap();
        committer.commit(&committables).unwrap();
    }
    writer.close();
    assert_eq!(world.values(&servers, "t", "read_uncommitted").len(), 30);
}
