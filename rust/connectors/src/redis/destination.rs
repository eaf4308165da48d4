//! The server: a connection, and pipelines that are sent again until they are taken.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use penstock_core::{Error, Result};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, IntoConnectionInfo, Pipeline, RedisError, ServerErrorKind};
use tokio::sync::Mutex;
use tokio::time::sleep;

use super::options::SinkOptions;
use crate::batching::Destination;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A Redis server.
pub(super) struct Server {
    client: Client,
    timeouts: AsyncConnectionConfig,
    max_retries: u32,
    /// `host:port/database`, for messages.
    shown: String,
}

/// The connection of one subtask.
pub(super) struct Connection {
    server: Arc<Server>,
    open: Mutex<Option<MultiplexedConnection>>,
}

impl Server {
    pub(super) fn new(options: &SinkOptions) -> Result<Self> {
        // The URL may hold a password: nothing of it is repeated.
        let wrong = |why: &str| {
            Error::invalid(format!(
                "the URL of a Redis sink {why}; write it as redis://host:6379/0 (with TLS, rediss://)"
            ))
        };
        let mut url = url::Url::parse(options.url.trim()).map_err(|e| wrong(&format!("is not valid ({e})")))?;
        if !matches!(url.scheme(), "redis" | "rediss") {
            return Err(wrong(&format!("begins with {}:", url.scheme())));
        }
        let login = [(&options.username, true), (&options.password, false)];
        for (value, is_name) in login.into_iter().filter_map(|(value, is_name)| Some((value.as_deref()?, is_name))) {
            let set = if is_name { url.set_username(value) } else { url.set_password(Some(value)) };
            set.map_err(|()| wrong("has no host"))?;
        }
        let shown = format!(
            "{}:{}{}",
            url.host_str().unwrap_or("localhost"),
            url.port().unwrap_or(6379),
            url.path().trim_end_matches('/')
        );
        let info = url.into_connection_info().map_err(|_| wrong("is not understood"))?;
        let client = Client::open(info).map_err(|_| wrong("is not understood"))?;
        let timeout = Some(Duration::from_millis(options.timeout_ms));
        let timeouts = AsyncConnectionConfig::new().set_connection_timeout(timeout).set_response_timeout(timeout);
        Ok(Self { client, timeouts, max_retries: options.max_retries, shown })
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        self.client.get_multiplexed_async_connection_with_config(&self.timeouts).await
    }

    /// Whether the server answers, and lets this user in.
    pub(super) async fn ping(&self) -> Result<()> {
        let asked = async { redis::cmd("PING").query_async::<()>(&mut self.connect().await?).await };
        asked.await.map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &RedisError) -> Error {
        let text = format!("Redis at {}: {error}", self.shown);
        if may_pass(error) { Error::external(text) } else { Error::invalid(text) }
    }
}

/// Whether the same may be taken later.
fn may_pass(error: &RedisError) -> bool {
    match error.kind() {
        ErrorKind::Io => true,
        ErrorKind::Server(kind) => matches!(
            kind,
            ServerErrorKind::BusyLoading
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly
        ),
        // Its memory is full.
        ErrorKind::Extension => error.code() == Some("OOM"),
        _ => false,
    }
}

impl Connection {
    pub(super) fn new(server: &Arc<Server>) -> Self {
        Self { server: Arc::clone(server), open: Mutex::new(None) }
    }

    async fn send_once(&self, pipeline: &Pipeline) -> Result<(), RedisError> {
        let mut open = self.open.lock().await;
        let mut connection = match open.take() {
            Some(connection) => connection,
            None => self.server.connect().await?,
        };
        pipeline.exec_async(&mut connection).await?;
        *open = Some(connection);
        Ok(())
    }
}

#[async_trait]
impl Destination for Connection {
    type Record = Vec<Cmd>;

    async fn send(&self, batch: &[Vec<Cmd>]) -> Result<()> {
        if batch.iter().all(Vec::is_empty) {
            return Ok(());
        }
        let mut pipeline = Pipeline::new();
        for command in batch.iter().flatten() {
            pipeline.add_command(command.clone());
        }
        let (mut tries, mut pause) = (0, FIRST_PAUSE);
        loop {
            let Err(error) = self.send_once(&pipeline).await else { return Ok(()) };
            let explained = self.server.explain(&error);
            if !may_pass(&error) || tries == self.server.max_retries {
                return Err(explained);
            }
            tries += 1;
            tracing::warn!("{explained}; {} records are sent again in {:.1} s", batch.len(), pause.as_secs_f64());
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Result<Server> {
        let options = serde_json::json!({"url": url, "password": "hush", "batch_size": 1, "batch_interval_ms": 0,
            "max_retries": 0, "timeout_ms": 1000});
        Server::new(&serde_json::from_value(options).unwrap())
    }

    #[test]
    fn urls_are_shown_without_passwords() {
        assert_eq!(server("redis://me:hush@there:7000/2").unwrap().shown, "there:7000/2");
        assert_eq!(server("redis://there").unwrap().shown, "there:6379");
        for (url, part) in
            [("http://me:hush@h", "begins with http:"), ("x", "is not valid"), ("redis://h/many", "is not understood")]
        {
            let error = server(url).err().unwrap().to_string();
            assert!(error.contains(part) && !error.contains("hush"), "{error}");
        }
    }
}
