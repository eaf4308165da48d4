//! Which changes of a declared type the stored bytes can follow, and the bytes that follow them.

use penstock_core::{Result, TypeInfo};

use super::layout::{Layout, copy, items, nullable};
use crate::wire::Reader;

/// What stands between two types; `None` if values of the old one can become values of the new one.
pub(super) fn obstacle(old: &TypeInfo, new: &TypeInfo) -> Option<String> {
    let inner = |what: &str, old: &TypeInfo, new: &TypeInfo| obstacle(old, new).map(|o| format!("{what}: {o}"));
    match (old, new) {
        _ if old == new => None,
        (TypeInfo::Float, TypeInfo::Double) | (TypeInfo::Char, TypeInfo::String) => None,
        (TypeInfo::List { element: a }, TypeInfo::List { element: b })
        | (TypeInfo::PrimitiveArray { element: a }, TypeInfo::PrimitiveArray { element: b })
        | (TypeInfo::BasicArray { element: a }, TypeInfo::BasicArray { element: b })
        | (TypeInfo::ObjectArray { element: a }, TypeInfo::ObjectArray { element: b }) => {
            if let (Layout::Elements(_), Layout::Elements(_)) = (Layout::of(old), Layout::of(new)) {
                inner("its elements", a, b)
            } else {
                Some(format!("{old} cannot become {new}"))
            }
        }
        (TypeInfo::Map { key: a, value: x }, TypeInfo::Map { key: b, value: y }) => {
            inner("its keys", a, b).or_else(|| inner("its values", x, y))
        }
        (TypeInfo::Tuple { fields: a }, TypeInfo::Tuple { fields: b }) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(i, (a, b))| inner(&format!("field {i}"), a, b))
        }
        (TypeInfo::Row { names: old_names, fields: a }, TypeInfo::Row { names: new_names, fields: b }) => {
            rows((old_names.as_deref(), a), (new_names.as_deref(), b))
        }
        _ => match (Layout::of(old), Layout::of(new)) {
            (Layout::Integer(from), Layout::Integer(to)) if from < to => None,
            _ => Some(format!("{old} cannot become {new}")),
        },
    }
}

/// A row may get further fields at its end, and its fields may widen; they cannot go, change places or be renamed.
fn rows(old: (Option<&[String]>, &[TypeInfo]), new: (Option<&[String]>, &[TypeInfo])) -> Option<String> {
    if new.1.len() < old.1.len() {
        return Some(format!("a row of {} fields cannot become one of {}", old.1.len(), new.1.len()));
    }
    for (i, (a, b)) in old.1.iter().zip(new.1).enumerate() {
        let name = |names: Option<&[String]>| names.and_then(|n| n.get(i)).cloned();
        match (name(old.0), name(new.0)) {
            (Some(was), Some(is)) if was != is => {
                return Some(format!("field {i} was called '{was}' and is called '{is}'; new fields go to the end"));
            }
            (was, is) => {
                let shown = is.or(was).map_or_else(|| format!("field {i}"), |name| format!("field '{name}'"));
                if let Some(obstacle) = obstacle(a, b) {
                    return Some(format!("{shown}: {obstacle}"));
                }
            }
        }
    }
    None
}

