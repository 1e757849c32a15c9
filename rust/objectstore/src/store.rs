//! The objects of a bucket.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use headrace_core::{Error, ErrorKind, Result};
use object_store::aws::AmazonS3;
use object_store::client::HttpClient;
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload,
    UpdateVersion,
};

use crate::SharedSink;
use crate::fault::{Failure, Faults, last_words};
use crate::options::Options;
use crate::runtime::wait;
use crate::uploads;
use crate::watch::watched;

/// Between two attempts, doubled from the first to the last.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LAST_WAIT: Duration = Duration::from_secs(5);

const NOT_FOUND: &str = "the server says 404";
const NO_UPLOAD: &str = "there is no such upload: it was completed or aborted before";

/// The objects of one bucket, by their keys. Cheap to clone.
///
/// Each function waits on the calling thread, which may be interrupted
/// ([`headrace_core::patience`]). Reading, listing, deleting, sending a part and an
/// unconditional put are repeated while the server is not reached or busy, for they come to the
/// same. A conditional put and a completion are repeated only where the server cannot have done
/// them; else they fail with kind `target_connection`, and the caller looks what has become of them.
///
/// # Errors
/// Of every function: kind `target_connection` where the server is not reached, or busy;
/// `target_auth` where it refuses the credentials or is not trusted; `write` where it can never do
/// that; `config` where a key is none.
///
/// # Examples
/// ```
/// use headrace_objectstore::{Keys, Options, Store};
/// use std::time::Duration;
///
/// let keys = Keys { access_key: "AK".into(), secret_key: "SK".into(), session_token: None };
/// let store = Store::connect(Options {
///     bucket: "raw".into(),
///     endpoint: Some("http://127.0.0.1:9".into()),
///     region: None,
///     keys: Some(keys),
///     path_style: true,
///     allow_http: true,
///     ca_certificate: None,
///     skip_signature: false,
///     timeout: Duration::from_secs(1),
///     connect_timeout: Duration::from_secs(1),
///     retries: 0,
/// })?;
/// let error = store.head("a/b").unwrap_err(); // nobody listens there
/// assert_eq!(error.kind(), headrace_core::ErrorKind::TargetConnection);
/// # Ok::<(), headrace_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    s3: AmazonS3,
    http: HttpClient,
    faults: Faults,
    retries: usize,
    is_signed: bool,
}

/// What a put asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    None,
    /// That there is no such object.
    Absent,
    /// That the object has this etag.
    Match(String),
}

impl Store {
    /// Reads the options; nothing is asked of a server yet.
    ///
    /// # Errors
    /// Kind `config` where they cannot be meant.
    pub fn connect(options: Options) -> Result<Self> {
        let (s3, http) = options.connect()?;
        Ok(Self(Arc::new(Inner {
            s3,
            http,
            retries: options.retries,
            is_signed: !options.skip_signature,
            faults: Faults { bucket: options.bucket, keys: options.keys },
        })))
    }

    /// Bytes and etag of an object, or of its bytes from `offset` on, at most `length`; `None` where
    /// there is none.
    ///
    /// # Errors
    /// As [`Store`] says.
    pub fn get(
        &self,
        key: &str,
        offset: u64,
        length: Option<u64>,
    ) -> Result<Option<(Bytes, String)>> {
        let range = match length {
            Some(length) => Some(GetRange::Bounded(offset..offset.saturating_add(length))),
            None if offset > 0 => Some(GetRange::Offset(offset)),
            None => None,
        };
        let path = self.path(key)?;
        let found = self.repeated("read", key, true, || async {
            let options = GetOptions { range: range.clone(), ..GetOptions::default() };
            let found = self.0.s3.get_opts(&path, options).await?;
            let etag = found.meta.e_tag.clone();
            Ok((found.bytes().await?, etag))
        });
        let Some((bytes, etag)) = found? else { return Ok(None) };
        Ok(Some((bytes, self.etag("read", key, etag)?)))
    }

    /// Bytes and etag of an object; `None` where there is none.
    ///
    /// # Errors
    /// As [`Store`] says.
    pub fn head(&self, key: &str) -> Result<Option<(u64, String)>> {
        let path = self.path(key)?;
        let found = self.repeated("look up", key, true, || async { self.0.s3.head(&path).await });
        let Some(meta) = found? else { return Ok(None) };
        Ok(Some((meta.size, self.etag("look up", key, meta.e_tag)?)))
    }

