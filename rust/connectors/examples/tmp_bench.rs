#[path = "../tests/support/mod.rs"]
mod support;
use arrow_array::Array;
use arrow_array::cast::AsArray;
use penstock_core::sink::SinkRecord;
use penstock_core::source::Poll;
use serde_json::json;
use std::time::Instant;
use support::*;

fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn rss() -> String {
    std::fs::read_to_string("/proc/self/status").unwrap().lines().find(|l| l.starts_with("VmHWM")).unwrap().to_owned()
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let b = std::env::var("PENSTOCK_TEST_KAFKA").unwrap();
    let world = World::default();
    let n: usize = args.get(3).map_or(1_000_000, |s| s.parse().unwrap());
    match args[1].as_str() {
        "txn" => {
            let topic = create_topic(&b, 1);
            let sink =
                sink(&b, &topic, &json!({"delivery_guarantee": "exactly-once", "transactional_id_prefix": topic}));
            let t = Instant::now();
            sink.preflight().unwrap();
            println!("preflight {:?}", t.elapsed());
            let (context, bell) = world.writer_context(0, 1);
            let t = Instant::now();
            let mut w = sink.writer(context.clone()).unwrap();
            println!("start {:?}", t.elapsed());
            let mut c = sink.committer(&context).unwrap().unwrap();
            let c0 = cpu();
            for cp in 1..=10u64 {
                write_all(w.as_mut(), &bell, (0..100).map(|i| format!("v{i}")));
                let t0 = Instant::now();
                w.flush(false).unwrap();
                let t1 = Instant::now();
                let p = w.prepare_commit(cp).unwrap();
                let t2 = Instant::now();
                w.snapshot(cp).unwrap();
                let t3 = Instant::now();
                c.commit(&p).unwrap();
                let t4 = Instant::now();
                println!("flush {:?} prepare {:?} snapshot {:?} commit {:?}", t1 - t0, t2 - t1, t3 - t2, t4 - t3);
                std::thread::sleep(std::time::Duration::from_millis(1000));
            }
            println!("cpu {}", cpu() - c0);
        }
        "tls" => {
            let topic = unique("tls");
            for (ident, want) in [(true, true), (false, false)] {
                let mut props = json!({"security.protocol": "SSL", "ssl.truststore.type": "PEM", "ssl.truststore.location": "/tmp/pen/tls/ca.pem"});
                if ident { props["ssl.keystore.type"] = json!("PEM"); props["ssl.keystore.location"] = json!("/tmp/pen/tls/client.both.pem"); }
                let sink = sink(&b, &topic, &json!({"delivery_guarantee": "exactly-once", "transactional_id_prefix": topic, "properties": props}));
                let pre = sink.preflight();
                println!("preflight {pre:?}");
                assert_eq!(pre.is_ok(), want);
                if !want { continue }
                let (context, bell) = world.writer_context(0, 1);
                let mut w = sink.writer(context.clone()).unwrap();
                let mut c = sink.committer(&context).unwrap().unwrap();
                write_all(w.as_mut(), &bell, (0..100).map(|i| format!("v{i}")));
                w.flush(false).unwrap();
                c.commit(&w.prepare_commit(1).unwrap()).unwrap();
                let more = json!({"properties": props, "stopping_offsets": {"kind": "latest"}, "bounded": true});
                println!("{}", world.read_all(source(&b, &json!({"topics": [topic]}), &more).as_ref()).into_values().flatten().count());
            }
        }
        "produce" => {
            let sink = sink(&b, &args[2], &json!({}));
            let (context, bell) = world.writer_context(0, 1);
            let mut w = sink.writer(context).unwrap();
            let v = vec![b'x'; 100];
            let (t, c) = (Instant::now(), cpu());
            for _ in 0..n {
                while !w.has_capacity() {
                    bell.wait();
                }
                w.write(&SinkRecord { value: Some(&v), ..SinkRecord::default() }).unwrap();
            }
            w.flush(true).unwrap();
            println!(
                "produce {} /s, cpu {:.2} s per M; {}",
                (n as f64 / t.elapsed().as_secs_f64()) as u64,
                (cpu() - c) * 1e6 / n as f64,
                rss()
            );
        }
        "read" | "copy" => {
            let source = bounded(&b, &args[2], "read_uncommitted");
            let sink = sink(&b, &format!("{}-out", args[2]), &json!({}));
            let (mut reader, bell) = world.reader(source.as_ref(), 0, 1);
            let (context, wbell) = world.writer_context(0, 1);
            let mut w = (args[1] == "copy").then(|| sink.writer(context).unwrap());
            let (t, c) = (Instant::now(), cpu());
            let (mut total, mut batches, mut pend) = (0usize, 0, 0);
            let mut text = String::new();
            loop {
                match reader.poll(1024).unwrap() {
                    Poll::Batch(batch) => {
                        batches += 1;
                        total += batch.len();
                        if let Some(w) = &mut w {
                            let values = batch.values.as_binary::<i32>();
                            for i in 0..values.len() {
                                while !w.has_capacity() {
                                    wbell.wait();
                                }
                                use std::fmt::Write;
                                text.clear();
                                write!(text, "{}", values.value(i).len()).unwrap();
                                let ts = batch.timestamps.as_ref().unwrap()[i];
                                w.write(&SinkRecord {
                                    value: Some(text.as_bytes()),
                                    timestamp: Some(ts),
                                    ..SinkRecord::default()
                                })
                                .unwrap();
                            }
                        }
                    }
                    Poll::SplitFinished(_) => {}
                    Poll::Pending => {
                        pend += 1;
                        bell.wait()
                    }
                    Poll::Finished => break,
                }
            }
            if let Some(w) = &mut w {
                w.flush(true).unwrap();
            }
            println!(
                "{} {total} {} /s, cpu {:.2} s per M; batches {batches} pending {pend}; {}",
                args[1],
                (total as f64 / t.elapsed().as_secs_f64()) as u64,
                (cpu() - c) * 1e6 / total as f64,
                rss()
            );
        }
        _ => {}
    }
}
