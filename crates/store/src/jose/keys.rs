//! Sets of public keys (JWKS).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::Value;

use super::{Algorithm, BadSignature, text_of};

/// More keys than a set has anywhere.
const MOST_KEYS: usize = 100;

/// The public keys of an issuer.
#[derive(Debug, Clone)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    /// The only algorithm that it is for, if it says one.
    algorithm: Option<String>,
    material: Material,
}

#[derive(Debug, Clone)]
enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    P384(Vec<u8>),
}

impl KeySet {
    /// The keys of a JWKS that sign. Those of other kinds are passed over; what is no JWKS is none.
    pub(crate) fn parse(json: &[u8]) -> Option<Self> {
        let set: Value = serde_json::from_slice(json).ok()?;
        let keys = set.get("keys")?.as_array()?;
        Some(Self(keys.iter().filter_map(Key::read).take(MOST_KEYS).collect()))
    }

    /// Whether there is a key of this name; without a name, any.
    pub(crate) fn has(&self, id: Option<&str>) -> bool {
        self.named(id).next().is_some()
    }

    fn named<'k>(&'k self, id: Option<&'k str>) -> impl Iterator<Item = &'k Key> {
        self.0.iter().filter(move |key| id.is_none() || key.id.as_deref() == id)
    }

    pub(super) fn verify(
        &self,
        algorithm: Algorithm,
        id: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        let mut verdict = Err(BadSignature::NoKey);
        for key in self.named(id) {
            match key.verify(algorithm, message, signature) {
                Ok(()) => return Ok(()),
                Err(BadSignature::Wrong) => verdict = Err(BadSignature::Wrong),
                Err(BadSignature::NoKey) => {}
            }
        }
        verdict
    }
}

impl Key {
    fn read(key: &Value) -> Option<Self> {
        if text_of(key, "use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let bytes = |member| URL_SAFE_NO_PAD.decode(text_of(key, member)?.trim_end_matches('=')).ok();
        let point = |length: usize| {
            let (x, y) = (bytes("x")?, bytes("y")?);
            (x.len() == length && y.len() == length).then(|| [&[4], x.as_slice(), y.as_slice()].concat())
        };
        let material = match (text_of(key, "kty")?, text_of(key, "crv")) {
            ("RSA", _) => {
                let mut modulus = bytes("n")?;
                // Some write the sign's zero byte, which is none of the number.
                let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
                modulus.drain(..zeros);
                Material::Rsa { modulus, exponent: bytes("e")? }
            }
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            _ => return None,
        };
        let id = text_of(key, "kid").map(str::to_owned);
        Some(Self { id, algorithm: text_of(key, "alg").map(str::to_owned), material })
    }

    /// Ring refuses RSA keys of less than 2048 bits.
    fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        if self.algorithm.as_deref().is_some_and(|only| only != algorithm.name()) {
            return Err(BadSignature::NoKey);
        }
        let verified = match (&self.material, algorithm) {
            (Material::Rsa { modulus, exponent }, Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512) => {
                let parameters = match algorithm {
                    Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
                    _ => &RSA_PKCS1_2048_8192_SHA512,
                };
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(parameters, message, signature)
            }
            (Material::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            (Material::P384(point), Algorithm::Es384) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(message, signature)
            }
            _ => return Err(BadSignature::NoKey),
        };
        verified.map_err(|_| BadSignature::Wrong)
    }
}