    /// Writes an object; its etag.
    ///
    /// # Errors
    /// Kind `conflict` where the condition does not hold; else as [`Store`] says.
    pub fn put(&self, key: &str, data: &Bytes, condition: &Condition) -> Result<String> {
        let mode = match condition {
            Condition::None => PutMode::Overwrite,
            Condition::Absent => PutMode::Create,
            Condition::Match(etag) => {
                PutMode::Update(UpdateVersion { e_tag: Some(etag.clone()), version: None })
            }
        };
        let path = self.path(key)?;
        let is_safe = *condition == Condition::None;
        let put = self.repeated("write", key, is_safe, || async {
            let options = PutOptions { mode: mode.clone(), ..PutOptions::default() };
            let payload = PutPayload::from_bytes(data.clone());
            self.0.s3.put_opts(&path, payload, options).await
        });
        let put = put?.ok_or_else(|| self.missing("write", key, NOT_FOUND))?;
        self.etag("write", key, put.e_tag)
    }

    /// Keys that begin with `prefix`, in order, and their sizes.
    ///
    /// # Errors
    /// As [`Store`] says.
    pub fn list(&self, prefix: &str) -> Result<Vec<(String, u64)>> {
        let prefix_or_all = Some(prefix).filter(|prefix| !prefix.is_empty());
        let (mut found, mut token) = (Vec::new(), None);
        loop {
            let page = self.repeated("list", prefix, true, || async {
                let page_token = token.clone();
                let options = PaginatedListOptions { page_token, ..Default::default() };
                self.0.s3.list_paginated(prefix_or_all, options).await
            });
            let page = page?.ok_or_else(|| self.missing("list", prefix, NOT_FOUND))?;
            let objects = page.result.objects.into_iter();
            found.extend(objects.map(|object| (object.location.to_string(), object.size)));
            token = page.page_token;
            if token.is_none() {
                found.sort();
                return Ok(found);
            }
        }
    }

    /// Deletes an object, where there is one.
    ///
    /// # Errors
    /// As [`Store`] says.
    pub fn delete(&self, key: &str) -> Result<()> {
        let path = self.path(key)?;
        let delete = || async { self.0.s3.delete(&path).await };
        self.repeated("delete", key, true, delete).map(|_| ())
    }

    /// Opens an upload; its id.
    ///
    /// # Errors
    /// As [`Store`] says. The upload may be open all the same, for [`Store::list_uploads`] to find.
    pub fn create_upload(&self, key: &str) -> Result<String> {
        let path = self.path(key)?;
        let what = "open an upload of";
        let create = || async { self.0.s3.create_multipart(&path).await };
        // A second one whose first was answered too late would be open for ever.
        let id = self.repeated(what, key, false, create)?;
        id.ok_or_else(|| self.missing(what, key, NOT_FOUND))
    }

    /// Ids of the open uploads of exactly this key; a server that was started anew may have
    /// forgotten some that can still be completed (`MinIO`).
    ///
    /// # Errors
    /// As [`Store`] says.
    pub fn list_uploads(&self, key: &str) -> Result<Vec<String>> {
        self.path(key)?;
        let (s3, http) = (&self.0.s3, &self.0.http);
        let (mut ids, mut marker) = (Vec::new(), None);
        loop {
            let page = self.repeated("list the uploads of", key, true, || async {
                let page = uploads::page(s3, http, self.0.is_signed, key, marker.as_ref());
                page.await.map_err(|source| object_store::Error::Generic { store: "S3", source })
            });
            let page = page?.ok_or_else(|| self.missing("list the uploads of", key, NOT_FOUND))?;
            let Some(next) = page.take(key, &mut ids) else { return Ok(ids) };
            marker = Some(next);
        }
    }

    /// A sink that writes the parts of an open upload which has none, and does not complete it.
    ///
    /// # Errors
    /// Kind `config` where the parts are smaller than S3 takes, or none is to be under way.
    pub fn sink(
        &self,
        key: &str,
        id: &str,
        part_bytes: usize,
        in_flight: usize,
    ) -> Result<SharedSink> {
        self.path(key)?;
        SharedSink::upload(self.clone(), key, id, part_bytes, in_flight)
    }

