//! A server that answers S3 requests as a test wants it to.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request, as far as tests look at it.
pub struct Request {
    pub method: String,
    /// `If-None-Match` was sent.
    pub conditional: bool,
}

/// Status line and body of an answer.
pub type Answer = (&'static str, &'static str);

/// Starts a server; gives its endpoint. It ends with the runtime.
pub async fn serve(answer: impl Fn(&Request) -> Answer + Copy + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection(stream, answer));
        }
    });
    format!("http://{address}")
}

async fn connection(stream: TcpStream, answer: impl Fn(&Request) -> Answer) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream).await {
        let (status, body) = answer(&request);
        let length = if request.method == "HEAD" { 0 } else { body.len() };
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: \"e\"\r\n\r\n");
        let text = if request.method == "HEAD" { head } else { head + body };
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut request = Request { method: String::new(), conditional: false };
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if request.method.is_empty() {
            request.method = line.split(' ').next()?.to_ascii_uppercase();
        }
        request.conditional |= line.starts_with("if-none-match:");
        length = line.strip_prefix("content-length:").and_then(|n| n.trim().parse().ok()).unwrap_or(length);
    }
    stream.read_exact(&mut vec![0; length]).await.ok()?;
    Some(request)
}
