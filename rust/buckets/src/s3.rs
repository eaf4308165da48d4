//! S3 and what speaks its protocol, configured by Flink's keys in their usual spellings; what they leave open comes from
//! the environment (`AWS_*`).

use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use penstock_core::{Configuration, Error, Result};

use crate::{Bucket, Explainer, OpenBucket};

/// Prefixes under which a key may stand; an earlier one wins.
const PREFIXES: [&str; 8] = ["s3.", "s3a.", "s3p.", "fs.s3a.", "fs.s3p.", "fs.s3.", "presto.s3.", "hive.s3."];

/// Settings as far as they were given.
#[derive(Default)]
struct Settings {
    endpoint: Option<String>,
    region: Option<String>,
    access_key: Option<String>,
    secret_key: Option<String>,
    session_token: Option<String>,
    /// Unset: path style, which every server understands.
    path_style: Option<bool>,
    ssl: Option<bool>,
    anonymous: bool,
}

impl Settings {
    fn read(config: &Configuration, env: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let from_env = |names: &[&str]| names.iter().find_map(|name| env(name)).filter(|value| !value.is_empty());
        let settings = Self {
            endpoint: text(config, &["endpoint"])
                .or_else(|| from_env(&["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"])),
            region: text(config, &["endpoint.region", "region"])
                .or_else(|| from_env(&["AWS_REGION", "AWS_DEFAULT_REGION"])),
            access_key: text(config, &["access.key", "access.key.id"]),
            secret_key: text(config, &["secret.key", "secret.access.key"]),
            session_token: text(config, &["session.token"]),
            path_style: flag(config, "path.style.access")?,
            ssl: flag(config, "connection.ssl.enabled")?.or(flag(config, "ssl.enabled")?),
            anonymous: text(config, &["aws.credentials.provider"]).is_some_and(|class| class.contains("Anonymous")),
        };
        match (&settings.access_key, &settings.secret_key) {
            (Some(_), None) => {
                Err(Error::invalid("s3.access-key is set and s3.secret-key is not; set both or neither"))
            }
            (None, Some(_)) => {
                Err(Error::invalid("s3.secret-key is set and s3.access-key is not; set both or neither"))
            }
            _ => Ok(settings),
        }
    }

    /// The endpoint with its scheme, and with the bucket in front of the host where that is asked for.
    fn endpoint_url(&self, bucket: &str) -> Option<String> {
        let endpoint = self.endpoint.as_deref()?.trim_end_matches('/');
        let default = if self.ssl == Some(false) { "http" } else { "https" };
        let (scheme, host) = endpoint.split_once("://").unwrap_or((default, endpoint));
        Some(if self.path_style == Some(false) {
            format!("{scheme}://{bucket}.{host}")
        } else {
            format!("{scheme}://{host}")
        })
    }

    /// Credentials of the configuration are taken whole: those of the environment belong to another account.
    fn builder(&self) -> AmazonS3Builder {
        match (&self.access_key, &self.secret_key) {
            (Some(access), Some(secret)) => {
                let builder = AmazonS3Builder::new().with_access_key_id(access).with_secret_access_key(secret);
                self.session_token.iter().fold(builder, AmazonS3Builder::with_token)
            }
            _ => AmazonS3Builder::from_env(),
        }
    }

