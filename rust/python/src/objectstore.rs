//! The objects of a bucket.

use std::time::Duration;

use bytes::Bytes;
use headrace_core::{Error, ErrorKind};
use headrace_objectstore::{Condition, Keys, Options, Store};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::{detached, interruptible, to_py_err};
use crate::sink::Sink;

#[pyclass(frozen, module = "headrace._rust")]
struct ObjectStore(Store);

#[pymethods]
impl ObjectStore {
    #[new]
    #[pyo3(signature = (
        *, bucket, endpoint=None, region=None, access_key=None, secret_key=None, session_token=None,
        path_style=true, allow_http=false, ca_certificate=None, skip_signature=false,
        timeout_s=30.0, connect_timeout_s=5.0, retries=10
    ))]
    #[expect(clippy::too_many_arguments, reason = "by keyword alone")]
    fn new(
        py: Python<'_>,
        bucket: String,
        endpoint: Option<String>,
        region: Option<String>,
        access_key: Option<String>,
        secret_key: Option<String>,
        session_token: Option<String>,
        path_style: bool,
        allow_http: bool,
        ca_certificate: Option<Vec<u8>>,
        skip_signature: bool,
        timeout_s: f64,
        connect_timeout_s: f64,
        retries: usize,
    ) -> PyResult<Self> {
        let keys = keys(access_key, secret_key, session_token);
        let keys = keys.map_err(|error| to_py_err(py, &error))?;
        let options = Options {
            bucket,
            endpoint,
            region,
            keys,
            path_style,
            allow_http,
            ca_certificate,
            skip_signature,
            timeout: seconds(timeout_s),
            connect_timeout: seconds(connect_timeout_s),
            retries,
        };
        detached(py, || Store::connect(options)).map(Self)
    }

    /// Bytes and etag.
    #[pyo3(signature = (key, *, offset=0, length=None))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        key: &str,
        offset: u64,
        length: Option<u64>,
    ) -> PyResult<Option<(Bound<'py, PyBytes>, String)>> {
        let found = interruptible(py, || self.0.get(key, offset, length))?;
        Ok(found.map(|(bytes, etag)| (PyBytes::new(py, &bytes), etag)))
    }

    /// Length and etag.
    fn head(&self, py: Python<'_>, key: &str) -> PyResult<Option<(u64, String)>> {
        interruptible(py, || self.0.head(key))
    }

    /// The new etag.
    #[pyo3(signature = (key, data, *, if_absent=false, if_match=None))]
    fn put(
        &self,
        py: Python<'_>,
        key: &str,
        data: PyBackedBytes,
        if_absent: bool,
        if_match: Option<String>,
    ) -> PyResult<String> {
        let condition = match (if_absent, if_match) {
            (_, Some(etag)) => Condition::Match(etag),
            (true, None) => Condition::Absent,
            (false, None) => Condition::None,
        };
        let data = Bytes::from_owner(data);
        interruptible(py, || self.0.put(key, &data, &condition))
    }

    /// Keys and lengths.
    fn list(&self, py: Python<'_>, prefix: &str) -> PyResult<Vec<(String, u64)>> {
        interruptible(py, || self.0.list(prefix))
    }

    /// Ids of the open uploads.
    fn list_uploads(&self, py: Python<'_>, key: &str) -> PyResult<Vec<String>> {
        interruptible(py, || self.0.list_uploads(key))
    }

    fn delete(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        interruptible(py, || self.0.delete(key))
    }

    /// Its id.
    fn create_upload(&self, py: Python<'_>, key: &str) -> PyResult<String> {
        interruptible(py, || self.0.create_upload(key))
    }

    #[pyo3(signature = (key, upload_id, *, part_bytes=8 << 20, in_flight=2))]
    fn resume_sink(
        &self,
        py: Python<'_>,
        key: &str,
        upload_id: &str,
        part_bytes: usize,
        in_flight: usize,
    ) -> PyResult<Sink> {
        detached(py, || self.0.sink(key, upload_id, part_bytes, in_flight)).map(Sink)
    }

    /// The new etag.
    #[expect(clippy::needless_pass_by_value, reason = "PyO3 makes it")]
    fn complete_upload(
        &self,
        py: Python<'_>,
        key: &str,
        upload_id: &str,
        parts: Vec<String>,
    ) -> PyResult<String> {
        interruptible(py, || self.0.complete_upload(key, upload_id, &parts))
    }

    fn abort_upload(&self, py: Python<'_>, key: &str, upload_id: &str) -> PyResult<()> {
        interruptible(py, || self.0.abort_upload(key, upload_id))
    }
}

fn keys(
    access_key: Option<String>,
    secret_key: Option<String>,
    session_token: Option<String>,
) -> headrace_core::Result<Option<Keys>> {
    match (access_key, secret_key) {
        (Some(access_key), Some(secret_key)) => {
            Ok(Some(Keys { access_key, secret_key, session_token }))
        }
        (None, None) if session_token.is_none() => Ok(None),
        _ => Err(Error::new(ErrorKind::Config, "of the keys, one is given without the other")),
    }
}

fn seconds(given: f64) -> Duration {
    Duration::from_secs_f64(given.clamp(0.001, 86_400.0))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<ObjectStore>()
}
