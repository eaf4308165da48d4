//! `sasl.jaas.config`: one login module with options, in Java's notation.

use penstock_core::{Error, Result};

/// The properties that say the same to librdkafka. The text is never repeated in errors: it holds a password.
pub(crate) fn credentials(jaas: &str) -> Result<Vec<(String, String)>> {
    let mut words = words(jaas)?.into_iter();
    let module = words.next().unwrap_or_default();
    let options: Vec<(String, String)> =
        words.filter_map(|w| w.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()))).collect();
    let option = |name: &str| {
        let found = options.iter().find(|(k, _)| k == name);
        found
            .map(|(_, v)| v.clone())
            .ok_or_else(|| Error::invalid(format!("sasl.jaas.config names {module} but gives no {name}")))
    };
    let class = module.rsplit('.').next().unwrap_or_default();
    match class {
        "PlainLoginModule" | "ScramLoginModule" => Ok(vec![
            ("sasl.username".to_owned(), option("username")?),
            ("sasl.password".to_owned(), option("password")?),
        ]),
        "OAuthBearerLoginModule" => Ok(Vec::new()),
        _ => Err(Error::invalid(format!(
            "sasl.jaas.config names the login module '{module}'; understood are PlainLoginModule, ScramLoginModule and OAuthBearerLoginModule"
        ))),
    }
}

/// Splits at blanks, minding double quotes and backslashes, up to the closing semicolon.
fn words(jaas: &str) -> Result<Vec<String>> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = jaas.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => word.extend(chars.next()),
            ';' if !quoted => break,
            c if c.is_whitespace() && !quoted => words.extend(take(&mut word)),
            c => word.push(c),
        }
    }
    if quoted {
        return Err(Error::invalid("sasl.jaas.config has a double quote that is not closed"));
    }
    words.extend(take(&mut word));
    Ok(words)
}

fn take(word: &mut String) -> Option<String> {
    (!word.is_empty()).then(|| std::mem::take(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scram_without_quotes_and_over_lines() {
        let jaas =
            "org.apache.kafka.common.security.scram.ScramLoginModule required\n  username=me\n  password=\"s p\";";
        let expected = [("sasl.username".to_owned(), "me".to_owned()), ("sasl.password".to_owned(), "s p".to_owned())];
        assert_eq!(credentials(jaas).unwrap(), expected);
    }

    #[test]
    fn mistakes_are_named_without_the_secret() {
        let error = credentials("a.b.PlainLoginModule required password=\"secret\";").unwrap_err().to_string();
        assert!(error.contains("gives no username") && !error.contains("secret"), "{error}");
        assert!(
            credentials("com.sun.security.auth.module.Krb5LoginModule required;")
                .unwrap_err()
                .to_string()
                .contains("Krb5LoginModule")
        );
        assert!(credentials("x \"y").is_err());
    }
}
