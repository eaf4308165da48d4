//! The REST API of running jobs: the same keys and types as Flink's recorded answers, and Flink's calls.

use std::path::Path;

use penstock_cluster::{JobHandle, JobResult, JobStatus};
use serde_json::{Value, json};

use crate::http::{call, done, get, send};
use crate::support::*;

const ENDLESS: i64 = i64::MAX - 1;

fn running(entries: &[(&str, &str)]) -> JobHandle {
    let mut config = config(entries);
    config.set("rest.bind-port", "0");
    let job = start(counting(ENDLESS, 2, &discard()), &config, &Switches::default());
    until(&job, "records", || job.progress().records_out > 1000 && job.all_tasks_run());
    job
}

fn recorded(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rest_captures").join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Where two answers differ in keys or types. What is `null` in one may be anything in the other.
fn differences(ours: &Value, flinks: &Value, at: &str, found: &mut Vec<String>) {
    match (ours, flinks) {
        (Value::Null, _) | (_, Value::Null) => {}
        // The user's own keys.
        _ if at.ends_with("/user-config") => {}
        (Value::Object(_), Value::Object(flinks)) if at.ends_with("/tasks") && flinks.keys().any(|k| k.len() == 32) => {
            // By vertex.
            let ours = ours.as_object().unwrap();
            let first = (ours.values().next().expect("a vertex"), flinks.values().next().unwrap());
            differences(first.0, first.1, &format!("{at}/*"), found);
        }
        (Value::Object(ours), Value::Object(flinks)) => {
            found.extend(ours.keys().filter(|k| !flinks.contains_key(*k)).map(|k| format!("{at}/{k} is not Flink's")));
            for (key, value) in flinks {
                match ours.get(key) {
                    Some(own) => differences(own, value, &format!("{at}/{key}"), found),
                    // Only vertices that read have it.
                    None if key == "inputs" => {}
                    None => found.push(format!("{at}/{key} is missing")),
                }
            }
        }
        (Value::Array(ours), Value::Array(flinks)) => {
            if let (Some(own), Some(theirs)) = (ours.first(), flinks.first()) {
                differences(own, theirs, &format!("{at}/0"), found);
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_)) => {}
        _ => found.push(format!("{at}: {ours} where Flink has {flinks}")),
    }
}

fn assert_like(ours: &Value, name: &str) {
    let mut found = Vec::new();
    differences(ours, &recorded(name), "", &mut found);
    assert!(found.is_empty(), "{name}: {found:#?}\n{ours:#}");
}

/// The statistics without what is in progress, which has fewer keys.
fn completed_only(mut statistics: Value) -> Value {
    statistics["history"].as_array_mut().unwrap().retain(|checkpoint| checkpoint["status"] == "COMPLETED");
    statistics
}

#[test]
fn answers_have_the_keys_and_types_of_flinks() {
    let (checkpoints, savepoints) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let job = running(&[
        ("execution.checkpointing.interval", "10 ms"),
        ("execution.checkpointing.dir", checkpoints.path().to_str().unwrap()),
        ("execution.checkpointing.savepoint-dir", savepoints.path().to_str().unwrap()),
        ("pipeline.global-job-parameters", "color:red,password:hush"),
    ]);
    let id = job.job_id();
    until(&job, "a checkpoint", || checkpoint(&job) > 0);
    let of_job = |path: &str| get(&format!("/jobs/{id}{path}"));

    let (status, begun) = call("POST", &format!("/jobs/{id}/savepoints"), "{}");
    assert_eq!(status, 202);
    assert_like(&begun, "POST_jobs_jobid_savepoints");
    let trigger = begun["request-id"].as_str().unwrap().to_owned();
    let location = done(&format!("/jobs/{id}/savepoints/{trigger}"));
    assert_like(
        &json!({"status": {"id": "COMPLETED"}, "operation": location}),
        "GET_jobs_jobid_savepoints_triggerid_DONE",
    );

    for (ours, name) in [
        (get("/config"), "GET_config"),
        (get("/overview"), "GET_overview"),
        (get("/jobs"), "GET_jobs"),
        (get("/jobs/overview"), "GET_jobs_overview"),
        (of_job(""), "GET_jobs_jobid"),
        (of_job("/status"), "GET_jobs_jobid_status"),
        (of_job("/config"), "GET_jobs_jobid_config"),
        (of_job("/plan"), "GET_jobs_jobid_plan"),
        (of_job("/exceptions"), "GET_jobs_jobid_exceptions"),
        (completed_only(of_job("/checkpoints")), "GET_jobs_jobid_checkpoints"),
        (of_job("/checkpoints/config"), "GET_jobs_jobid_checkpoints_config"),
    ] {
        assert_like(&ours, name);
    }
    let statistics = of_job("/checkpoints");
    assert_eq!(statistics["latest"]["savepoint"]["savepointFormat"], "CANONICAL");
    assert_eq!(statistics["latest"]["savepoint"]["external_path"], location["location"]);
    let number = statistics["latest"]["completed"]["id"].as_u64().unwrap();
    assert_like(&of_job(&format!("/checkpoints/details/{number}")), "GET_jobs_jobid_checkpoints_details_checkpointid");
    let details = of_job("");
    assert_eq!((details["state"].as_str(), details["vertices"].as_array().map(Vec::len)), (Some("RUNNING"), Some(2)));
    assert!(details["vertices"][1]["metrics"]["read-records"].as_u64() > Some(0));
    assert_eq!(of_job("/config")["execution-config"]["user-config"]["password"], "******");
    assert_eq!(get(&format!("/v1/jobs/{id}/status"))["status"], "RUNNING");

    let (status, canceled) = call("PATCH", &format!("/jobs/{id}?mode=cancel"), "");
    assert_eq!(status, 202);
    assert_like(&canceled, "PATCH_jobs_jobid_mode_cancel");
    assert!(matches!(wait(&job), JobResult::Canceled));
    assert_like(&of_job(""), "GET_jobs_jobid_CANCELED");
    assert_eq!(of_job("/status")["status"], "CANCELED");
    let (status, answer) = call("PATCH", &format!("/jobs/{id}"), "");
    assert!(status == 409 && answer["errors"][0].as_str().unwrap().contains("terminal state"), "{answer}");
}

#[test]
fn a_job_is_stopped_and_its_savepoint_disposed_of() {
    let savepoints = tempfile::tempdir().unwrap();
    let job = running(&[]);
    let id = job.job_id();
    let (status, refused) = call("POST", &format!("/jobs/{id}/stop"), "");
    assert_eq!(status, 400);
    let expected =
        "Config key [execution.checkpointing.savepoint-dir] is not set. Property [targetDirectory] must be provided.";
    assert_eq!(refused["errors"][0], expected);

    let trigger = "0123456789abcdef0123456789abcdef";
    let body = json!({"targetDirectory": savepoints.path(), "drain": false, "triggerId": trigger}).to_string();
    for _ in 0..2 {
        let (status, begun) = call("POST", &format!("/jobs/{id}/stop"), &body);
        assert_eq!((status, begun["request-id"].as_str()), (202, Some(trigger)), "asking twice is asking once");
    }
    let location = done(&format!("/jobs/{id}/savepoints/{trigger}"))["location"].as_str().unwrap().to_owned();
    assert_eq!(job.status(), JobStatus::Finished);

    let dispose = |path: &str| {
        let (status, begun) = call("POST", "/savepoint-disposal", &json!({"savepoint-path": path}).to_string());
        assert_eq!(status, 202, "{begun}");
        done(&format!("/savepoint-disposal/{}", begun["request-id"].as_str().unwrap()))
    };
    assert_eq!(dispose(&location), json!({}));
    assert_eq!(std::fs::read_dir(savepoints.path()).unwrap().count(), 0);
    let again = dispose(&location);
    assert!(again["failure-cause"]["stack-trace"].as_str().unwrap().contains("no checkpoint at"), "{again}");
    let bystander = savepoints.path().join("precious");
    std::fs::create_dir(&bystander).unwrap();
    dispose(bystander.to_str().unwrap());
    assert!(bystander.exists(), "only savepoints are removed");

    let job = running(&[]);
    let body = json!({"target-directory": savepoints.path(), "cancel-job": true}).to_string();
    let (_, begun) = call("POST", &format!("/jobs/{}/savepoints", job.job_id()), &body);
    let path = format!("/jobs/{}/savepoints/{}", job.job_id(), begun["request-id"].as_str().unwrap());
    let location = done(&path)["location"].as_str().unwrap().to_owned();
    assert_eq!(job.status(), JobStatus::Canceled);
    let beside = Path::new(location.strip_prefix("file://").unwrap()).join("notes.txt");
    std::fs::write(&beside, "mine").unwrap();
    assert_eq!(dispose(&location), json!({}));
    let left: Vec<_> = std::fs::read_dir(beside.parent().unwrap()).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left, [beside], "what the user has put beside it stays");
}

