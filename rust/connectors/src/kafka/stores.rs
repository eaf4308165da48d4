//! Java's key and trust stores, said as librdkafka's PEM files.

use penstock_core::{Error, Result};

use super::options::GivenProperties;

/// Replaces `ssl.truststore.*` and `ssl.keystore.*` by what librdkafka calls the same.
pub(crate) fn translate(given: &mut GivenProperties) -> Result<()> {
    trust_store(given)?;
    key_store(given)
}

fn trust_store(given: &mut GivenProperties) -> Result<()> {
    let kind = given.remove("ssl.truststore.type");
    given.remove("ssl.truststore.password");
    rename(given, "ssl.truststore.certificates", "ssl.ca.pem");
    let Some(location) = given.remove("ssl.truststore.location") else { return Ok(()) };
    if format(kind.as_deref(), &location) != Format::Pem {
        return Err(only_java_reads("ssl.truststore.location", &location));
    }
    given.entry("ssl.ca.location".to_owned()).or_insert(location);
    Ok(())
}

fn key_store(given: &mut GivenProperties) -> Result<()> {
    let kind = given.remove("ssl.keystore.type");
    rename(given, "ssl.keystore.key", "ssl.key.pem");
    rename(given, "ssl.keystore.certificate.chain", "ssl.certificate.pem");
    let Some(location) = given.remove("ssl.keystore.location") else { return Ok(()) };
    match format(kind.as_deref(), &location) {
        Format::Pem => {
            given.entry("ssl.certificate.location".to_owned()).or_insert_with(|| location.clone());
            given.entry("ssl.key.location".to_owned()).or_insert(location);
        }
        Format::Pkcs12 => {
            given.insert("ssl.keystore.location".to_owned(), location);
        }
        Format::Java => return Err(only_java_reads("ssl.keystore.location", &location)),
    }
    Ok(())
}

fn rename(given: &mut GivenProperties, java: &str, ours: &str) {
    if let Some(value) = given.remove(java) {
        given.entry(ours.to_owned()).or_insert(value);
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Format {
    Pem,
    Pkcs12,
    Java,
}

/// By the declared type, else by the file's extension.
fn format(kind: Option<&str>, location: &str) -> Format {
    let extension = location.rsplit('.').next().unwrap_or_default();
    match kind.unwrap_or(extension).to_ascii_lowercase().as_str() {
        "pem" | "crt" | "cer" | "key" => Format::Pem,
        "pkcs12" | "p12" | "pfx" => Format::Pkcs12,
        _ => Format::Java,
    }
}

fn only_java_reads(property: &str, location: &str) -> Error {
    Error::invalid(format!(
        "{property} names {location}, a store that only Java reads. Export it as PEM (keytool -exportcert -rfc for certificates; \
         keytool -importkeystore -deststoretype PKCS12 and openssl pkcs12 for keys) and give ssl.ca.location, or \
         ssl.certificate.location and ssl.key.location"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(given: &[(&str, &str)]) -> Result<Vec<(String, String)>> {
        let mut given = given.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        translate(&mut given)?;
        Ok(given.into_iter().collect())
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn pem_stores_become_files() {
        let given =
            [("ssl.truststore.type", "PEM"), ("ssl.truststore.location", "/ca"), ("ssl.keystore.location", "/me.pem")];
        let expected =
            [("ssl.ca.location", "/ca"), ("ssl.certificate.location", "/me.pem"), ("ssl.key.location", "/me.pem")];
        assert_eq!(translated(&given).unwrap(), pairs(&expected));
    }

    #[test]
    fn inline_pem_is_renamed() {
        let given =
            [("ssl.keystore.key", "K"), ("ssl.keystore.certificate.chain", "C"), ("ssl.truststore.certificates", "A")];
        let expected = [("ssl.ca.pem", "A"), ("ssl.certificate.pem", "C"), ("ssl.key.pem", "K")];
        assert_eq!(translated(&given).unwrap(), pairs(&expected));
    }

    #[test]
    fn jks_is_refused_with_the_way_out() {
        let error = translated(&[("ssl.truststore.location", "/etc/trust.jks")]).unwrap_err().to_string();
        assert!(error.contains("/etc/trust.jks") && error.contains("keytool"), "{error}");
    }
}
