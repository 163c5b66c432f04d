//! TLS towards a remote broker: rustls with ring, trusting only the authorities it is given.

use std::path::Path;
use std::sync::Arc;

use rumqttc::{TlsConfiguration, Transport};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::config::TlsFiles;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("{path}: {cause}")]
    Pem {
        /// Which file.
        path: String,
        /// Why not.
        cause: pem::Error,
    },
    /// A file holds nothing that is needed of it.
    #[error("{0}: no certificate in it")]
    Empty(String),
    /// The certificate, its key or an authority does not do.
    #[error("{0}")]
    Refused(#[from] rustls::Error),
}

pub(super) fn transport(files: &TlsFiles) -> Result<Transport, TlsError> {
    let mut authorities = RootCertStore::empty();
    for certificate in certificates(&files.ca)? {
        authorities.add(certificate)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let trusting = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(authorities);
    let config = match &files.identity {
        None => trusting.with_no_client_auth(),
        Some((certificate, key)) => {
            let secret =
                PrivateKeyDer::from_pem_file(key).map_err(|cause| pem_error(key, cause))?;
            trusting.with_client_auth_cert(certificates(certificate)?, secret)?
        }
    };
    Ok(Transport::Tls(TlsConfiguration::Rustls(Arc::new(config))))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|cause| pem_error(path, cause))?;
    if found.is_empty() {
        return Err(TlsError::Empty(path.display().to_string()));
    }
    Ok(found)
}

fn pem_error(path: &Path, cause: pem::Error) -> TlsError {
    TlsError::Pem {
        path: path.display().to_string(),
        cause,
    }
}
