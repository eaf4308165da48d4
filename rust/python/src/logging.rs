//! The engine's log lines on standard error, in the format that Penstock's Python side uses too.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::sync::Once;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

static STARTED: Once = Once::new();

/// Local time is left to whoever reads the log; lines carry UTC with milliseconds.
struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, w: &mut Writer<'_>) -> std::fmt::Result {
        let millis = penstock_core::Clock::System.now_millis();
        let (days, of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        let (year, month, day) = civil(days);
        let (hour, minute, second, milli) =
            (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60, of_day % 1000);
        write!(w, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},{milli:03}")
    }
}

/// Days since 1970 as a date (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// Sends the engine's log lines of this level and above to standard error. The first call counts.
#[pyfunction]
pub fn init_logging(level: &str) -> PyResult<()> {
    let filter =
        EnvFilter::try_new(level).map_err(|e| PyValueError::new_err(format!("not a log level: {level} ({e})")))?;
    STARTED.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_timer(Utc)
            .with_ansi(false)
            .with_writer(std::io::stderr)
            .finish();
        // Somebody else's subscriber stays, if there is one.
        let _ = tracing::subscriber::set_global_default(subscriber);
    });
    Ok(())
}