    fn secrets(&self, env: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let given = [&self.access_key, &self.secret_key, &self.session_token].into_iter().flatten().cloned();
        given.chain(["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].iter().filter_map(|name| env(name))).collect()
    }
}

/// The key under which a setting stands, with its value. `.`, `-` and `_` between words are one and the same.
fn find<'a>(config: &'a Configuration, names: &[&str]) -> Option<(&'a str, &'a str)> {
    let plain = |key: &str| key.replace(['-', '_'], ".");
    PREFIXES.iter().find_map(|prefix| {
        names.iter().find_map(|name| {
            config.iter().find(|(key, _)| key.strip_prefix(prefix).is_some_and(|rest| plain(rest) == *name))
        })
    })
}

fn text(config: &Configuration, names: &[&str]) -> Option<String> {
    find(config, names).map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn flag(config: &Configuration, name: &str) -> Result<Option<bool>> {
    match find(config, &[name]).map(|(key, value)| (key, value.trim().to_ascii_lowercase())) {
        None => Ok(None),
        Some((_, value)) if value == "true" => Ok(Some(true)),
        Some((_, value)) if value == "false" => Ok(Some(false)),
        Some((key, value)) => Err(Error::invalid(format!("{key}: '{value}' is not a boolean: true or false"))),
    }
}

/// Retries that ride out a hiccup; what lasts longer fails the checkpoint, whose next attempt comes anyway.
pub(crate) fn retries() -> RetryConfig {
    let backoff =
        BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2.0 };
    RetryConfig { backoff, max_retries: 4, retry_timeout: Duration::from_secs(10) }
}

/// A server that does not answer is given up within seconds.
pub(crate) fn client() -> ClientOptions {
    ClientOptions::new().with_connect_timeout(Duration::from_secs(3)).with_timeout(Duration::from_secs(30))
}

/// A folder in a bucket.
pub(crate) fn open(bucket: &Bucket, config: &Configuration) -> Result<OpenBucket> {
    let env = |name: &str| std::env::var(name).ok();
    let settings = Settings::read(config, &env)?;
    let endpoint = settings.endpoint_url(&bucket.name);
    let explainer = Explainer::new(bucket.display(), endpoint.clone(), settings.secrets(&env));
    let mut builder =
        settings.builder().with_bucket_name(&bucket.name).with_retry(retries()).with_client_options(client());
    if let Some(endpoint) = endpoint {
        builder = builder.with_allow_http(endpoint.starts_with("http://")).with_endpoint(endpoint);
    }
    builder = builder.with_virtual_hosted_style_request(settings.path_style == Some(false));
    builder = builder.with_region(settings.region.as_deref().unwrap_or("us-east-1"));
    if settings.anonymous {
        builder = builder.with_skip_signature(true);
    }
    let store = builder.build().map_err(|e| explainer.error("the storage cannot be set up", &e))?;
    Ok(OpenBucket::new(store, bucket.path.clone(), explainer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(entries: &[(&str, &str)], env: &[(&str, &str)]) -> Result<Settings> {
        let config = entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Settings::read(&config, &|name| env.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn all_spellings_mean_the_same() {
        for prefix in PREFIXES {
            for (access, secret, style) in
                [("access-key", "secret-key", "path.style.access"), ("access.key", "secret.key", "path-style-access")]
            {
                let keys = [access, secret, style].map(|key| format!("{prefix}{key}"));
                let read = settings(&[(&keys[0], "id"), (&keys[1], "key"), (&keys[2], "true")], &[]).expect("complete");
                assert_eq!(
                    (read.access_key.as_deref(), read.secret_key.as_deref(), read.path_style),
                    (Some("id"), Some("key"), Some(true)),
                    "{keys:?}"
                );
            }
        }
    }

    #[test]
    fn the_shorter_spelling_wins_and_the_environment_comes_last() {
        let both = [("fs.s3a.endpoint", "http://b"), ("s3.endpoint", "http://a")];
        assert_eq!(
            settings(&both, &[("AWS_ENDPOINT_URL", "http://c")]).expect("read").endpoint.as_deref(),
            Some("http://a")
        );
        let read = settings(&[], &[("AWS_ENDPOINT_URL", "http://c"), ("AWS_REGION", "eu-west-1")]).expect("read");
        assert_eq!((read.endpoint.as_deref(), read.region.as_deref()), (Some("http://c"), Some("eu-west-1")));
    }

    #[test]
    fn endpoints_get_their_scheme_and_host() {
        let url = |entries: &[(&str, &str)]| {
            settings(entries, &[]).expect("read").endpoint_url("bucket").expect("an endpoint")
        };
        assert_eq!(url(&[("s3.endpoint", "minio:9000")]), "https://minio:9000");
        assert_eq!(url(&[("s3.endpoint", "minio:9000"), ("s3.connection.ssl.enabled", "false")]), "http://minio:9000");
        assert_eq!(url(&[("s3.endpoint", "http://minio:9000/")]), "http://minio:9000");
        assert_eq!(url(&[("s3.endpoint", "https://s3.eu"), ("s3.path.style.access", "false")]), "https://bucket.s3.eu");
        assert_eq!(settings(&[], &[]).expect("read").endpoint_url("bucket"), None);
    }

    #[test]
    fn half_a_pair_of_keys_and_nonsense_are_refused() {
        assert!(
            settings(&[("s3.access-key", "id")], &[]).err().expect("half").to_string().contains("s3.secret-key is not")
        );
        assert!(
            settings(&[("fs.s3a.secret.key", "x")], &[])
                .err()
                .expect("half")
                .to_string()
                .contains("s3.access-key is not")
        );
        let error = settings(&[("s3.path-style-access", "yes")], &[]).err().expect("no boolean").to_string();
        assert_eq!(error, "s3.path-style-access: 'yes' is not a boolean: true or false");
    }
}