#[test]
fn a_checkpoint_is_triggered() {
    let job = running(&[]);
    let id = job.job_id();
    let (status, begun) = call("POST", &format!("/jobs/{id}/checkpoints"), r#"{"checkpointType": "FULL"}"#);
    assert_eq!(status, 202);
    let result = done(&format!("/jobs/{id}/checkpoints/{}", begun["request-id"].as_str().unwrap()));
    assert_eq!(result, json!({"checkpointId": 1, "failureCause": null}));
    job.cancel();
    wait(&job);
    let (_, late) = call("POST", &format!("/jobs/{id}/checkpoints"), "");
    let result = done(&format!("/jobs/{id}/checkpoints/{}", late["request-id"].as_str().unwrap()));
    assert!(result["failureCause"]["stack-trace"].as_str().unwrap().contains("CANCELED"), "a failure is completed too");
}

#[test]
fn failures_are_shown() {
    let switches = Switches::default();
    switches.fail.store(true, std::sync::atomic::Ordering::SeqCst);
    let job = start(counting(9, 1, &discard()), &config(&[("rest.bind-port", "0")]), &switches);
    assert!(matches!(wait(&job), JobResult::Failed(_)));
    let history = &get(&format!("/jobs/{}/exceptions", job.job_id()))["exceptionHistory"];
    let entry = &history["entries"][0];
    assert!(entry["stacktrace"].as_str().unwrap().starts_with("Traceback"), "{entry}");
    assert!(entry["taskName"].as_str().unwrap().contains("count"), "{entry}");
    let none = &get(&format!("/jobs/{}/exceptions?maxExceptions=0", job.job_id()))["exceptionHistory"];
    assert_eq!(*none, json!({"entries": [], "truncated": true}));
}

#[test]
fn wrong_requests_are_answered_with_errors() {
    let job = running(&[]);
    let id = job.job_id();
    let unknown = "0".repeat(32);
    let (_, answer) = call("GET", &format!("/jobs/{unknown}"), "");
    assert_like(&answer, "GET_unknown_job");
    let long = "x".repeat(100_000);
    for (method, path, body, expected) in [
        ("GET", format!("/jobs/{unknown}"), "", 404),
        ("GET", "/jobs/hello".to_owned(), "", 400),
        ("GET", "/nosuch".to_owned(), "", 404),
        ("GET", format!("/jobs/{id}/savepoints/{unknown}"), "", 404),
        ("GET", format!("/jobs/{id}/savepoints/..%2f"), "", 400),
        ("GET", format!("/jobs/{id}/checkpoints/details/77777"), "", 404),
        ("POST", format!("/jobs/{id}/savepoints"), "{\"target\": 1}", 400),
        ("POST", format!("/jobs/{id}/savepoints"), "{", 400),
        ("POST", format!("/jobs/{id}/savepoints"), "{\"formatType\": \"PARQUET\"}", 400),
        ("POST", format!("/jobs/{id}/checkpoints"), "{\"checkpointType\": \"INCREMENTAL\"}", 400),
        ("POST", "/savepoint-disposal".to_owned(), "{}", 400),
        ("PATCH", format!("/jobs/{id}?mode=stop"), "", 410),
        ("PATCH", format!("/jobs/{id}/rescaling?parallelism=2"), "", 503),
    ] {
        let (status, answer) = call(method, &path, body);
        assert_eq!(status, expected, "{method} {path} {body}: {answer}");
        assert!(answer["errors"][0].is_string(), "{answer}");
    }
    let (status, _) = send("POST", &format!("/jobs/{id}/stop"), &[], &long);
    assert_eq!(status, 413, "bodies are bounded");
    for foreign in ["Origin: https://evil.example", "Host: evil.example"] {
        assert_eq!(send("PATCH", &format!("/jobs/{id}"), &[foreign], "").0, 403, "{foreign}");
    }
    assert_eq!(job.status(), JobStatus::Running);
    job.cancel();
    wait(&job);
}
