//! `host:port`, as in `bootstrap.servers`.

use std::fmt;

/// Where a broker listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Reads a list of addresses. A part that is no address is left out; librdkafka complains about it in its own words.
pub(crate) fn parse(servers: &str) -> Vec<Address> {
    servers.split(',').filter_map(|one| parse_one(one.trim())).collect()
}

fn parse_one(text: &str) -> Option<Address> {
    let text = text.rsplit("://").next()?;
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()?),
        _ => (text, 9092),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then(|| Address { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_schemes_default_ports_and_ipv6() {
        let shown: Vec<_> = parse("a:1, SSL://b.c:2 ,d,[::1]:3,:4,").iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["a:1", "b.c:2", "d:9092", "[::1]:3"]);
    }
}
