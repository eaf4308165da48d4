//! Keeps web pages that a browser on this machine has open from giving orders: a page of another origin may send requests
//! to loopback, and one whose name was made to resolve to loopback may read the answers too.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::RestError;

/// Lets a request through unless a foreign page sent it. `loopback`: the server listens there alone.
pub(super) async fn check(loopback: bool, request: Request, next: Next) -> Response {
    if is_foreign(request.headers(), loopback) {
        let text = "This request comes from another web page and is refused.";
        return RestError::new(StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap, loopback: bool) -> bool {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(HOST);
    let other_name = loopback && host.is_some_and(|host| !is_loopback(host));
    let other_origin = text(ORIGIN).is_some_and(|origin| origin.split_once("://").map(|(_, rest)| rest) != host);
    other_name || other_origin
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    matches!(name, "localhost" | "::1") || name.starts_with("127.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(host: &str, origin: Option<&str>, loopback: bool) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        is_foreign(&headers, loopback)
    }

    #[test]
    fn pages_of_other_origins_are_refused() {
        assert!(!foreign("localhost:8081", None, true) && !foreign("127.0.0.1:8081", None, true));
        assert!(!foreign("[::1]:8081", Some("http://[::1]:8081"), true));
        assert!(foreign("localhost:8081", Some("https://evil.example"), true));
        assert!(foreign("localhost:8081", Some("null"), true));
        assert!(foreign("evil.example:8081", None, true), "a name that was made to resolve to loopback");
        assert!(!foreign("jobs.example:8081", Some("http://jobs.example:8081"), false));
    }
}
