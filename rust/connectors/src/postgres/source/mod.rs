//! Reads the rows of a query, in parts where it has parameters: a split is an execution with one set of them.
//!
//! Rows come as JSON objects, which the server makes. A position is how many rows of a split were given: after a restore
//! the query is run again and those are dropped, so the query needs an `ORDER BY` for each row to count once.

mod reader;
mod reading;

use std::sync::Arc;

use penstock_core::source::{Boundedness, ReaderContext, Source, SourceReader, Split, SplitEnumerator};
use penstock_core::{Error, Result};
use serde::Deserialize;

use super::connection::Target;
use super::errors::explain;
use super::row::Row;
use super::statement::{numbered, quoted};
use crate::bridge;
use crate::encoding;
use crate::fixed_splits::FixedSplits;
use reader::PostgresReader;

const VERSION: u8 = 1;

/// What a stream graph says about a source.
#[derive(Debug, Deserialize)]
pub struct SourceOptions {
    /// `postgresql://…` or `jdbc:postgresql://…`.
    url: String,
    /// Unless the URL has it.
    #[serde(default)]
    user: Option<String>,
    /// Unless the URL has it.
    #[serde(default)]
    password: Option<String>,
    /// The query, with a `?` for each parameter.
    query: String,
    /// Sets of parameters, one for each execution.
    parameters: Vec<Row>,
    /// The fields of a row.
    columns: Vec<Column>,
}

/// A column of the query, by the name that its field has.
#[derive(Debug, Deserialize)]
struct Column {
    name: String,
    #[serde(default)]
    form: Form,
}

/// How a value stands in JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    /// As PostgreSQL writes it.
    #[default]
    Plain,
    /// Bytes.
    Base64,
    /// A moment, as the time in UTC.
    Utc,
}

/// A query.
pub struct PostgresSource {
    query: Arc<Query>,
    parameters: Vec<Row>,
}

/// What each execution needs.
struct Query {
    target: Target,
    sql: String,
}

impl PostgresSource {
    /// Checks the options and makes the statement.
    pub fn new(options: SourceOptions) -> Result<Self> {
        let target = Target::parse(&options.url, options.user.as_deref(), options.password.as_deref())?;
        let (query, number_of_parameters) = numbered(&options.query);
        if let Some(other) = options.parameters.iter().find(|set| set.len() != number_of_parameters) {
            return Err(Error::invalid(format!(
                "the query of a JDBC source has {number_of_parameters} '?', but a set of parameters has {} values: {query}",
                other.len()
            )));
        }
        let sql = as_json(&query, &options.columns);
        let query = Arc::new(Query { target, sql });
        Ok(Self { query, parameters: options.parameters })
    }
}

/// A query whose rows are those of another one as JSON. Its columns get the names of the fields, in order.
fn as_json(query: &str, columns: &[Column]) -> String {
    let value = |column: &Column| {
        let name = quoted(&column.name);
        match column.form {
            Form::Plain => format!("q.{name}"),
            Form::Base64 => format!(r"translate(encode(q.{name}, 'base64'), E'\n', '') AS {name}"),
            Form::Utc => format!("q.{name} AT TIME ZONE 'UTC' AS {name}"),
        }
    };
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let values: Vec<String> = columns.iter().map(value).collect();
    let query = query.trim().trim_end_matches(';');
    // The line break ends a comment.
    format!(
        "SELECT row_to_json(r)::text FROM (SELECT {} FROM ({query}\n) AS q ({})) AS r",
        values.join(", "),
        names.join(", ")
    )
}

impl Source for PostgresSource {
    fn boundedness(&self) -> Boundedness {
        Boundedness::Bounded
    }

    fn preflight(&self) -> Result<()> {
        let query = Arc::clone(&self.query);
        let checked = bridge::run_alone(async move {
            let client = query.target.connect().await?;
            client.prepare(&query.sql).await.map_err(|e| query.explain(&e)).map(drop)
        });
        // Before a job has begun there is nothing that a restart could mend.
        checked.map_err(|error| match error {
            Error::External(text) => Error::Invalid(text),
            other => other,
        })
    }

    fn enumerator(&self, _parallelism: u32, restored: Option<&[u8]>) -> Result<Box<dyn SplitEnumerator>> {
        let splits = self.parameters.iter().enumerate();
        let splits = splits.map(|(number, parameters)| Split {
            id: number.to_string(),
            position: 0,
            data: encoding::encode(VERSION, parameters),
        });
        Ok(Box::new(FixedSplits::new(splits.collect(), restored)))
    }

    fn reader(&self, context: ReaderContext) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(PostgresReader::new(Arc::clone(&self.query), context)))
    }
}

impl Query {
    fn explain(&self, error: &tokio_postgres::Error) -> Error {
        explain(&format!("PostgreSQL at {}: {}", self.target.shown, self.sql), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_get_the_names_of_fields() {
        let columns: Vec<Column> = serde_json::from_value(json!([
            {"name": "a"}, {"name": "b\"c", "form": "base64"}, {"name": "t", "form": "utc"}
        ]))
        .unwrap();
        assert_eq!(
            as_json("select x, y, z from t -- all\n; ", &columns),
            "SELECT row_to_json(r)::text FROM (SELECT q.\"a\", translate(encode(q.\"b\"\"c\", 'base64'), E'\\n', '') AS \
             \"b\"\"c\", q.\"t\" AT TIME ZONE 'UTC' AS \"t\" FROM (select x, y, z from t -- all\n\n) AS q (\"a\", \
             \"b\"\"c\", \"t\")) AS r"
        );
    }

    #[test]
    fn parameters_and_marks_have_to_be_as_many() {
        let options = json!({"url": "postgresql://h/d", "query": "select ? where '?' = ?", "parameters": [["1", "2"], ["1"]],
            "columns": [{"name": "a"}]});
        let error = PostgresSource::new(serde_json::from_value(options).unwrap()).err().unwrap().to_string();
        assert!(error.contains("has 2 '?', but a set of parameters has 1 values"), "{error}");
    }
}
