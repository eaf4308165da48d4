//! The server of this process: started once, for all its jobs.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use penstock_core::config::options;
use penstock_core::{Clock, Configuration, Error, Result};
use tokio::net::{TcpListener, lookup_host};
use tokio::runtime::Handle;

use super::shown::Shown;
use super::{announce, ports, router};
use crate::job::JobHandle;

/// How often it is looked whether results were fetched.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The running server.
struct Server {
    shown: Arc<Shown>,
    address: SocketAddr,
}

fn server() -> &'static Mutex<Option<Server>> {
    static SERVER: OnceLock<Mutex<Option<Server>>> = OnceLock::new();
    SERVER.get_or_init(Mutex::default)
}

/// Starts the server if a job's configuration asks for one and none runs. An address that cannot be taken is an error.
pub(crate) fn serve(config: &Configuration, io: &Handle) -> Result<()> {
    let Some(ports) = ports::configured(config)? else { return Ok(()) };
    let mut server = server().lock();
    if server.is_some() {
        return Ok(());
    }
    let listener = io.block_on(bind(config, &ports))?;
    let address = listener.local_addr().map_err(|e| Error::external(format!("the REST server has no address: {e}")))?;
    let shown = Arc::new(Shown::new(Clock::System, io.clone()));
    let router = router(Arc::clone(&shown), address.ip().is_loopback());
    io.spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!("The REST server has ended: {error}");
        }
    });
    tracing::info!("Rest endpoint listening at {address}");
    if let Err(error) = announce::announce(reachable(address)) {
        tracing::warn!(
            "Commands such as 'penstock list' will not find this process by themselves, name {address} with -m: {error}"
        );
    }
    *server = Some(Server { shown, address });
    Ok(())
}

/// Where the REST server of this process listens, if there is one.
#[must_use]
pub fn address() -> Option<SocketAddr> {
    server().lock().as_ref().map(|server| reachable(server.address))
}

/// The process is about to end: gives whoever asked for something so much time to fetch the result, as Flink does, and
/// takes back what was announced. Not to be called on an I/O thread.
pub fn settle(patience: Duration) {
    let shown = match &*server().lock() {
        Some(server) => Arc::clone(&server.shown),
        None => return,
    };
    let deadline = Instant::now() + patience;
    while !shown.is_settled() && Instant::now() < deadline {
        std::thread::sleep(LOOK_AGAIN);
        if shown.is_settled() {
            // The last answer is on its way.
            std::thread::sleep(LOOK_AGAIN);
        }
    }
    announce::take_back();
}

/// Shows a job, if a server runs.
pub(crate) fn add(job: &JobHandle) {
    if let Some(server) = &*server().lock() {
        tracing::debug!("Job {} is shown at {}.", job.job_id(), server.address);
        server.shown.add(job.clone());
    }
}

async fn bind(config: &Configuration, ports: &[u16]) -> Result<TcpListener> {
    let loopback = Ipv4Addr::LOCALHOST.to_string();
    if let Some(host) = config.read(&options::REST_BIND_ADDRESS)? {
        let tried = bind_at(&host, ports).await;
        return tried.map_err(|problem| refused(options::REST_BIND_ADDRESS.key(), &problem));
    }
    // In Flink this is the name that others know the machine by; it need not be one of its addresses.
    if let Some(host) = config.read(&options::REST_ADDRESS)? {
        match bind_at(&host, ports).await {
            Ok(listener) => return Ok(listener),
            Err(problem) => {
                let key = options::REST_ADDRESS.key();
                tracing::warn!(
                    "{key}: {problem}; the REST server listens on loopback, rest.bind-address is where it may listen."
                );
            }
        }
    }
    bind_at(&loopback, ports).await.map_err(|problem| refused(options::REST_BIND_PORT.key(), &problem))
}

fn refused(key: &str, problem: &str) -> Error {
    Error::invalid(format!(
        "{key}: the REST server cannot listen: {problem}. Set rest.bind-port (or rest.port) to a port that is free, to a \
         range of ports, or to 0 for any"
    ))
}

/// The first of these ports that is free.
async fn bind_at(host: &str, ports: &[u16]) -> std::result::Result<TcpListener, String> {
    let mut last = format!("'{host}' has no address");
    for &port in ports {
        let addresses = lookup_host((host, port)).await.map_err(|e| format!("'{host}' is no address: {e}"))?;
        for address in addresses {
            match TcpListener::bind(address).await {
                Ok(listener) => return Ok(listener),
                Err(error) => last = format!("{address}: {error}"),
            }
        }
    }
    Err(last)
}

/// Where the server is seen from this machine.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}
