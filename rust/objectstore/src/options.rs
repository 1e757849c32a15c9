//! Where and how to connect.

use std::sync::Arc;
use std::time::Duration;

use headrace_core::{Error, ErrorKind, Result};
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsCredential, AwsCredentialProvider};
use object_store::client::{HttpClient, HttpConnector, ReqwestConnector};
use object_store::{Certificate, ClientOptions, RetryConfig, StaticCredentialProvider};

use crate::watch::Watched;

/// A machine without a role has nobody who answers: a second of waiting, each time.
const CHAIN_RETRIES: usize = 2;

/// A pair of keys, and the token of keys that are temporary. `Debug` shows none of them.
#[derive(Clone)]
pub struct Keys {
    /// The access key's id.
    pub access_key: String,
    /// The secret itself.
    pub secret_key: String,
    /// Of temporary keys.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(***)")
    }
}

/// Where and how to connect.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bucket's name.
    pub bucket: String,
    /// URL of the server, without the bucket; that of AWS in the region where absent.
    pub endpoint: Option<String>,
    /// The region that requests are signed for; `us-east-1` where absent.
    pub region: Option<String>,
    /// Where absent, the chain: environment, web identity, ECS and EKS, instance role.
    pub keys: Option<Keys>,
    /// Whether the bucket is the path's first part, or of the host's name.
    pub path_style: bool,
    /// Whether the endpoint may be `http:`.
    pub allow_http: bool,
    /// Certificates in PEM that are trusted beside the system's.
    pub ca_certificate: Option<Vec<u8>>,
    /// Whether requests are anonymous.
    pub skip_signature: bool,
    /// Of one request, a part's included.
    pub timeout: Duration,
    /// Until a connection stands, TLS included.
    pub connect_timeout: Duration,
    /// Times that a request is repeated at most.
    pub retries: usize,
}

impl Options {
    /// The bucket, and what it sends by.
    ///
    /// # Errors
    /// Kind `config` where these cannot be meant.
    pub(crate) fn connect(&self) -> Result<(AmazonS3, HttpClient)> {
        // Theirs alone: the extension's copy of rustls serves nobody else. An error says that it is set.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = self.client_options()?;
        let http = ReqwestConnector::default().connect(&client).map_err(|e| invalid(&e))?;
        let http = HttpClient::new(Watched(http));
        let builder = self.builder(&client)?.with_http_connector(Shared(http.clone()));
        // Whether to repeat is for `Store` to say: the crate repeats where the answer would lie.
        let builder = builder.with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() });
        let builder = builder.with_credentials(self.credentials(&client)?);
        Ok((builder.build().map_err(|error| invalid(&error))?, http))
    }

    fn builder(&self, client: &ClientOptions) -> Result<AmazonS3Builder> {
        let is_chain = self.keys.is_none() && !self.skip_signature;
        // Of given keys the environment says nothing: not even whose token there is.
        let mut builder =
            if is_chain { AmazonS3Builder::from_env() } else { AmazonS3Builder::new() };
        builder = builder
            .with_bucket_name(&self.bucket)
            .with_client_options(client.clone())
            .with_virtual_hosted_style_request(!self.path_style)
            .with_skip_signature(self.skip_signature)
            // One request a key: not every server has the other, and ours are few.
            .with_disable_bulk_delete(true)
            .with_allow_http(self.allow_http);
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = self.endpoint()? {
            builder = builder.with_endpoint(endpoint);
        }
        Ok(builder)
    }

    /// The crate takes one whose host has the bucket, where the path has not.
    fn endpoint(&self) -> Result<Option<String>> {
        let Some(endpoint) = self.endpoint.as_deref() else { return Ok(None) };
        let endpoint = endpoint.trim_end_matches('/');
        let (scheme, host) = endpoint.split_once("://").ok_or_else(|| {
            Error::new(
                ErrorKind::Config,
                "the endpoint is no URL: it begins with https:// or http://",
            )
        })?;
        match scheme {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => {
                let message = "the endpoint is http:, which is not allowed";
                return Err(Error::new(ErrorKind::Config, message));
            }
            _ => return Err(Error::new(ErrorKind::Config, "the endpoint is no URL of http")),
        }
        Ok(Some(if self.path_style {
            endpoint.to_owned()
        } else {
            format!("{scheme}://{}.{host}", self.bucket)
        }))
    }

    fn credentials(&self, client: &ClientOptions) -> Result<AwsCredentialProvider> {
        let given = match &self.keys {
            Some(keys) => Some(AwsCredential {
                key_id: keys.access_key.clone(),
                secret_key: keys.secret_key.clone(),
                token: keys.session_token.clone(),
            }),
            // Signs nothing, but is asked for where a URL is made.
            None if self.skip_signature => {
                let (key_id, secret_key) = (String::new(), String::new());
                Some(AwsCredential { key_id, secret_key, token: None })
            }
            None => None,
        };
        if let Some(credential) = given {
            return Ok(Arc::new(StaticCredentialProvider::new(credential)));
        }
        // The chain asks servers of its own, by a client of its own.
        let retry = RetryConfig { max_retries: CHAIN_RETRIES, ..RetryConfig::default() };
        let chain = self.builder(client)?.with_retry(retry).build();
        Ok(Arc::clone(chain.map_err(|error| invalid(&error))?.credentials()))
    }

    fn client_options(&self) -> Result<ClientOptions> {
        let mut client = ClientOptions::new()
            .with_timeout(self.timeout)
            .with_connect_timeout(self.connect_timeout)
            .with_allow_http(self.allow_http);
        if let Some(pem) = &self.ca_certificate {
            let certificates = Certificate::from_pem_bundle(pem).map_err(|e| invalid(&e))?;
            if certificates.is_empty() {
                return Err(Error::new(
                    ErrorKind::Config,
                    "there is no certificate in the PEM of the CA",
                ));
            }
            for certificate in certificates {
                client = client.with_root_certificate(certificate);
            }
        }
        Ok(client)
    }
}

fn invalid(error: &object_store::Error) -> Error {
    Error::new(ErrorKind::Config, crate::fault::last_words(error))
}

/// Hands out the client that there is.
#[derive(Debug)]
struct Shared(HttpClient);

impl HttpConnector for Shared {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.0.clone())
    }
}
