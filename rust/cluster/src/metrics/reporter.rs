//! The Prometheus reporter: one HTTP server per process, which shows the metrics of all jobs that run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use parking_lot::Mutex;
use penstock_core::config::Reporter;
use penstock_core::metrics::{MetricSample, Registry};
use penstock_core::{Clock, Error, Result};
use tokio::net::TcpListener;

use super::prometheus::{Process, Rates, render};
use crate::job::Job;

/// What ends the name of the reporter's factory class in Flink.
const FACTORY: &str = "PrometheusReporterFactory";
/// Flink's default port.
const DEFAULT_PORT: &str = "9249";

/// What the server shows.
struct Shown {
    process: Process,
    /// The jobs that run, by id.
    jobs: Mutex<Vec<(String, Registry)>>,
    rates: Mutex<Rates>,
    /// As the job that was started last has it.
    filter_values: AtomicBool,
    /// The server runs.
    serves: Mutex<bool>,
}

fn shown() -> &'static Arc<Shown> {
    static SHOWN: OnceLock<Arc<Shown>> = OnceLock::new();
    SHOWN.get_or_init(|| {
        let host = std::env::var("HOSTNAME").or_else(|_| std::fs::read_to_string("/etc/hostname")).unwrap_or_default();
        let host = host.trim().to_owned();
        let host = if host.is_empty() { "localhost".to_owned() } else { host };
        let tm_id = format!("{host}:{}", std::process::id());
        Arc::new(Shown {
            process: Process { host, tm_id, filter_values: true },
            jobs: Mutex::default(),
            rates: Mutex::default(),
            filter_values: AtomicBool::new(true),
            serves: Mutex::new(false),
        })
    })
}

/// Shows a job's metrics, if its configuration has the reporter. A wrong port is an error; a port that is taken costs
/// the job its reporter and no more, as in Flink.
pub(crate) fn report(job: &Job) -> Result<()> {
    let Some(reporter) = job.config.reporters().into_iter().find(is_prometheus) else { return Ok(()) };
    let ports = ports(&reporter.read::<String>("port", DEFAULT_PORT)?)?;
    let filter_values = reporter.read::<bool>("filterLabelValueCharacters", "true")?;
    let shown = shown();
    shown.filter_values.store(filter_values, Ordering::Relaxed);
    shown.jobs.lock().push((job.id.clone(), job.metrics.clone()));
    let mut serves = shown.serves.lock();
    if !*serves {
        if let Some(listener) = job.io.block_on(bind(&ports)) {
            job.io.spawn(serve(listener, Arc::clone(shown)));
            *serves = true;
        } else {
            tracing::warn!(
                "The metrics reporter '{}' found none of its ports free ({ports:?}); metrics are not shown.",
                reporter.name
            );
        }
    }
    Ok(())
}

/// A job has ended.
pub(crate) fn unreport(job: &Job) {
    shown().jobs.lock().retain(|(id, _)| *id != job.id);
}

fn is_prometheus(reporter: &Reporter) -> bool {
    reporter.settings.get("factory.class").is_some_and(|class| class.ends_with(FACTORY))
}

/// A port, or a range such as `9249-9260`, or several of either, separated by commas.
fn ports(text: &str) -> Result<Vec<u16>> {
    let wrong = || {
        Error::invalid(format!(
            "metrics.reporter.prom.port: '{text}' is not a port or a range of ports such as '9249-9260'"
        ))
    };
    let mut ports = Vec::new();
    for part in text.split(',').map(str::trim) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u16, u16) =
            (first.trim().parse().map_err(|_| wrong())?, last.trim().parse().map_err(|_| wrong())?);
        if first > last {
            return Err(wrong());
        }
        ports.extend(first..=last);
    }
    Ok(ports)
}

async fn bind(ports: &[u16]) -> Option<TcpListener> {
    for &port in ports {
        if let Ok(listener) = TcpListener::bind(("0.0.0.0", port)).await {
            let port = listener.local_addr().map_or(port, |address| address.port());
            tracing::info!("Started PrometheusReporter HTTP server on port {port}.");
            return Some(listener);
        }
    }
    None
}

async fn serve(listener: TcpListener, shown: Arc<Shown>) {
    let router = Router::new().route("/", get(page)).route("/metrics", get(page)).with_state(shown);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::warn!("The metrics server has ended: {error}");
    }
}

async fn page(State(shown): State<Arc<Shown>>) -> impl IntoResponse {
    let jobs = shown.jobs.lock().clone();
    let samples: Vec<MetricSample> = jobs.iter().flat_map(|(_, registry)| registry.snapshot()).collect();
    let process = Process { filter_values: shown.filter_values.load(Ordering::Relaxed), ..shown.process.clone() };
    let page = render(&samples, &process, &mut shown.rates.lock(), Clock::System.now_millis());
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_ranges() {
        assert_eq!(ports("9249").unwrap(), [9249]);
        assert_eq!(ports("9250-9252, 9300").unwrap(), [9250, 9251, 9252, 9300]);
        for wrong in ["", "http", "10-1", "70000"] {
            assert!(ports(wrong).unwrap_err().to_string().contains("not a port"), "{wrong}");
        }
    }

    #[test]
    fn the_next_port_is_taken_when_one_is_in_use() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let taken = TcpListener::bind(("0.0.0.0", 0)).await.unwrap();
            let port = taken.local_addr().unwrap().port();
            assert!(bind(&[port]).await.is_none());
            assert!(bind(&[port, 0]).await.is_some());
        });
    }
}
