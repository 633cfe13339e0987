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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // Keys that `openssl` made, and its signatures of `MESSAGE`.
    const MESSAGE: &[u8] = b"header.claims";
    const MODULUS: &str = "xMiTAwMBgAL3EhgFuLJinW2PDnBLBlpRDB7zXCVc1O7u1-tpu5c95Hlv-Z3gjC0PN4Aa1YjzRJLT1V8_fVr2vqwCCT\
        -g_YNm_KAEV6UUJcVDbhaCex2ChAWFFhS_VsYlhuz9RArf0SvDDIyk2lUFDCJxOMPeFYT3B5w5NFcbsbns1h2wzZTf\
        wUT8zhW5Dnt-DL7eJU9GLMRCmpiWXlL_dzMn4Ct_9Usq51aZh0ULiWIBFggQj_feKs51I9w8RjQF4j1SF8GTiD7yqF\
        jd_UbYPwuG5DQNMlLKtzGZn06cmHSvCSQm_o1Sr-pKYFahwtAZ3uG3ieDxGV2kn7XbvfU3Zw";
    const SHA256: &str = "QfZVb1JSHOqDj-EdN6Qme5iGx_eJwvRmL4yBW0QwFtd_2f_Ej9AvIn5g4APYHnRf2m3GtMhPbndTM9ag1WAKsOQxZA\
        SKUlqs-xD5rgTHLAGFeydarPKuJJ0BqOQiBSmDOf4pg82xHKMUT6GhA6PmsAX5XFe4_mLf8ca7QTqPXgSd5mWfp-lb\
        JRO67JmpoSosAA9pRuN4pM54zNsVOFLRoIuAyZ3ju1YN5fI7CrZKREdfU5448Piv83Q2Qld6id2rmQr6NfqHcTeu-B\
        o-MsSheWVf8NPwKNbFkMgtt7ZC5mAD5c8azTjRLTHLILTUnYe1N85MUvWt0QuQ94pslxdtZA";
    const SHA384: &str = "QH7FJBZxnooek8NHpG8YpMo_D1ypjoasL7sS_NwVEkfjnXg0_sE63m_XkU-RS2MXnOr4X2g9w4EjMX2UnKshw-XJti\
        qmvQLPRfWytQO_-9pQTzSbNL3z_sPS-8LzLMH7LccnDpx-7QM6e6Cn2f--yGdhy4IpzK-P5VTS-yXmPyLxNN2Zy1NW\
        EyjaoYuLcERx1RobC84Zd0ir_Q9ElFY4F-PWjS1gw414qdwfrnC93HSoBoCgUgq_Vhvud1PtQNiKEmXD01meJ6vtB8\
        falZuC9ZrCylgEU36RBTmUorrog-obaMUBntziNtRu2U7sKZCyp_cta1xyWX7xRSxLL2Vmtw";
    const SHA512: &str = "VoouMMjz7FZq4PbmZI87axz9veywqB-mFaiuKopRUrD2UC-QVbWwNwKewQAbH42tIFwbVHtytHoEsGCPRNCCadnguX\
        DlAYLAezXnzKrAKBbmuGqGtuvf9QyLogLNPZr3HDWYBFK5ByiAbNMZnjr5nxf7c_Mio1TVpKgIvHz0SlR-siUsQD0d\
        oHIgfDPG-pNoqNy2gCJbPD0YJ24l3KUemygbxzS4LZLrUNDcABKxxDy3MzoKGgl4d92tiSNSXVOSJ4svAKrGOKmAwJ\
        lraiD6IxwEhlQcWe9YRav6fqrb3Qwk77N_e75Z5oEUbSuO5EX_TqjZL05Z5DvKuZVplDBf-Q";
    const WEAK_MODULUS: &str = "uDLsqeSCX_r2k4wDZBI2BSunrMV93E5Iyb7wvf-w08GhR755agjcCEVAK8J22K1Rggv4hMC62GQM3Tcu6fHDwaukRt\
        LJwEKvTjH5KPu1kg_LU7UcNN1__fAtaqsNFieIVD3FZPTHOjUmwpDG0NO19RP5nfgy-z3P1p1_7xapuQ0";
    const WEAK_SHA256: &str = "eDeAHqA5ehYcVQXQvcIga-RhSfGoZhJ2nzormVKQY1UfEDbcbCV-rpep9v81QUwGcF5oJoK02Tf-c0FgugWB2RKL3K\
        Mp0cOmYXnAWe-I9sk_3zpzVzhbI85OxuYlKzmU0NsWQRwBpmRtqH5RVq8P85mzz8s4U0iaVQv3jeLoiSc";
    const X: &str = "xvgNPg7nyx6LJvIHIHc0uBwFc8y6hEM0DBjOTMIis7g_Zq40CyFUSSv9Y8vQ5P_Y";
    const Y: &str = "0FzCKzHlwEZjDx6aENnLm0JcJEDBBuYHGRhMkreaZUuevi8YuVXzFy7jmGwD3mFN";
    const ECDSA: &str = "pMl5IFHTszgU7g1DC6bk3JiU0QaQvKHBW3ZYrXkdXfYNc-GR9dw6vYHS7QZNpHKad6irITeSu5gQEEwEtY9qxtGESL\
        o-DQaJfjFs3dYHG5I4pvpBc1U346kJddoiSEGh";

    fn verify(key: Value, algorithm: Algorithm, signature: &str) -> Result<(), BadSignature> {
        let keys = KeySet::parse(json!({"keys": [key]}).to_string().as_bytes()).unwrap();
        keys.verify(algorithm, Some("k"), MESSAGE, &URL_SAFE_NO_PAD.decode(signature).unwrap())
    }

    fn rsa(modulus: &str) -> Value {
        json!({"kty": "RSA", "kid": "k", "n": modulus, "e": "AQAB"})
    }

    #[test]
    fn signatures_are_good_by_their_own_algorithm_alone() {
        let good = [
            (Algorithm::Rs256, SHA256, rsa(MODULUS)),
            (Algorithm::Rs384, SHA384, rsa(MODULUS)),
            (Algorithm::Rs512, SHA512, rsa(MODULUS)),
            (Algorithm::Es384, ECDSA, json!({"kty": "EC", "crv": "P-384", "kid": "k", "x": X, "y": Y})),
        ];
        for (algorithm, signature, key) in &good {
            for (other, ..) in &good {
                let verdict = verify(key.clone(), *other, signature);
                assert_eq!(verdict.is_ok(), other == algorithm, "{algorithm:?} as {other:?}: {verdict:?}");
            }
            assert_eq!(verify(key.clone(), Algorithm::Hs256, signature), Err(BadSignature::NoKey));
        }
    }

    #[test]
    fn an_rsa_key_of_1024_bits_signs_nothing() {
        assert_eq!(verify(rsa(WEAK_MODULUS), Algorithm::Rs256, WEAK_SHA256), Err(BadSignature::Wrong));
    }

    #[test]
    fn a_key_is_used_for_what_it_says_it_is_for() {
        for (member, value) in [("use", "enc"), ("alg", "RS512"), ("kid", "other"), ("kty", "oct")] {
            let mut key = rsa(MODULUS);
            key[member] = json!(value);
            assert_eq!(verify(key, Algorithm::Rs256, SHA256), Err(BadSignature::NoKey), "{member}");
        }
        let mut key = rsa(MODULUS);
        key["alg"] = json!("RS256");
        key["use"] = json!("sig");
        assert_eq!(verify(key, Algorithm::Rs256, SHA256), Ok(()));
    }
}
