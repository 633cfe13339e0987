//! TLS towards others: the database and the bucket.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

/// A client that trusts what the machine trusts (`SSL_CERT_FILE` names other authorities).
pub(crate) fn client() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Ok(ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
