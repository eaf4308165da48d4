//! As much of an HTTP client as the tests of the REST API need.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// Sends a request with extra header lines; gives status and body.
pub fn send(method: &str, path: &str, headers: &[&str], body: &str) -> (u16, String) {
    let address = penstock_cluster::rest_address().expect("a server");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    let host = format!("Host: {address}");
    let own = if headers.iter().any(|line| line.starts_with("Host:")) { None } else { Some(host.as_str()) };
    for line in headers.iter().copied().chain(own) {
        head.extend([line, "\r\n"]);
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("head and body");
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    (status, body.to_owned())
}

/// Sends a request whose answer is JSON.
pub fn call(method: &str, path: &str, body: &str) -> (u16, Value) {
    let (status, text) = send(method, path, &[], body);
    let value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{method} {path}: {e}: {text}"));
    (status, value)
}

/// A `GET` that succeeds.
pub fn get(path: &str) -> Value {
    let (status, value) = call("GET", path, "");
    assert_eq!(status, 200, "{path}: {value}");
    value
}

/// Waits for an operation; gives its result.
pub fn done(path: &str) -> Value {
    loop {
        let status = get(path);
        if status["status"]["id"] == "COMPLETED" {
            return status["operation"].clone();
        }
        assert_eq!(status["status"]["id"], "IN_PROGRESS");
        std::thread::yield_now();
    }
}
