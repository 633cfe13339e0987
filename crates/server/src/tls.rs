//! The certificate of HTTPS: the operator's own, or a self-signed one that is made on first start and kept.

use std::{fs, io::Write, net::IpAddr, path::Path, sync::Arc};

use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tavola_model::Timestamp;

use crate::{StartError, TlsFiles};

/// A year and a bit: the longest that browsers accept.
const DAYS: u64 = 397;
/// A kept certificate that ends this soon is made anew.
const RENEW_DAYS: u64 = 30;
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// What HTTPS needs, and the chain for those who want to trust it.
pub(crate) struct Tls {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) certificate_pem: String,
}

/// Reads the operator's files, or the kept self-signed certificate, or makes one.
pub(crate) fn load(
    files: Option<&TlsFiles>,
    data_dir: &Path,
    names: &[IpAddr],
    now: Timestamp,
) -> Result<Tls, StartError> {
    match files {
        Some(files) => from_files(&files.certificate, &files.key),
        None => {
            let folder = data_dir.join("tls");
            let (certificate, key, until) =
                (folder.join("certificate.pem"), folder.join("key.pem"), folder.join("valid-until"));
            let kept_until = fs::read_to_string(&until).ok().and_then(|text| text.parse::<Timestamp>().ok());
            if kept_until.is_none_or(|until| until < now.plus(DAY * RENEW_DAYS as u32)) {
                let made = self_signed(names, now)?;
                let write = |path: &Path, text: &str| {
                    write_private(path, text).map_err(|cause| StartError::Certificate {
                        path: path.to_owned(),
                        problem: format!("cannot be written: {cause}"),
                    })
                };
                write(&key, &made.key_pem)?;
                write(&certificate, &made.certificate_pem)?;
                // Last, so that an interrupted start makes them anew.
                write(&until, &now.plus(DAY * DAYS as u32).to_string())?;
            }
            from_files(&certificate, &key)
        }
    }
}

struct SelfSigned {
    certificate_pem: String,
    key_pem: String,
}

fn self_signed(names: &[IpAddr], now: Timestamp) -> Result<SelfSigned, StartError> {
    let problem = |cause: rcgen::Error| StartError::Certificate {
        path: "tls/certificate.pem".into(),
        problem: format!("cannot be made: {cause}"),
    };
    let mut subjects = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    subjects.extend(names.iter().filter(|name| !name.is_loopback() && !name.is_unspecified()).map(IpAddr::to_string));
    if let Some(host) = host_name().filter(|host| host != "localhost") {
        subjects.push(host);
    }
    let mut parameters = rcgen::CertificateParams::new(subjects).map_err(problem)?;
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "Tavola self-signed");
    parameters.not_before = date(now.as_millis() - DAY.as_millis() as i64);
    parameters.not_after = date(now.plus(DAY * DAYS as u32).as_millis());
    parameters.extended_key_usages.push(rcgen::ExtendedKeyUsagePurpose::ServerAuth);
    let key = rcgen::KeyPair::generate().map_err(problem)?;
    let certificate = parameters.self_signed(&key).map_err(problem)?;
    Ok(SelfSigned { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() })
}

fn date(millis: i64) -> time::OffsetDateTime {
    // Only times beyond the year 9999 cannot be told.
    time::OffsetDateTime::from_unix_timestamp(millis / 1000).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

/// The machine's name, where Linux tells it.
fn host_name() -> Option<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok()?.trim().to_owned();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.');
    plain.then_some(name)
}

fn from_files(certificate: &Path, key: &Path) -> Result<Tls, StartError> {
    let problem = |path: &Path, problem: String| StartError::Certificate { path: path.to_owned(), problem };
    let certificate_pem =
        fs::read_to_string(certificate).map_err(|cause| problem(certificate, format!("cannot be read: {cause}")))?;
    let chain = CertificateDer::pem_slice_iter(certificate_pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| problem(certificate, format!("is not a PEM certificate: {cause}")))?;
    if chain.is_empty() {
        return Err(problem(certificate, "holds no PEM certificate".to_owned()));
    }
    let key_der = PrivateKeyDer::from_pem_file(key)
        .map_err(|cause| problem(key, format!("holds no readable PEM private key: {cause}")))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key_der))
        .map_err(|cause| problem(certificate, format!("does not fit its key: {cause}")))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Tls { config: Arc::new(config), certificate_pem })
}

/// Writes a file that only its owner may read, whole or not at all.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("draft");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(draft, path)
}