/// Passes a value of the old type on as one of the new; only for types without an [`obstacle`].
pub(super) fn convert(old: &TypeInfo, new: &TypeInfo, reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Result<()> {
    if old == new {
        return copy(old, reader, out);
    }
    match (Layout::of(old), Layout::of(new)) {
        (Layout::Integer(from), Layout::Integer(to)) => {
            let bytes = reader.take(from)?;
            let sign = if bytes[0] & 0x80 == 0 { 0 } else { 0xff };
            out.extend(std::iter::repeat_n(sign, to.saturating_sub(from)));
            out.extend_from_slice(bytes);
        }
        (Layout::Fixed(4), Layout::Fixed(8)) => {
            out.extend_from_slice(&f64::from(f32::from_be_bytes(reader.array()?)).to_be_bytes());
        }
        (Layout::Fields { row, fields: a }, Layout::Fields { fields: b, .. }) => {
            if row {
                out.push(reader.u8()?);
            }
            a.iter().zip(b).try_for_each(|(a, b)| nullable(reader, out, |r, out| convert(a, b, r, out)))?;
            out.extend(std::iter::repeat_n(0, b.len().saturating_sub(a.len())));
        }
        (Layout::Elements(a), Layout::Elements(b)) => {
            items(reader, out, |r, out| nullable(r, out, |r, out| convert(a, b, r, out)))?;
        }
        (Layout::Entries(a, x), Layout::Entries(b, y)) => {
            items(reader, out, |r, out| {
                convert(a, b, r, out)?;
                nullable(r, out, |r, out| convert(x, y, r, out))
            })?;
        }
        _ => copy(old, reader, out)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> TypeInfo {
        serde_json::from_str(json).expect("a type")
    }

    fn row(names: &[&str], fields: &[TypeInfo]) -> TypeInfo {
        let names = (!names.is_empty()).then(|| names.iter().map(|n| (*n).to_owned()).collect());
        TypeInfo::Row { names, fields: fields.to_vec() }
    }

    fn converted(old: &TypeInfo, new: &TypeInfo, bytes: &[u8]) -> Vec<u8> {
        assert_eq!(obstacle(old, new), None);
        let (mut reader, mut out) = (Reader::new(bytes, "test"), Vec::new());
        convert(old, new, &mut reader, &mut out).expect("converted");
        reader.finish().expect("all was read");
        out
    }

    #[test]
    fn integers_widen_with_their_sign() {
        for n in [0, 1, -1, i32::MAX, i32::MIN] {
            let long = converted(&TypeInfo::Int, &TypeInfo::Long, &n.to_be_bytes());
            assert_eq!(long, i64::from(n).to_be_bytes());
        }
        assert_eq!(converted(&TypeInfo::Byte, &TypeInfo::Short, &[0x80]), [0xff, 0x80]);
    }

    #[test]
    fn floats_widen() {
        assert_eq!(converted(&TypeInfo::Float, &TypeInfo::Double, &1.5_f32.to_be_bytes()), 1.5_f64.to_be_bytes());
    }

    #[test]
    fn a_row_gets_absent_fields_at_its_end_and_keeps_its_kind() {
        let old = row(&["a", "b"], &[TypeInfo::Byte, TypeInfo::String]);
        let new = row(&["a", "b", "c", "d"], &[TypeInfo::Short, TypeInfo::String, TypeInfo::Long, TypeInfo::Double]);
        assert_eq!(converted(&old, &new, &[2, 1, 7, 1, 1, b'x']), [2, 1, 0, 7, 1, 1, b'x', 0, 0]);
        assert_eq!(converted(&old, &new, &[0, 0, 0]), [0, 0, 0, 0, 0]);
    }

    #[test]
    fn what_lies_within_lists_maps_and_tuples_follows() {
        let list = |t: &str| parsed(&format!(r#"{{"type":"LIST","element":{{"type":"{t}"}}}}"#));
        assert_eq!(converted(&list("BYTE"), &list("SHORT"), &[2, 1, 5, 0]), [2, 1, 0, 5, 0]);
        let map = |t: &str| parsed(&format!(r#"{{"type":"MAP","key":{{"type":"{t}"}},"value":{{"type":"BOOLEAN"}}}}"#));
        assert_eq!(converted(&map("BYTE"), &map("SHORT"), &[1, 9, 1, 1]), [1, 0, 9, 1, 1]);
        let tuple = |t: &str| parsed(&format!(r#"{{"type":"TUPLE","fields":[{{"type":"{t}"}}]}}"#));
        assert_eq!(converted(&tuple("BYTE"), &tuple("SHORT"), &[1, 3]), [1, 0, 3]);
    }

    #[test]
    fn every_other_change_is_named() {
        let ab = row(&["a", "b"], &[TypeInfo::Int, TypeInfo::Int]);
        for (old, new, reason) in [
            (TypeInfo::Long, TypeInfo::Int, "LONG cannot become INT"),
            (TypeInfo::Int, TypeInfo::String, "INT cannot become STRING"),
            (TypeInfo::Int, TypeInfo::Double, "INT cannot become DOUBLE"),
            (TypeInfo::PickledByteArray, TypeInfo::BigInt, "PICKLED_BYTE_ARRAY cannot become BIG_INT"),
            (ab.clone(), row(&["a"], &[TypeInfo::Int]), "a row of 2 fields cannot become one of 1"),
            (ab.clone(), row(&["b", "a"], &[TypeInfo::Int, TypeInfo::Int]), "field 0 was called 'a'"),
            (ab.clone(), row(&["a", "b"], &[TypeInfo::Int, TypeInfo::String]), "field 'b': INT cannot become STRING"),
            (
                parsed(r#"{"type":"TUPLE","fields":[{"type":"INT"}]}"#),
                parsed(r#"{"type":"TUPLE","fields":[{"type":"INT"},{"type":"INT"}]}"#),
                "TUPLE(INT) cannot become TUPLE(INT, INT)",
            ),
            (
                parsed(r#"{"type":"PRIMITIVE_ARRAY","element":{"type":"BYTE"}}"#),
                parsed(r#"{"type":"PRIMITIVE_ARRAY","element":{"type":"INT"}}"#),
                "PRIMITIVE_ARRAY(BYTE) cannot become",
            ),
        ] {
            let found = obstacle(&old, &new).unwrap_or_default();
            assert!(found.contains(reason), "{found}");
        }
    }

    #[test]
    fn a_row_without_names_may_get_some() {
        assert_eq!(obstacle(&row(&[], &[TypeInfo::Int]), &row(&["a"], &[TypeInfo::Int])), None);
    }

    #[test]
    fn bytes_that_are_cut_off_are_damage() {
        let list = parsed(r#"{"type":"LIST","element":{"type":"INT"}}"#);
        let longs = parsed(r#"{"type":"LIST","element":{"type":"LONG"}}"#);
        let error = convert(&list, &longs, &mut Reader::new(&[3, 1, 0], "the state"), &mut Vec::new());
        assert!(error.expect_err("cut off").to_string().contains("the state is damaged"));
    }
}
