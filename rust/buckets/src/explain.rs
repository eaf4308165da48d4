//! What an object store's error means and which setting to change. Nothing secret gets into the text: servers quote
//! requests in their answers.

use std::error::Error as StdError;

use object_store::client::{HttpError, HttpErrorKind};
use penstock_core::Error;

/// Makes errors of one storage.
pub struct Explainer {
    url: String,
    /// Where requests go, if that was configured.
    server: Option<String>,
    secrets: Vec<String>,
}

impl Explainer {
    /// `secrets` are blotted out wherever they turn up.
    #[must_use]
    pub fn new(url: String, server: Option<String>, secrets: Vec<String>) -> Self {
        Self { url, server, secrets: secrets.into_iter().filter(|s| s.len() > 3).collect() }
    }

    /// The folder, without anything secret.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The error of an operation.
    #[must_use]
    pub fn error(&self, what: &str, error: &object_store::Error) -> Error {
        self.text(&format!(
            "{what} in {}: {}",
            self.url,
            Answer::of(error).in_words(&self.keys(), self.server.as_deref())
        ))
    }

    /// An error with this text.
    #[must_use]
    pub fn text(&self, text: &str) -> Error {
        Error::external(self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "***")))
    }

    fn keys(&self) -> Keys {
        match self.url.split(':').next().unwrap_or_default() {
            "gs" => Keys {
                endpoint: "execution.checkpointing.dir",
                region: "execution.checkpointing.dir",
                access: "GOOGLE_SERVICE_ACCOUNT_PATH",
                own: false,
            },
            scheme if scheme.starts_with("s3") => Keys {
                endpoint: "s3.endpoint",
                region: "s3.endpoint.region",
                access: "s3.access-key and s3.secret-key",
                own: true,
            },
            _ => Keys {
                endpoint: "execution.checkpointing.dir",
                region: "execution.checkpointing.dir",
                access: "AZURE_STORAGE_ACCOUNT_KEY",
                own: false,
            },
        }
    }
}

/// The settings to change.
struct Keys {
    endpoint: &'static str,
    region: &'static str,
    access: &'static str,
    /// Whether access key and secret are settings of their own.
    own: bool,
}

/// Whether a server says that it does not know conditional writes.
pub fn not_supported(error: &object_store::Error) -> bool {
    let answer = Answer::of(error);
    matches!(error, object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. })
        || matches!(answer.code.as_deref(), Some("NotImplemented" | "NotSupported"))
        || answer.text.contains("status code: 501")
}

/// Whether the object alone is not there: the bucket is, and the server knows who asks.
pub fn is_missing(error: &object_store::Error) -> bool {
    let answer = Answer::of(error);
    answer.kind == Kind::Missing && answer.code.as_deref() != Some("NoSuchBucket")
}

/// What is known of a failed request.
struct Answer {
    kind: Kind,
    /// The server's own word, such as `NoSuchBucket`.
    code: Option<String>,
    message: Option<String>,
    /// The innermost cause.
    reason: String,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unreachable,
    Denied,
    Missing,
    Redirected,
    NoCredentials,
    Other,
}

/// What servers answer to an access key that they do not know; some of them with "not found".
const UNKNOWN_ID: [&str; 2] = ["InvalidAccessKeyId", "XAdminUserNotFound"];

