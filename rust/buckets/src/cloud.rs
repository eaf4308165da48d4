//! Google Cloud Storage and Azure. Credentials come from Flink's keys or, left open there, from the environment.

use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use penstock_core::{Configuration, Result};

use crate::s3::{client, retries};
use crate::{Bucket, Explainer, OpenBucket};

const SERVICE_ACCOUNT_FILE: [&str; 2] =
    ["fs.gs.auth.service.account.json.keyfile", "gs.auth.service.account.json.keyfile"];
const AZURE_ACCOUNT_KEY: &str = "fs.azure.account.key.";

/// A folder in a Google bucket.
pub(crate) fn google(bucket: &Bucket, config: &Configuration) -> Result<OpenBucket> {
    let explainer = Explainer::new(bucket.display(), None, Vec::new());
    let mut builder = GoogleCloudStorageBuilder::from_env()
        .with_bucket_name(&bucket.name)
        .with_retry(retries())
        .with_client_options(client());
    if let Some(file) = SERVICE_ACCOUNT_FILE.iter().find_map(|key| config.get(key)) {
        builder = builder.with_service_account_path(file);
    }
    let store = builder.build().map_err(|e| explainer.error("the storage cannot be set up", &e))?;
    Ok(OpenBucket::new(store, bucket.path.clone(), explainer))
}

/// A folder in an Azure container (`abfs://container@account.dfs.core.windows.net/folder`).
pub(crate) fn azure(bucket: &Bucket, config: &Configuration) -> Result<OpenBucket> {
    let account = bucket.name.split('.').next().unwrap_or_default();
    let of_account =
        |key: &str| key.strip_prefix(AZURE_ACCOUNT_KEY).is_some_and(|host| host.split('.').next() == Some(account));
    let key = config.iter().find(|(key, _)| of_account(key)).map(|(_, value)| value.to_owned());
    let secrets = key.iter().cloned().chain(std::env::var("AZURE_STORAGE_ACCOUNT_KEY").ok()).collect();
    let explainer = Explainer::new(bucket.display(), None, secrets);
    let mut builder = MicrosoftAzureBuilder::from_env()
        .with_url(location(bucket))
        .with_retry(retries())
        .with_client_options(client());
    if let Some(key) = key {
        builder = builder.with_account(account).with_access_key(key);
    }
    let store = builder.build().map_err(|e| explainer.error("the storage cannot be set up", &e))?;
    Ok(OpenBucket::new(store, bucket.path.clone(), explainer))
}

/// The URL in the spelling that the client library reads.
fn location(bucket: &Bucket) -> String {
    let url = bucket.url.as_str();
    match url.split_once("://") {
        Some(("wasb" | "wasbs", rest)) => format!("abfss://{}", rest.replacen(".blob.", ".dfs.", 1)),
        _ => url.to_owned(),
    }
}
