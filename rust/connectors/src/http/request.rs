//! One request, tried again until it is taken.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use penstock_core::{Error, Result};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode, Url};

use super::body;
use super::options::{BatchFormat, SinkOptions};
use crate::batching::Destination;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How much of a refusal is shown.
const SHOWN: usize = 500;

/// Where requests go.
pub(super) struct Endpoint {
    client: Client,
    method: Method,
    url: Url,
    headers: HeaderMap,
    format: BatchFormat,
    max_retries: u32,
    /// `POST http://host/path`, without what may be secret in the URL.
    shown: String,
}

/// What came of a request.
enum Attempt {
    Stored,
    /// Another one may fare better, after this long where the server said so.
    Again {
        why: String,
        after: Option<Duration>,
    },
    Refused(String),
}

impl Endpoint {
    pub(super) fn new(options: &SinkOptions) -> Result<Self> {
        let url = Url::parse(&options.url).map_err(|e| Error::invalid(format!("the URL of an HTTP sink: {e}")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Error::invalid(format!("the URL of an HTTP sink begins with {}:", url.scheme())));
        }
        let method = match options.method.as_str() {
            "POST" => Method::POST,
            "PUT" => Method::PUT,
            "PATCH" => Method::PATCH,
            other => return Err(Error::invalid(format!("an HTTP sink sends POST, PUT or PATCH, not {other}"))),
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(body::content_type(options.format)));
        for (name, value) in &options.headers {
            // The value may be secret.
            let wrong = || Error::invalid(format!("the header '{name}' of an HTTP sink is not valid"));
            let (key, mut value) = (
                HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?,
                HeaderValue::from_str(value).map_err(|_| wrong())?,
            );
            value.set_sensitive(true);
            headers.insert(key, value);
        }
        let timeout = Duration::from_millis(options.request_timeout_ms);
        let client = Client::builder().timeout(timeout).user_agent(concat!("penstock/", env!("CARGO_PKG_VERSION")));
        let client = client.build().map_err(|e| Error::external(format!("no HTTP client could be made: {e}")))?;
        let shown = format!(
            "{method} {}://{}{}{}",
            url.scheme(),
            url.host_str().unwrap_or_default(),
            url.port().map(|port| format!(":{port}")).unwrap_or_default(),
            url.path()
        );
        Ok(Self { client, method, url, headers, format: options.format, max_retries: options.max_retries, shown })
    }

    async fn attempt(&self, body: Bytes) -> Attempt {
        let request = self.client.request(self.method.clone(), self.url.clone()).headers(self.headers.clone());
        match request.body(body).send().await {
            Ok(response) => judge(response).await,
            Err(error) => Attempt::Again { why: reason(error), after: None },
        }
    }
}

/// An error with what caused it, without the URL.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

async fn judge(mut response: Response) -> Attempt {
    let status = response.status();
    if status.is_success() {
        // Read to its end, so that the connection can be used again.
        while let Ok(Some(_)) = response.chunk().await {}
        return Attempt::Stored;
    }
    let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let after = after.map(Duration::from_secs);
    let mut text = Vec::new();
    while text.len() < SHOWN {
        match response.chunk().await {
            Ok(Some(chunk)) => text.extend_from_slice(&chunk),
            _ => break,
        }
    }
    text.truncate(SHOWN);
    let why = format!("{status} {}", String::from_utf8_lossy(&text).trim());
    if may_be_taken_later(status) { Attempt::Again { why, after } } else { Attempt::Refused(why) }
}

fn may_be_taken_later(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS)
}

#[async_trait]
impl Destination for std::sync::Arc<Endpoint> {
    type Record = Vec<u8>;

    async fn send(&self, batch: &[Vec<u8>]) -> Result<()> {
        let body = body::of(self.format, batch);
        let (mut tries, mut pause) = (0, FIRST_PAUSE);
        loop {
            let (why, after) = match self.attempt(body.clone()).await {
                Attempt::Stored => return Ok(()),
                Attempt::Refused(why) => {
                    return Err(Error::invalid(format!(
                        "{} did not take {} records: {}",
                        self.shown,
                        batch.len(),
                        why.trim()
                    )));
                }
                Attempt::Again { why, after } => (why, after),
            };
            if tries == self.max_retries {
                return Err(Error::external(format!("{} failed {} times: {}", self.shown, tries + 1, why.trim())));
            }
            tries += 1;
            let pause_now = after.unwrap_or(pause).min(LONGEST_PAUSE);
            tracing::warn!(
                "{} failed and is tried again in {:.1} s: {}",
                self.shown,
                pause_now.as_secs_f64(),
                why.trim()
            );
            tokio::time::sleep(pause_now).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
