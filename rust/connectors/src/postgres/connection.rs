//! Where the database is, and connections to it.

use std::time::Duration;

use penstock_core::{Error, Result};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};

use super::errors::explain;
use super::tls::MakeTls;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// A database.
#[derive(Clone)]
pub(super) struct Target {
    config: Config,
    tls: MakeTls,
    /// `host:port/database`, for messages.
    pub(super) shown: String,
}

impl Target {
    /// Reads a URL: libpq's or JDBC's, with user and password in it or beside it. Nothing of it is repeated in errors, for
    /// it may hold a password.
    pub(super) fn parse(url: &str, user: Option<&str>, password: Option<&str>) -> Result<Self> {
        let wrong = |why: String| {
            Error::invalid(format!("the URL of PostgreSQL {why}; write it as postgresql://host:5432/database"))
        };
        let text = url.trim();
        let text = text.strip_prefix("jdbc:").unwrap_or(text);
        let parsed = url::Url::parse(text).map_err(|e| wrong(format!("is not valid ({e})")))?;
        if !matches!(parsed.scheme(), "postgresql" | "postgres") {
            return Err(wrong(format!("begins with {}:", parsed.scheme())));
        }
        let (mut mode, mut root) = (None, None);
        let mut plain = parsed.clone();
        plain.query_pairs_mut().clear();
        let (mut own_user, mut own_password) = (None, None);
        for (name, value) in parsed.query_pairs() {
            match &*name {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => root = Some(value.into_owned()),
                // JDBC has the login among the parameters.
                "user" => own_user = Some(value.into_owned()),
                "password" => own_password = Some(value.into_owned()),
                _ => {
                    plain.query_pairs_mut().append_pair(&name, &value);
                }
            }
        }
        if plain.query() == Some("") {
            plain.set_query(None);
        }
        let mut config: Config = plain.as_str().parse().map_err(|e| wrong(format!("is not understood ({e})")))?;
        if let Some(user) = user.or(own_user.as_deref()) {
            config.user(user);
        }
        if let Some(password) = password.or(own_password.as_deref()) {
            config.password(password);
        }
        let (mode, verify) = match mode.as_deref() {
            None | Some("prefer" | "allow") => (SslMode::Prefer, false),
            Some("disable") => (SslMode::Disable, false),
            Some("require") => (SslMode::Require, root.is_some()),
            Some("verify-ca" | "verify-full") => (SslMode::Require, true),
            Some(other) => return Err(wrong(format!("has the unknown sslmode={other}"))),
        };
        config.ssl_mode(mode).connect_timeout(CONNECT_TIMEOUT).application_name("penstock");
        let tls =
            MakeTls::new(verify, root.as_deref()).map_err(|e| Error::invalid(format!("TLS for PostgreSQL: {e}")))?;
        let shown = format!(
            "{}:{}{}",
            parsed.host_str().unwrap_or("localhost"),
            parsed.port().unwrap_or(5432),
            parsed.path().trim_end_matches('/')
        );
        Ok(Self { config, tls, shown })
    }

    /// Connects; the connection lives on a task of its own until the client is dropped.
    pub(super) async fn connect(&self) -> Result<Client> {
        let what = format!("PostgreSQL at {} cannot be used", self.shown);
        let (client, connection) = self.config.connect(self.tls.clone()).await.map_err(|e| explain(&what, &e))?;
        tokio::spawn(async move {
            // Whoever uses the client gets the error.
            if let Err(error) = connection.await {
                tracing::debug!("a connection to PostgreSQL ended: {error}");
            }
        });
        // A transaction may be idle until the next checkpoint.
        let settings = "SET idle_in_transaction_session_timeout = 0";
        client.batch_execute(settings).await.map_err(|e| explain(&what, &e))?;
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<Target> {
        Target::parse(url, None, None)
    }

    #[test]
    fn urls_of_libpq_and_of_jdbc() {
        let jdbc = target("jdbc:postgresql://db.example:5433/app?user=me&password=hush&sslmode=disable").unwrap();
        assert_eq!(jdbc.shown, "db.example:5433/app");
        assert_eq!((jdbc.config.get_user(), jdbc.config.get_password()), (Some("me"), Some(&b"hush"[..])));
        assert_eq!(jdbc.config.get_dbname(), Some("app"));
        let plain = target("postgresql://me:hush@db.example/app").unwrap();
        assert_eq!((plain.config.get_user(), plain.config.get_ports()), (Some("me"), &[5432][..]));
        assert_eq!(plain.shown, "db.example:5432/app");
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, part) in [
            ("mysql://me:hush@h/d", "begins with mysql:"),
            ("nothing", "is not valid"),
            ("postgresql://me:hush@h/d?sslmode=perhaps", "unknown sslmode=perhaps"),
            ("postgresql://me:hush@h/d?speed=high", "is not understood"),
        ] {
            let error = target(url).err().unwrap().to_string();
            assert!(error.contains(part) && !error.contains("hush"), "{error}");
        }
    }
}
