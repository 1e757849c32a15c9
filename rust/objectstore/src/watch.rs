//! What a server answered, kept aside: `object_store` tells its callers hardly more than a text.

use std::cell::RefCell;

use async_trait::async_trait;
use object_store::client::{HttpClient, HttpError, HttpRequest, HttpResponse, HttpService};
use serde::Deserialize;

tokio::task_local! {
    static SEEN: RefCell<Seen>;
}

/// What became of the requests of a piece of work.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Whether there was one: without credentials there is none.
    pub is_asked: bool,
    /// What the last one met.
    pub refusal: Option<Refusal>,
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

/// Awaits `work`, and tells what became of its requests.
pub(crate) async fn watched<T>(work: impl Future<Output = T>) -> (T, Seen) {
    SEEN.scope(RefCell::default(), async {
        let done = work.await;
        (done, SEEN.with(RefCell::take))
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
    let _ = SEEN.try_with(|seen| *seen.borrow_mut() = Seen { is_asked: true, refusal });
}
