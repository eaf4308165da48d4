//! The statement that a record is written with.

use penstock_core::{Error, Result};

use super::options::SinkOptions;

/// The statement in PostgreSQL's form, and its number of parameters.
pub(super) fn of(options: &SinkOptions) -> Result<(String, usize)> {
    match (&options.statement, &options.table) {
        (Some(_), Some(_)) => Err(Error::invalid("a PostgreSQL sink has a table or a statement, not both")),
        (Some(statement), None) => with_parameters(statement),
        (None, Some(table)) => insert(table, &options.columns, &options.key),
        (None, None) => Err(Error::invalid("a PostgreSQL sink needs a table with its columns, or a statement")),
    }
}

/// `INSERT` into a table; with a key, a row that is there already is replaced.
fn insert(table: &str, columns: &[String], key: &[String]) -> Result<(String, usize)> {
    if columns.is_empty() {
        return Err(Error::invalid(format!("a PostgreSQL sink for the table '{table}' needs its columns")));
    }
    if let Some(other) = key.iter().find(|k| !columns.contains(k)) {
        return Err(Error::invalid(format!(
            "the key column '{other}' is not among the columns of the PostgreSQL sink"
        )));
    }
    let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let table = table.split('.').map(quoted).collect::<Vec<_>>().join(".");
    let values = (1..=columns.len()).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let mut sql = format!("INSERT INTO {table} ({}) VALUES ({values})", list(columns));
    if !key.is_empty() {
        let others = columns.iter().filter(|c| !key.contains(c));
        let set: Vec<String> = others.map(|c| format!("{0} = EXCLUDED.{0}", quoted(c))).collect();
        let action = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
        sql += &[" ON CONFLICT (", &list(key), ") DO ", &action].concat();
    }
    Ok((sql, columns.len()))
}

/// An identifier as it is.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The statement of a JDBC sink.
fn with_parameters(statement: &str) -> Result<(String, usize)> {
    let numbered = numbered(statement);
    if numbered.1 == 0 {
        return Err(Error::invalid(format!(
            "the statement of a JDBC sink has a '?' for each field of a record, and this has none: {statement}"
        )));
    }
    Ok(numbered)
}

/// A statement with JDBC's `?` as PostgreSQL's `$1`, `$2`. Text, names and comments are left alone.
pub(super) fn numbered(statement: &str) -> (String, usize) {
    let mut sql = String::with_capacity(statement.len() + 8);
    let (mut parameters, mut rest) = (0, statement);
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '?' => {
                parameters += 1;
                sql.push('$');
                sql += &parameters.to_string();
                rest = &rest[1..];
                continue;
            }
            '\'' | '"' => rest[1..].find(next).map_or(rest.len(), |end| end + 2),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            other => other.len_utf8(),
        };
        let (same, after) = rest.split_at(length);
        sql.push_str(same);
        rest = after;
    }
    (sql, parameters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn statement(options: &Value) -> Result<(String, usize)> {
        let mut all = json!({"url": "postgresql://h/d"});
        for (name, value) in options.as_object().unwrap() {
            all[name] = value.clone();
        }
        of(&serde_json::from_value(all).unwrap())
    }

    #[test]
    fn append_upsert_and_keys_alone() {
        let (sql, parameters) = statement(&json!({"table": "app.words", "columns": ["word", "n"]})).unwrap();
        assert_eq!((sql.as_str(), parameters), (r#"INSERT INTO "app"."words" ("word", "n") VALUES ($1, $2)"#, 2));
        let (sql, _) = statement(&json!({"table": "w", "columns": ["word", "n", "t"], "key": ["word"]})).unwrap();
        assert!(sql.ends_with(r#"ON CONFLICT ("word") DO UPDATE SET "n" = EXCLUDED."n", "t" = EXCLUDED."t""#), "{sql}");
        let (sql, _) = statement(&json!({"table": "w", "columns": ["word"], "key": ["word"]})).unwrap();
        assert!(sql.ends_with(r#"ON CONFLICT ("word") DO NOTHING"#), "{sql}");
    }

    #[test]
    fn names_cannot_break_out() {
        let (sql, _) = statement(&json!({"table": "w\" (x); DROP TABLE y; --", "columns": ["a\"b"]})).unwrap();
        assert_eq!(sql, r#"INSERT INTO "w"" (x); DROP TABLE y; --" ("a""b") VALUES ($1)"#);
    }

    #[test]
    fn jdbcs_marks_become_numbers() {
        let given =
            "INSERT INTO t /* ? */ VALUES (?, 'what? ''it''?', \"?\", ?) -- ?\n ON CONFLICT (a) DO UPDATE SET b = ?";
        let (sql, parameters) = statement(&json!({"statement": given})).unwrap();
        let expected =
            "INSERT INTO t /* ? */ VALUES ($1, 'what? ''it''?', \"?\", $2) -- ?\n ON CONFLICT (a) DO UPDATE SET b = $3";
        assert_eq!((sql.as_str(), parameters), (expected, 3));
    }

    #[test]
    fn what_is_missing_is_named() {
        for (options, part) in [
            (json!({}), "needs a table"),
            (json!({"table": "t"}), "'t' needs its columns"),
            (json!({"table": "t", "columns": ["a"], "key": ["b"]}), "key column 'b'"),
            (json!({"statement": "INSERT INTO t VALUES (1)"}), "this has none"),
            (json!({"statement": "x", "table": "t"}), "not both"),
        ] {
            let error = statement(&options).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
