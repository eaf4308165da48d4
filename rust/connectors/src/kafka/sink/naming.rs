//! Names of transactions: `<prefix>-<subtask>-<offset>`. The offset is the id of the checkpoint that the transaction
//! belongs to, so that after a restore all later ones are known by their names.

use penstock_core::{Error, Result};

use crate::kafka::options::Guarantee;

/// Kafka's strings have 16 bits of length; this leaves room for subtask and offset.
const MAX_PREFIX_BYTES: usize = 64_000;

/// The id of one transaction.
pub(crate) fn transactional_id(prefix: &str, subtask: u32, offset: u64) -> String {
    format!("{prefix}-{subtask}-{offset}")
}

/// The prefix, where the guarantee needs one.
pub(super) fn checked_prefix(guarantee: Guarantee, prefix: Option<String>) -> Result<String> {
    let prefix = prefix.unwrap_or_default();
    if prefix.len() > MAX_PREFIX_BYTES {
        return Err(Error::invalid(format!(
            "the transactional id prefix has {} bytes; at most {MAX_PREFIX_BYTES} are possible",
            prefix.len()
        )));
    }
    if guarantee == Guarantee::ExactlyOnce && prefix.is_empty() {
        return Err(Error::invalid(
            "a Kafka sink with DeliveryGuarantee.EXACTLY_ONCE needs a transactional id prefix that no other job on the cluster uses: \
             KafkaSink.builder().set_transactional_id_prefix(\"...\")",
        ));
    }
    Ok(prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_flinks() {
        assert_eq!(transactional_id("orders", 2, 17), "orders-2-17");
    }

    #[test]
    fn prefixes_are_checked() {
        assert!(checked_prefix(Guarantee::ExactlyOnce, None).is_err());
        assert_eq!(checked_prefix(Guarantee::AtLeastOnce, None).unwrap(), "");
        assert!(checked_prefix(Guarantee::ExactlyOnce, Some("x".repeat(64_000))).is_ok());
        let error = checked_prefix(Guarantee::None, Some("x".repeat(64_001))).unwrap_err().to_string();
        assert!(error.contains("64001 bytes"), "{error}");
    }
}
