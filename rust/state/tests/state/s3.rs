//! What users see when S3 is not what the configuration says.

use std::time::{Duration, Instant};

use penstock_core::{Configuration, Error};
use penstock_state::{CheckpointMetadata, CheckpointStorage};

use crate::fake_s3::serve;
use crate::snapshots::block_on;

const SECRET: &str = "do-not-show-this-secret";

fn storage(endpoint: &str) -> CheckpointStorage {
    let entries = [
        ("execution.checkpointing.dir", "s3://bucket/checkpoints"),
        ("s3.endpoint", endpoint),
        ("s3.access-key", "the-access-key"),
        ("fs.s3a.secret.key", SECRET),
        ("s3.path.style.access", "true"),
    ];
    let config: Configuration = entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    CheckpointStorage::from_config(&config).expect("complete settings")
}

async fn refused(endpoint: &str) -> String {
    let error = storage(endpoint).check_writable().await.expect_err("refused");
    assert!(matches!(error, Error::Invalid(_)));
    let text = error.to_string();
    assert!(text.starts_with("execution.checkpointing.dir: cannot write .probe-"), "{text}");
    assert!(!text.contains(SECRET), "{text}");
    text
}

#[test]
fn an_unknown_key_names_the_setting() {
    let text = block_on(async {
        let body = "<?xml version=\"1.0\"?><Error><Code>InvalidAccessKeyId</Code><Message>No such key.</Message>\
                    <AWSAccessKeyId>the-access-key</AWSAccessKeyId></Error>";
        refused(&serve(move |_| ("403 Forbidden", body)).await).await
    });
    assert!(text.contains("InvalidAccessKeyId: No such key.") && text.contains("check s3.access-key"), "{text}");
}

#[test]
fn a_wrong_secret_names_the_setting_and_is_not_quoted() {
    let text = block_on(async {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>You signed with do-not-show-this-secret.</Message></Error>";
        refused(&serve(move |_| ("403 Forbidden", body)).await).await
    });
    assert!(text.contains("check s3.secret-key"), "{text}");
}

#[test]
fn a_missing_bucket_is_named() {
    let text = block_on(async {
        let body = "<Error><Code>NoSuchBucket</Code><Message>The bucket is not there.</Message></Error>";
        refused(&serve(move |_| ("404 Not Found", body)).await).await
    });
    assert!(text.contains("create the bucket"), "{text}");
}

#[test]
fn an_unreachable_server_fails_within_seconds() {
    let begin = Instant::now();
    let text = block_on(refused("http://127.0.0.1:1"));
    assert!(text.contains("http://127.0.0.1:1 cannot be reached") && text.ends_with("check s3.endpoint"), "{text}");
    assert!(begin.elapsed() < Duration::from_secs(25), "{:?}", begin.elapsed());
}

#[test]
fn a_server_without_conditional_writes_is_used_all_the_same() {
    block_on(async {
        let not_implemented =
            "<Error><Code>NotImplemented</Code><Message>If-None-Match is not implemented</Message></Error>";
        let endpoint = serve(move |request| match request.method.as_str() {
            "PUT" if request.conditional => ("501 Not Implemented", not_implemented),
            "PUT" => ("200 OK", ""),
            "DELETE" => ("204 No Content", ""),
            _ => ("404 Not Found", ""),
        })
        .await;
        let storage = storage(&endpoint);
        storage.check_writable().await.expect("writable");
        let job_id = "0".repeat(32);
        let folder = storage.for_job(&job_id).expect("a job id").checkpoint(1);
        let metadata = CheckpointMetadata {
            format_version: 3,
            job_id,
            job_name: "a".into(),
            checkpoint_id: 1,
            timestamp: 0,
            is_savepoint: false,
            operators: vec![],
            earlier_jobs: vec![],
        };
        folder.write_metadata(&metadata).await.expect("written");
    });
}
