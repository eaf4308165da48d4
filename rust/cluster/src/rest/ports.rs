//! Which ports the server may take: `rest.bind-port`, otherwise `rest.port`.

use penstock_core::config::{ConfigOption, options};
use penstock_core::{Configuration, Error, Result};

/// Ports where nobody has named any: set by `penstock run`.
const FALLBACK: ConfigOption<Option<String>> = ConfigOption::unset("penstock.rest.fallback-ports");

/// The ports to try, in order; 0 means any that is free. `None`: the configuration asks for no server.
pub(super) fn configured(config: &Configuration) -> Result<Option<Vec<u16>>> {
    let bind = config.read(&options::REST_BIND_PORT)?;
    if let Some(text) = bind {
        return parse(&text, options::REST_BIND_PORT.key()).map(Some);
    }
    if let Some(text) = config.read(&options::REST_PORT)? {
        return parse(&text, options::REST_PORT.key()).map(Some);
    }
    config.read(&FALLBACK)?.map(|text| parse(&text, FALLBACK.key())).transpose()
}

/// A port, or a range such as `8081-8090`, or several of either, separated by commas.
fn parse(text: &str, key: &str) -> Result<Vec<u16>> {
    let wrong = || Error::invalid(format!("{key}: '{text}' is not a port or a range of ports such as '8081-8090'"));
    let number = |text: &str| text.trim().parse::<u16>().map_err(|_| wrong());
    let mut ports = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (number(first)?, number(last)?);
        if first > last {
            return Err(wrong());
        }
        ports.extend(first..=last);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(entries: &[(&str, &str)]) -> Result<Option<Vec<u16>>> {
        configured(&entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn ranges_lists_and_the_more_exact_key() {
        assert_eq!(ports(&[]).unwrap(), None);
        assert_eq!(ports(&[("rest.port", "9000")]).unwrap(), Some(vec![9000]));
        assert_eq!(
            ports(&[("rest.port", "9000"), ("rest.bind-port", "8081-8083,0")]).unwrap(),
            Some(vec![8081, 8082, 8083, 0])
        );
        assert_eq!(ports(&[("penstock.rest.fallback-ports", "8081,0")]).unwrap(), Some(vec![8081, 0]));
        for wrong in ["http", "8083-8081", "70000"] {
            let error = ports(&[("rest.bind-port", wrong)]).unwrap_err().to_string();
            assert!(error.starts_with("rest.bind-port: "), "{error}");
        }
    }
}
