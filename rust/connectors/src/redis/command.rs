//! The commands of a record. The encoder writes them as Redis itself does: an array of arrays of texts.

use penstock_core::{Error, Result};
use redis::{Cmd, Value};

/// Reads the commands of a record.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Cmd>> {
    let Ok(Value::Array(commands)) = redis::parse_redis_value(bytes) else { return Err(broken()) };
    commands.into_iter().map(command).collect()
}

fn command(value: Value) -> Result<Cmd> {
    let Value::Array(words) = value else { return Err(broken()) };
    let mut command = Cmd::new();
    for word in words {
        let Value::BulkString(word) = word else { return Err(broken()) };
        command.arg(word);
    }
    Ok(command)
}

fn broken() -> Error {
    Error::internal("a record for Redis is no list of commands")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_and_anything_else_is_refused() {
        let record = b"*2\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\r\n\r\n*2\r\n$3\r\nDEL\r\n$1\r\nx\r\n";
        let commands = parse(record).unwrap();
        let packed: Vec<Vec<u8>> = commands.iter().map(Cmd::get_packed_command).collect();
        assert_eq!(packed.concat(), record[4..]);
        for other in [&b"*1\r\n+OK\r\n"[..], b":3\r\n", b"", b"*1\r\n*1\r\n:2\r\n", b"*2\r\n*1\r\n$3\r\nSE"] {
            assert!(matches!(parse(other), Err(Error::Internal(_))), "{other:?}");
        }
    }
}
