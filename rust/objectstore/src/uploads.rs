//! The list of open uploads, which `object_store` does not give.

use std::time::Duration;

use http::Method;
use object_store::aws::AmazonS3;
use object_store::client::{HttpClient, HttpRequest, HttpRequestBody};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use serde::Deserialize;

/// How long a signed request is good for.
const SIGNED_FOR: Duration = Duration::from_secs(300);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// One page.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Page {
    #[serde(default)]
    is_truncated: bool,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
    #[serde(default, rename = "Upload")]
    uploads: Vec<Upload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    upload_id: String,
}

/// Where the next page starts: key and upload.
pub(crate) type Marker = (String, String);

impl Page {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, quick_xml::DeError> {
        quick_xml::de::from_reader(body)
    }

    /// Adds the uploads of exactly `key` to `ids`; the start of the next page, where there is one.
    pub(crate) fn take(self, key: &str, ids: &mut Vec<String>) -> Option<Marker> {
        let found = self.uploads.into_iter().filter(|upload| upload.key == key);
        ids.extend(found.map(|upload| upload.upload_id));
        let marker = (self.next_key_marker?, self.next_upload_id_marker.unwrap_or_default());
        // Keys come in their order, and those before our key are none of the prefix.
        (self.is_truncated && marker.0.as_str() <= key).then_some(marker)
    }
}

/// Asks for the page behind `marker`.
pub(crate) async fn page(
    store: &AmazonS3,
    http: &HttpClient,
    is_signed: bool,
    key: &str,
    marker: Option<&Marker>,
) -> Result<Page, BoxError> {
    let mut query = vec![("uploads", ""), ("prefix", key)];
    if let Some((key, upload)) = marker {
        query.extend([("key-marker", key.as_str()), ("upload-id-marker", upload.as_str())]);
    }
    let options = SignedUrlOptions::new().with_query(query);
    let bucket = Path::default();
    let mut url = store.signed_url_opts(Method::GET, &bucket, SIGNED_FOR, &options).await?;
    if !is_signed {
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let ours = pairs.iter().filter(|(name, _)| !name.starts_with("X-Amz-"));
        url.query_pairs_mut().clear().extend_pairs(ours);
    }
    let mut request = HttpRequest::new(HttpRequestBody::empty());
    *request.uri_mut() = url.as_str().parse()?;
    let response = http.execute(request).await?;
    if !response.status().is_success() {
        return Err(response.status().to_string().into()); // what it says is noted
    }
    Ok(Page::parse(&response.into_body().bytes().await?)?)
}