    /// Makes an object of parts that were sent; its etag.
    ///
    /// # Errors
    /// Kind `write` where there is no such upload: it was completed or aborted before. Else as
    /// [`Store`] says.
    pub fn complete_upload(&self, key: &str, id: &str, parts: &[String]) -> Result<String> {
        let path = self.path(key)?;
        let completed = self.repeated("complete", key, false, || async {
            let part = |part: &String| PartId { content_id: part.clone() };
            let parts = parts.iter().map(part).collect();
            self.0.s3.complete_multipart(&path, &id.to_owned(), parts).await
        });
        let completed = completed?.ok_or_else(|| self.missing("complete", key, NO_UPLOAD))?;
        self.etag("complete", key, completed.e_tag)
    }

    /// Drops an upload and its parts, where it is open.
    ///
    /// # Errors
    /// As [`Store`] says.
    pub fn abort_upload(&self, key: &str, id: &str) -> Result<()> {
        let path = self.path(key)?;
        let abort = || async { self.0.s3.abort_multipart(&path, &id.to_owned()).await };
        self.repeated("abort the upload of", key, true, abort).map(|_| ())
    }

    /// Sends a part of an upload, from 0; its id.
    pub(crate) async fn put_part(
        &self,
        key: &str,
        id: &str,
        index: usize,
        data: Bytes,
    ) -> Result<String> {
        let path = self.path(key)?;
        let sent = self.attempts("write a part of", key, true, || async {
            let payload = PutPayload::from_bytes(data.clone());
            self.0.s3.put_part(&path, &id.to_owned(), index, payload).await
        });
        let sent = sent.await?.ok_or_else(|| self.missing("write a part of", key, NO_UPLOAD))?;
        Ok(sent.content_id)
    }

    /// Waits for [`Self::attempts`].
    fn repeated<T, F: Future<Output = object_store::Result<T>>>(
        &self,
        what: &str,
        key: &str,
        is_safe: bool,
        request: impl FnMut() -> F,
    ) -> Result<Option<T>> {
        wait(self.attempts(what, key, is_safe, request))?
    }

    /// Asks until there is an answer that another attempt would not change; `None` is a 404.
    /// `is_safe`: a request that the server has done may be repeated.
    async fn attempts<T, F: Future<Output = object_store::Result<T>>>(
        &self,
        what: &str,
        key: &str,
        is_safe: bool,
        mut request: impl FnMut() -> F,
    ) -> Result<Option<T>> {
        let mut pause = FIRST_WAIT;
        let mut left = self.0.retries;
        loop {
            let (answer, seen) = watched(request()).await;
            let error = match answer {
                Ok(answer) => return Ok(Some(answer)),
                Err(error) => error,
            };
            let failure = self.0.faults.of(what, key, &error, &seen);
            let Some(Failure { error, may_have_landed }) = failure else { return Ok(None) };
            let is_passing = error.kind() == ErrorKind::TargetConnection;
            if left == 0 || !is_passing || (may_have_landed && !is_safe) {
                return Err(error);
            }
            left -= 1;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LAST_WAIT);
        }
    }

    /// The object's name in messages.
    pub(crate) fn place(&self, key: &str) -> PathBuf {
        self.0.faults.place(key).into()
    }

    fn path(&self, key: &str) -> Result<Path> {
        if key.is_empty() {
            // A put to no key makes a bucket.
            return Err(self.0.faults.error(ErrorKind::Config, "name", key, "the key is empty"));
        }
        Path::parse(key).map_err(|error| {
            self.0.faults.error(ErrorKind::Config, "name", key, &last_words(&error))
        })
    }

    /// An etag as it stands in headers; XML of some servers has it without the quotes.
    fn etag(&self, what: &str, key: &str, found: Option<String>) -> Result<String> {
        match found {
            Some(etag) if etag.starts_with(['"', 'W']) => Ok(etag),
            Some(etag) => Ok(format!("\"{etag}\"")),
            None => {
                let words = "the server tells no etag, which commits need";
                Err(self.0.faults.error(ErrorKind::Write, what, key, words))
            }
        }
    }

    fn missing(&self, what: &str, key: &str, words: &str) -> Error {
        self.0.faults.error(ErrorKind::Write, what, key, words)
    }
}
