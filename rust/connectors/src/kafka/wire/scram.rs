//! SCRAM (RFC 5802) as Kafka speaks it: proves that both sides know the password without sending it.

use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SecureRandom;
use ring::{digest, hmac, pbkdf2};

use crate::kafka::security::ScramDigest;

/// The client's side of one login.
pub(super) struct Scram {
    digest: ScramDigest,
    username: String,
    password: String,
    nonce: String,
}

/// What the server has to say to prove that it knows the password too.
#[derive(Debug)]
pub(super) struct ExpectedVerdict(Vec<u8>);

impl Scram {
    pub(super) fn new(digest: ScramDigest, username: &str, password: &str) -> Result<Self, String> {
        let mut nonce = [0; 24];
        ring::rand::SystemRandom::new()
            .fill(&mut nonce)
            .map_err(|_| "the system gives no random numbers".to_owned())?;
        Ok(Self::with_nonce(digest, username, password, STANDARD.encode(nonce)))
    }

    fn with_nonce(digest: ScramDigest, username: &str, password: &str, nonce: String) -> Self {
        let username = username.replace('=', "=3D").replace(',', "=2C");
        Self { digest, username, password: password.to_owned(), nonce }
    }

    fn first_bare(&self) -> String {
        format!("n={},r={}", self.username, self.nonce)
    }

    /// The opening message.
    pub(super) fn first(&self) -> String {
        format!("n,,{}", self.first_bare())
    }

    /// The proof for the server's challenge.
    pub(super) fn answer(&self, challenge: &[u8]) -> Result<(String, ExpectedVerdict), String> {
        let challenge =
            std::str::from_utf8(challenge).map_err(|_| "the broker's SCRAM challenge is not text".to_owned())?;
        let field = |name: &str| {
            let found = challenge.split(',').find_map(|f| f.strip_prefix(name).and_then(|f| f.strip_prefix('=')));
            found.ok_or_else(|| format!("the broker's SCRAM challenge has no field {name}"))
        };
        let nonce = field("r")?;
        if !nonce.starts_with(&self.nonce) {
            return Err("the broker's SCRAM challenge is for another login".to_owned());
        }
        let salt = STANDARD.decode(field("s")?).map_err(|_| "the broker's SCRAM salt is not base64".to_owned())?;
        let iterations =
            field("i")?.parse().ok().and_then(NonZeroU32::new).ok_or("the broker's SCRAM iterations are no number")?;

        let without_proof = format!("c=biws,r={nonce}");
        let to_sign = format!("{},{challenge},{without_proof}", self.first_bare());
        let salted = self.salted(&salt, iterations);
        let client_key = self.hmac(&salted, b"Client Key");
        let stored_key = digest::digest(self.digest_algorithm(), &client_key);
        let signature = self.hmac(stored_key.as_ref(), to_sign.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let server_key = self.hmac(&salted, b"Server Key");
        let verdict = ExpectedVerdict(self.hmac(&server_key, to_sign.as_bytes()));
        Ok((format!("{without_proof},p={}", STANDARD.encode(proof)), verdict))
    }

    fn salted(&self, salt: &[u8], iterations: NonZeroU32) -> Vec<u8> {
        let (algorithm, length) = match self.digest {
            ScramDigest::Sha256 => (pbkdf2::PBKDF2_HMAC_SHA256, 32),
            ScramDigest::Sha512 => (pbkdf2::PBKDF2_HMAC_SHA512, 64),
        };
        let mut salted = vec![0; length];
        pbkdf2::derive(algorithm, iterations, salt, self.password.as_bytes(), &mut salted);
        salted
    }

    fn hmac(&self, key: &[u8], text: &[u8]) -> Vec<u8> {
        let algorithm = match self.digest {
            ScramDigest::Sha256 => hmac::HMAC_SHA256,
            ScramDigest::Sha512 => hmac::HMAC_SHA512,
        };
        hmac::sign(&hmac::Key::new(algorithm, key), text).as_ref().to_vec()
    }

    fn digest_algorithm(&self) -> &'static digest::Algorithm {
        match self.digest {
            ScramDigest::Sha256 => &digest::SHA256,
            ScramDigest::Sha512 => &digest::SHA512,
        }
    }
}

impl ExpectedVerdict {
    pub(super) fn check(&self, verdict: &[u8]) -> Result<(), String> {
        let verdict = String::from_utf8_lossy(verdict);
        let signature = verdict.split(',').find_map(|f| f.strip_prefix("v="));
        match signature.and_then(|s| STANDARD.decode(s).ok()) {
            Some(signature) if signature == self.0 => Ok(()),
            Some(_) => {
                Err("the broker does not know the password it asked for: it is not the broker it says it is".to_owned())
            }
            None => Err(format!("the broker refused the login: {verdict}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The exchange that RFC 7677 prints.
    const CHALLENGE: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    fn scram() -> Scram {
        Scram::with_nonce(ScramDigest::Sha256, "user", "pencil", "rOprNGfwEbeRWgbNEkqO".to_owned())
    }

    #[test]
    fn the_published_exchange_is_reproduced() {
        assert_eq!(scram().first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let (answer, expected) = scram().answer(CHALLENGE.as_bytes()).unwrap();
        let proof = "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(answer, format!("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,{proof}"));
        expected.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").unwrap();
        assert!(expected.check(b"v=AAAA").unwrap_err().contains("not the broker"));
        assert!(expected.check(b"e=invalid-proof").unwrap_err().contains("invalid-proof"));
    }

    #[test]
    fn a_challenge_for_somebody_else_is_refused() {
        assert!(scram().answer(b"r=other,s=AA==,i=4096").is_err());
        assert!(scram().answer(b"r=rOprNGfwEbeRWgbNEkqOx,s=AA==").unwrap_err().contains("no field i"));
    }

    #[test]
    fn names_are_escaped() {
        let scram = Scram::with_nonce(ScramDigest::Sha512, "a=b,c", "p", "r".to_owned());
        assert_eq!(scram.first(), "n,,n=a=3Db=2Cc,r=r");
    }
}
