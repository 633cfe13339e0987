//! An identity provider on loopback: it answers what a test tells it to, and signs what a test wants signed.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key pair and its name.
pub enum Signer {
    Rsa(String, RsaKeyPair),
    Ec(String, EcdsaKeyPair),
}

impl Signer {
    pub fn rsa(name: &str) -> Self {
        Self::Rsa(name.to_owned(), RsaKeyPair::from_pkcs8(include_bytes!("keys/rsa.pk8")).unwrap())
    }

    pub fn ec(name: &str) -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random).unwrap();
        Self::Ec(name.to_owned(), key)
    }

    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(..) => "RS256",
            Self::Ec(..) => "ES256",
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Rsa(name, _) | Self::Ec(name, _) => name,
        }
    }

    /// The public key as a JWK.
    pub fn public(&self) -> Value {
        match self {
            Self::Rsa(name, key) => {
                let parts = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
                json!({"kty": "RSA", "use": "sig", "kid": name, "n": encode(parts.n), "e": encode(parts.e)})
            }
            Self::Ec(name, key) => {
                let point = key.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": name,
                    "x": encode(&point[1..33]), "y": encode(&point[33..])})
            }
        }
    }

    /// A token with this header, signed by this key whatever the header says.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let random = SystemRandom::new();
        let signature = match self {
            Self::Rsa(_, key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
                signature
            }
            Self::Ec(_, key) => key.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{signed}.{}", encode(signature))
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({"alg": self.algorithm(), "typ": "JWT", "kid": self.name()}), claims)
    }
}

pub fn key_set(keys: &[&Signer]) -> String {
    json!({"keys": keys.iter().map(|key| key.public()).collect::<Vec<_>>()}).to_string()
}

/// Every path it has, and what it answers there; every request it got.
#[derive(Default)]
struct Shared {
    documents: HashMap<String, (u16, String)>,
    requests: Vec<String>,
}

pub struct Provider {
    pub address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

impl Provider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Mutex<Shared>>::default();
        let of_task = shared.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let shared = of_task.clone();
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    let mut buffer = [0; 4096];
                    loop {
                        let read = stream.read(&mut buffer).await.unwrap_or(0);
                        request.extend_from_slice(&buffer[..read]);
                        let text = String::from_utf8_lossy(&request).to_ascii_lowercase();
                        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
                        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
                        let length = length.map_or(0, |length| length.parse::<usize>().unwrap());
                        if read == 0 || (!head.is_empty() && body.len() >= length) {
                            break;
                        }
                    }
                    let request = String::from_utf8_lossy(&request).into_owned();
                    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                    let (status, body) = {
                        let mut shared = shared.lock().unwrap();
                        shared.requests.push(request);
                        shared.documents.get(&path).cloned().unwrap_or((404, String::new()))
                    };
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\nConnection: close\r\nLocation: /elsewhere\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    stream.write_all(answer.as_bytes()).await.ok();
                });
            }
        });
        Self { address, shared }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn answers(&self, path: &str, status: u16, body: impl Into<String>) {
        self.shared.lock().unwrap().documents.insert(path.to_owned(), (status, body.into()));
    }

    /// The last request to a path, head and body.
    pub fn last(&self, path: &str) -> String {
        let begin = format!(" {path} ");
        let shared = self.shared.lock().unwrap();
        shared.requests.iter().rfind(|request| request.contains(&begin)).cloned().unwrap_or_default()
    }

    /// How often it was asked for a path.
    pub fn asked(&self, path: &str) -> usize {
        let begin = format!(" {path} ");
        self.shared.lock().unwrap().requests.iter().filter(|request| request.contains(&begin)).count()
    }
}
