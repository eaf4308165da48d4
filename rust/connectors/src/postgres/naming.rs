//! Names of prepared transactions: `<prefix>-<subtask>-<checkpoint>`.

use penstock_core::{Error, Result};

use super::options::Guarantee;

/// PostgreSQL's names of transactions have less than 200 bytes; this leaves room for the numbers.
const MAX_PREFIX_BYTES: usize = 150;

/// The name of one transaction. The last checkpoint of a job that ends has a number of its own.
pub(super) fn name(prefix: &str, subtask: u32, checkpoint: u64) -> String {
    format!("{prefix}-{subtask}-{checkpoint}")
}

/// The prefix, where the guarantee needs one.
pub(super) fn checked_prefix(guarantee: Guarantee, prefix: Option<String>) -> Result<String> {
    let prefix = prefix.unwrap_or_default();
    if prefix.len() > MAX_PREFIX_BYTES {
        return Err(Error::invalid(format!(
            "the transactional id prefix of a PostgreSQL sink has at most {MAX_PREFIX_BYTES} bytes, not {}",
            prefix.len()
        )));
    }
    if guarantee == Guarantee::ExactlyOnce && prefix.is_empty() {
        return Err(Error::invalid(
            "a PostgreSQL sink with DeliveryGuarantee.EXACTLY_ONCE needs a prefix that no other job on this database uses: \
             PostgresSink.builder().set_transactional_id_prefix(\"...\")",
        ));
    }
    Ok(prefix)
}

/// Whether a prepared transaction is one that no checkpoint knows: of this sink, of this subtask or one that falls to it,
/// and prepared after the restored checkpoint.
pub(super) fn is_lingering(
    name: &str,
    prefix: &str,
    subtask: u32,
    parallelism: u32,
    restored_checkpoint: Option<u64>,
) -> bool {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let numbers = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('-')).and_then(|r| r.split_once('-'));
    let Some((Some(of), Some(checkpoint))) = numbers.map(|(of, checkpoint)| (number(of), number(checkpoint))) else {
        return false;
    };
    of % u64::from(parallelism.max(1)) == u64::from(subtask) && restored_checkpoint.is_none_or(|r| checkpoint > r)
}

/// A text as a literal of SQL.
pub(super) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lingers_is_told_from_what_is_prepared_and_from_others() {
        let lingers = |name| is_lingering(name, "job-a", 1, 2, Some(5));
        assert!(lingers("job-a-1-6") && lingers("job-a-3-7"));
        for other in ["job-a-1-5", "job-a-2-6", "job-a-6", "job-a-b-1-6", "job-1-6", "job-a-1-6x", "x-job-a-1-6"] {
            assert!(!lingers(other), "{other}");
        }
        assert!(is_lingering("job-a-1-1", "job-a", 1, 2, None));
    }

    #[test]
    fn prefixes_are_checked() {
        assert!(checked_prefix(Guarantee::ExactlyOnce, None).unwrap_err().to_string().contains("needs a prefix"));
        assert_eq!(checked_prefix(Guarantee::AtLeastOnce, None).unwrap(), "");
        assert!(checked_prefix(Guarantee::ExactlyOnce, Some("x".repeat(151))).is_err());
    }

    #[test]
    fn literals_cannot_break_out() {
        assert_eq!(literal("it's \\"), "E'it\\'s \\\\'");
    }
}
