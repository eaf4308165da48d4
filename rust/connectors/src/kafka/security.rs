//! How to prove to a broker who we are, for the connections that are not librdkafka's.

use std::path::PathBuf;

use penstock_core::{Error, Result};

use super::properties::Properties;

/// Everything a connection needs to be let in.
#[derive(Clone, Default)]
pub(crate) struct Security {
    pub(crate) tls: Option<Tls>,
    pub(crate) sasl: Option<Sasl>,
}

/// Encryption, with what to trust and what to show.
#[derive(Clone)]
pub(crate) struct Tls {
    /// Certificates to trust; `None`: the system's.
    pub(crate) ca: Option<Pem>,
    /// Our certificate and key, where the broker wants one.
    pub(crate) identity: Option<(Pem, Pem)>,
    /// Whether the certificate has to be for the host that was asked for.
    pub(crate) verify_host: bool,
    /// Whether to look at the certificate at all.
    pub(crate) verify: bool,
}

/// Text in PEM, in a file or given.
#[derive(Clone)]
pub(crate) enum Pem {
    File(PathBuf),
    Text(String),
}

/// A login.
#[derive(Clone)]
pub(crate) enum Sasl {
    Plain { username: String, password: String },
    Scram { digest: ScramDigest, username: String, password: String },
    OauthBearer { token: String },
}

/// The two variants of SCRAM that Kafka knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScramDigest {
    Sha256,
    Sha512,
}

impl Sasl {
    pub(crate) fn mechanism(&self) -> &'static str {
        match self {
            Self::Plain { .. } => "PLAIN",
            Self::Scram { digest: ScramDigest::Sha256, .. } => "SCRAM-SHA-256",
            Self::Scram { digest: ScramDigest::Sha512, .. } => "SCRAM-SHA-512",
            Self::OauthBearer { .. } => "OAUTHBEARER",
        }
    }
}

impl Security {
    /// Reads it from client properties. What only librdkafka could do is an error: committing a transaction of a dead
    /// process goes over our own connection.
    pub(crate) fn of(properties: &Properties) -> Result<Self> {
        let (tls, sasl) = match properties.client("security.protocol").unwrap_or("plaintext") {
            "plaintext" => (false, false),
            "ssl" => (true, false),
            "sasl_plaintext" => (false, true),
            "sasl_ssl" => (true, true),
            other => return Err(Error::invalid(format!("security.protocol={other} is not known"))),
        };
        Ok(Self {
            tls: tls.then(|| read_tls(properties)).transpose()?,
            sasl: sasl.then(|| read_sasl(properties)).transpose()?,
        })
    }
}

impl Security {
    /// Checks the login only, for clients that are librdkafka's alone.
    pub(crate) fn check_login(properties: &Properties) -> Result<()> {
        let wants_login = properties.client("security.protocol").is_some_and(|p| p.starts_with("sasl"));
        if wants_login { read_sasl(properties).map(|_| ()) } else { Ok(()) }
    }
}

fn read_tls(properties: &Properties) -> Result<Tls> {
    if properties.client("ssl.keystore.location").is_some() {
        return Err(not_here(
            "a PKCS#12 key store (ssl.keystore.location)",
            "give ssl.certificate.location and ssl.key.location in PEM",
        ));
    }
    if properties.client("ssl.key.password").is_some_and(|p| !p.is_empty()) {
        return Err(not_here(
            "an encrypted private key (ssl.key.password)",
            "decrypt it: openssl pkey -in KEY -out PLAIN_KEY",
        ));
    }
    let pem = |text: &str, file: &str| {
        let text = properties.client(text).map(|t| Pem::Text(t.to_owned()));
        text.or_else(|| properties.client(file).map(|f| Pem::File(f.into())))
    };
    let certificate = pem("ssl.certificate.pem", "ssl.certificate.location");
    let key = pem("ssl.key.pem", "ssl.key.location");
    let identity = match (certificate, key) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        _ => {
            return Err(Error::invalid(
                "a client certificate needs both ssl.certificate.location and ssl.key.location",
            ));
        }
    };
    Ok(Tls {
        ca: pem("ssl.ca.pem", "ssl.ca.location"),
        identity,
        verify_host: properties.client("ssl.endpoint.identification.algorithm").unwrap_or("https") != "none",
        verify: properties.client("enable.ssl.certificate.verification").unwrap_or("true") != "false",
    })
}

fn read_sasl(properties: &Properties) -> Result<Sasl> {
    let mechanism = properties.client("sasl.mechanism").unwrap_or("GSSAPI");
    let credential = |name: &str| {
        let value = properties.client(name).map(str::to_owned);
        value.ok_or_else(|| Error::invalid(format!("sasl.mechanism={mechanism} needs {name} (or sasl.jaas.config)")))
    };
    let login = || Ok::<_, Error>((credential("sasl.username")?, credential("sasl.password")?));
    let scram = |digest| login().map(|(username, password)| Sasl::Scram { digest, username, password });
    match mechanism {
        "PLAIN" => login().map(|(username, password)| Sasl::Plain { username, password }),
        "SCRAM-SHA-256" => scram(ScramDigest::Sha256),
        "SCRAM-SHA-512" => scram(ScramDigest::Sha512),
        "OAUTHBEARER" => match properties.own("sasl.oauthbearer.token") {
            Some(token) => Ok(Sasl::OauthBearer { token: token.to_owned() }),
            None => Err(not_here(
                "OAUTHBEARER with tokens that are fetched",
                "give a token as the property sasl.oauthbearer.token",
            )),
        },
        other => Err(not_here(
            &format!("sasl.mechanism={other}"),
            "Penstock logs in to Kafka with PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER (sasl.oauthbearer.token) or a TLS certificate",
        )),
    }
}

fn not_here(what: &str, instead: &str) -> Error {
    Error::invalid(format!("{what} is not supported; {instead}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::properties::Role;

    fn security(given: &[(&str, &str)]) -> Result<Security> {
        let given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Security::of(&Properties::translate(Role::Producer, &given, Some("b:1")).unwrap())
    }

    fn refusal(given: &[(&str, &str)]) -> String {
        security(given).err().unwrap().to_string()
    }

    #[test]
    fn plaintext_is_the_default() {
        let security = security(&[]).unwrap();
        assert!(security.tls.is_none() && security.sasl.is_none());
    }

    #[test]
    fn scram_over_tls() {
        let given = [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("sasl.username", "u"),
            ("sasl.password", "p"),
            ("ssl.endpoint.identification.algorithm", ""),
        ];
        let security = security(&given).unwrap();
        assert_eq!(security.sasl.unwrap().mechanism(), "SCRAM-SHA-512");
        let tls = security.tls.unwrap();
        assert!(!tls.verify_host && tls.verify && tls.ca.is_none() && tls.identity.is_none());
    }

    #[test]
    fn what_cannot_be_done_is_said_with_the_way_out() {
        let sasl = ("security.protocol", "sasl_plaintext");
        assert!(refusal(&[sasl, ("sasl.mechanism", "GSSAPI")]).contains("GSSAPI is not supported; Penstock logs in"));
        assert!(refusal(&[sasl, ("sasl.mechanism", "OAUTHBEARER")]).contains("sasl.oauthbearer.token"));
        assert!(refusal(&[sasl, ("sasl.mechanism", "PLAIN")]).contains("needs sasl.username"));
        let ssl = ("security.protocol", "ssl");
        assert!(refusal(&[ssl, ("ssl.keystore.location", "/x.p12")]).contains("PEM"));
        assert!(refusal(&[ssl, ("ssl.key.location", "/x")]).contains("ssl.certificate.location"));
    }
}
