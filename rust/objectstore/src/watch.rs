//! What a server answered, kept aside: `object_store` tells its callers hardly more than a text.

use std::cell::RefCell;

use async_trait::async_trait;
use object_store::client::{HttpClient, HttpError, HttpRequest, HttpResponse, HttpService};
use serde::Deserialize;

tokio::task_local! {
    static REFUSAL: RefCell<Option<Refusal>>;
}

/// A server's answer that is no success.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refusal {
    pub status: u16,
    /// S3's own: `SlowDown`, `NoSuchKey`, …; empty where the answer has none, as that to a HEAD.
    pub code: String,
    pub message: String,
}

/// The body of such an answer.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Body {
    code: String,
    message: String,
}

/// Awaits `work`, and tells the refusal that its last request met.
pub(crate) async fn watched<T>(work: impl Future<Output = T>) -> (T, Option<Refusal>) {
    REFUSAL
        .scope(RefCell::new(None), async {
            let done = work.await;
            (done, REFUSAL.with(RefCell::take))
        })
        .await
}

/// Sends as the client does, and notes refusals.
#[derive(Debug)]
pub(crate) struct Watched(pub HttpClient);

#[async_trait]
impl HttpService for Watched {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        note(None);
        let response = self.0.execute(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let body = body.bytes().await?;
        let told: Body = quick_xml::de::from_reader(body.as_ref()).unwrap_or_default();
        note(Some(Refusal { status: status.as_u16(), code: told.code, message: told.message }));
        Ok(HttpResponse::from_parts(parts, body.into()))
    }
}

/// Outside of `watched` there is nobody to tell.
fn note(refusal: Option<Refusal>) {
    let _ = REFUSAL.try_with(|noted| *noted.borrow_mut() = refusal);
}