impl Answer {
    fn of(error: &object_store::Error) -> Self {
        let chain: Vec<&(dyn StdError + 'static)> =
            std::iter::successors(Some(error as &(dyn StdError + 'static)), |&e| e.source()).collect();
        let text = error.to_string();
        let tag = |name: &str| Some(text.split_once(&format!("<{name}>"))?.1.split_once("</")?.0.to_owned());
        let (code, message) = (tag("Code"), tag("Message"));
        let http = chain.iter().find_map(|e| e.downcast_ref::<HttpError>()).map(HttpError::kind);
        let reason = chain.last().map_or_else(String::new, ToString::to_string);
        let kind = if text.contains("169.254.169.254")
            || text.contains("CredentialProvider")
            || text.contains("metadata.google.internal")
        {
            Kind::NoCredentials
        } else if matches!(http, Some(HttpErrorKind::Connect | HttpErrorKind::Timeout | HttpErrorKind::Request)) {
            Kind::Unreachable
        } else if text.contains("redirect")
            || matches!(code.as_deref(), Some("PermanentRedirect" | "AuthorizationHeaderMalformed"))
        {
            Kind::Redirected
        } else if code.as_deref() == Some("NoSuchBucket") {
            // Listings of one answer with an error of another kind.
            Kind::Missing
        } else if code.as_deref().is_some_and(|code| code == "SignatureDoesNotMatch" || UNKNOWN_ID.contains(&code)) {
            Kind::Denied
        } else {
            match error {
                object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                    Kind::Denied
                }
                object_store::Error::NotFound { .. } => Kind::Missing,
                _ => Kind::Other,
            }
        };
        Self { kind, code, message, reason, text }
    }

    fn in_words(&self, keys: &Keys, server: Option<&str>) -> String {
        let server = server.unwrap_or("the server");
        let access = match self.code.as_deref() {
            Some(code) if keys.own && UNKNOWN_ID.contains(&code) => "s3.access-key",
            Some("SignatureDoesNotMatch") if keys.own => "s3.secret-key",
            _ => keys.access,
        };
        let summary = self.summary();
        match self.kind {
            Kind::Unreachable => format!("{server} cannot be reached ({}); check {}", self.reason, keys.endpoint),
            Kind::NoCredentials => format!("there are no credentials; set {access} ({})", self.reason),
            Kind::Denied => format!("{summary}; access is denied: check {access}, and what that key may do"),
            Kind::Missing if self.code.as_deref() == Some("NoSuchBucket") => {
                format!("{summary}; create the bucket or name another one")
            }
            Kind::Redirected => {
                format!("{summary}; the bucket is in another region: check {} and {}", keys.region, keys.endpoint)
            }
            Kind::Missing | Kind::Other => summary,
        }
    }

    /// The server's words where it has said something, else the client's.
    fn summary(&self) -> String {
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(code), None) => code.clone(),
            _ if self.text.contains(&self.reason) => self.text.clone(),
            _ => format!("{} ({})", self.text, self.reason),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn denied(body: &str) -> object_store::Error {
        object_store::Error::PermissionDenied {
            path: "a/b".into(),
            source: format!("Server returned non-2xx status code: 403: {body}").into(),
        }
    }

    fn explained(error: &object_store::Error) -> String {
        Explainer::new("s3://bucket/dir".into(), None, vec!["hush-hush".into(), String::new()])
            .error("cannot write a/b", error)
            .to_string()
    }

    #[test]
    fn the_setting_to_change_is_named() {
        let wrong_id = denied("<Error><Code>InvalidAccessKeyId</Code><Message>The key is unknown.</Message></Error>");
        assert_eq!(
            explained(&wrong_id),
            "cannot write a/b in s3://bucket/dir: InvalidAccessKeyId: The key is unknown.; access is denied: check s3.access-key, and what that key may do"
        );
        let wrong_secret = denied("<Error><Code>SignatureDoesNotMatch</Code></Error>");
        assert!(explained(&wrong_secret).contains("check s3.secret-key"), "{}", explained(&wrong_secret));
        let forbidden = denied("");
        assert!(explained(&forbidden).contains("check s3.access-key and s3.secret-key"));
        let bucket = object_store::Error::NotFound {
            path: "x".into(),
            source: "<Code>NoSuchBucket</Code><Message>m</Message>".into(),
        };
        assert!(explained(&bucket).contains("create the bucket"));
        assert!(!is_missing(&bucket));
        let key = object_store::Error::NotFound { path: "x".into(), source: "<Code>NoSuchKey</Code>".into() };
        assert!(is_missing(&key));
    }

    #[test]
    fn an_unknown_key_is_no_missing_object() {
        let body = "<Error><Code>XAdminUserNotFound</Code><Message>No user has it.</Message></Error>";
        let unknown = object_store::Error::NotFound { path: "a/b".into(), source: body.into() };
        assert!(explained(&unknown).contains("check s3.access-key"), "{}", explained(&unknown));
        assert!(!is_missing(&unknown));
    }

    #[test]
    fn secrets_are_blotted_out() {
        let text = explained(&denied("you sent hush-hush"));
        assert!(!text.contains("hush-hush") && text.contains("***"), "{text}");
    }

    #[test]
    fn servers_without_conditional_writes_are_recognised() {
        let source =
            "<Code>NotImplemented</Code><Message>A header implies functionality that is not implemented</Message>";
        assert!(not_supported(&object_store::Error::Generic { store: "S3", source: source.into() }));
        assert!(!not_supported(&denied("")));
    }
}
