//! A record on its way: the values of its fields as texts, which PostgreSQL makes the types of the columns of.

use std::error::Error as StdError;

use penstock_core::{Error, Result};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};

/// The values of one record.
pub(super) type Row = Vec<Value>;

/// A value as text, or NULL.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(transparent)]
pub(super) struct Value(Option<String>);

impl ToSql for Value {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> std::result::Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Some(text) = &self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

/// Reads what the encoder made of a record: a JSON array of texts and nulls.
pub(super) fn parse(bytes: Option<&[u8]>, parameters: usize) -> Result<Row> {
    let row: Row = serde_json::from_slice(bytes.unwrap_or_default())
        .map_err(|e| Error::internal(format!("a record for PostgreSQL is not a list of texts: {e}")))?;
    if row.len() == parameters {
        return Ok(row);
    }
    Err(Error::invalid(format!(
        "a record for the PostgreSQL sink has {} fields, and the sink writes {parameters}",
        row.len()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_have_as_many_fields_as_the_statement() {
        let row = parse(Some(br#"["a", null]"#), 2).unwrap();
        assert_eq!(row, [Value(Some("a".to_owned())), Value(None)]);
        assert!(parse(Some(br#"["a"]"#), 2).unwrap_err().to_string().contains("has 1 fields, and the sink writes 2"));
        assert!(matches!(parse(None, 2), Err(Error::Internal(_))));
    }
}
