//! PostgreSQL's errors by whose fault they are.

use penstock_core::Error;
use tokio_postgres::error::SqlState;

/// What went wrong, with the server's own words.
pub(super) fn explain(what: &str, error: &tokio_postgres::Error) -> Error {
    let Some(db) = error.as_db_error() else {
        let reason = std::error::Error::source(error).map_or_else(|| error.to_string(), |s| format!("{error}: {s}"));
        return Error::external(format!("{what}: {reason}"));
    };
    let detail = db.detail().map(|d| format!(" ({d})")).unwrap_or_default();
    let text = format!("{what}: {}{detail} [SQLSTATE {}]", db.message(), db.code().code());
    if is_the_jobs_fault(db.code()) { Error::invalid(text) } else { Error::external(text) }
}

/// Data that the table does not take, and statements that are wrong: the same would happen again.
fn is_the_jobs_fault(code: &SqlState) -> bool {
    matches!(code.code().get(..2), Some("22" | "23" | "42" | "28" | "3D" | "3F"))
}

/// Whether the connection is to blame, so that another one may help.
pub(super) fn is_connection_lost(error: &tokio_postgres::Error) -> bool {
    error.is_closed()
        || error.as_db_error().map_or_else(
            || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>),
            |db| matches!(db.code().code().get(..2), Some("08" | "57")),
        )
}
