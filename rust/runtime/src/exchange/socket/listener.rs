//! How two processes find each other: each listens at a socket in a folder that only its user can enter, and whoever
//! connects says who it is and for which attempt of which region.

use parking_lot::{Condvar, Mutex};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use penstock_core::{Error, Result};

const MAGIC: &[u8; 8] = b"PSTKXCH1";
const LEN: usize = 36;
/// How long somebody who has connected may take to say who it is.
const GREETING: Duration = Duration::from_secs(5);

/// What a process says when it has connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Greeting {
    /// The job's secret, so that nobody is taken for a part of it.
    pub token: [u8; 16],
    /// Whose channels the connection is for.
    pub purpose: Purpose,
    /// Who has connected.
    pub from: u32,
}

/// An attempt of a region of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Purpose {
    /// The region.
    pub region: u32,
    /// Its attempt.
    pub attempt: u32,
}

impl Greeting {
    fn bytes(&self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..24].copy_from_slice(&self.token);
        bytes[24..28].copy_from_slice(&self.purpose.region.to_le_bytes());
        bytes[28..32].copy_from_slice(&self.purpose.attempt.to_le_bytes());
        bytes[32..].copy_from_slice(&self.from.to_le_bytes());
        bytes
    }

    fn read(stream: &mut UnixStream) -> Option<Self> {
        let mut bytes = [0; LEN];
        stream.set_read_timeout(Some(GREETING)).ok()?;
        stream.read_exact(&mut bytes).ok()?;
        stream.set_read_timeout(None).ok()?;
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let token = bytes[8..24].try_into().ok()?;
        let purpose = Purpose { region: number(24), attempt: number(28) };
        (bytes[..8] == *MAGIC).then(|| Self { token, purpose, from: number(32) })
    }
}

/// Connects to the process that listens there.
pub fn connect(path: &Path, greeting: &Greeting) -> Result<UnixStream> {
    let connected = UnixStream::connect(path).and_then(|mut stream| {
        stream.write_all(&greeting.bytes())?;
        Ok(stream)
    });
    connected.map_err(|e| Error::external(format!("another slot process cannot be reached at {}: {e}", path.display())))
}

type Waiting = Arc<(Mutex<HashMap<Greeting, UnixStream>>, Condvar)>;

/// Takes connections in, on a thread of its own that lives as long as the process.
pub struct Listener {
    token: [u8; 16],
    waiting: Waiting,
}

impl Listener {
    /// Listens at a path that does not exist yet.
    pub fn bind(path: &Path, token: [u8; 16]) -> Result<Self> {
        let failed = |e| Error::external(format!("a slot process cannot listen at {}: {e}", path.display()));
        let listener = UnixListener::bind(path).map_err(failed)?;
        let waiting = Waiting::default();
        let taken = Arc::clone(&waiting);
        let run = move || {
            for mut stream in listener.incoming().flatten() {
                if let Some(greeting) = Greeting::read(&mut stream).filter(|greeting| greeting.token == token) {
                    taken.0.lock().insert(greeting, stream);
                    taken.1.notify_all();
                }
            }
        };
        std::thread::Builder::new().name("exchange-listener".to_owned()).spawn(run).map_err(failed)?;
        Ok(Self { token, waiting })
    }

    /// The connection from a process for an attempt, after waiting for it; `None`: it has not come. Those of earlier
    /// attempts of the region are given up.
    #[must_use]
    pub fn accept(&self, purpose: Purpose, from: u32, timeout: Duration) -> Option<UnixStream> {
        let (deadline, greeting) = (Instant::now() + timeout, Greeting { token: self.token, purpose, from });
        let mut waiting = self.waiting.0.lock();
        let is_over = |other: Purpose| other.region == purpose.region && other.attempt < purpose.attempt;
        waiting.retain(|other, _| !is_over(other.purpose));
        loop {
            if let Some(stream) = waiting.remove(&greeting) {
                return Some(stream);
            }
            if self.waiting.1.wait_until(&mut waiting, deadline).timed_out() {
                return None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_connects_is_known_by_attempt_and_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("slot");
        let token = [3; 16];
        let listener = Listener::bind(&path, token).unwrap();
        let second_attempt = |region| Purpose { region, attempt: 2 };
        let greeting = |attempt, from| Greeting { token, purpose: Purpose { region: 5, attempt }, from };
        let _stranger = connect(&path, &Greeting { token: [4; 16], ..greeting(2, 1) }).unwrap();
        let _earlier = connect(&path, &greeting(1, 1)).unwrap();
        let other = Purpose { region: 4, attempt: 0 };
        let _other_region = connect(&path, &Greeting { purpose: other, ..greeting(0, 1) }).unwrap();
        let mut second = connect(&path, &greeting(2, 1)).unwrap();
        let mut first = connect(&path, &greeting(2, 0)).unwrap();
        first.write_all(b"0").unwrap();
        second.write_all(b"1").unwrap();
        for from in [1, 0] {
            let mut byte = [0];
            listener.accept(second_attempt(5), from, Duration::from_secs(20)).unwrap().read_exact(&mut byte).unwrap();
            assert_eq!(byte, [b'0' + from as u8]);
        }
        assert!(listener.accept(second_attempt(5), 1, Duration::ZERO).is_none());
        assert!(listener.accept(other, 1, Duration::from_secs(20)).is_some(), "another region's is not given up");
    }
}
