//! A session with Postgres: queries, descriptions, and COPY as batches.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use headrace_core::postgres::{Column, CopyDecoder, KNOWN, Wire};
use headrace_core::{Error, ErrorKind, Result, patience, types};
use headrace_postgres::{Connection, Options};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::batch::RecordBatch;
use crate::error::{interruptible, to_py_err};

/// `(field, rule, value, message)`: one broken rule of one row.
type Violation = (Option<String>, &'static str, Option<String>, String);
/// `(name, wire, spelling of the column's type, is part of the key)`.
type ColumnSpec = (String, String, Option<String>, bool);

/// `(name, type's number, modifier, table's number, column's number)`.
type Described = (String, u32, i32, u32, i16);

#[pyclass(frozen, module = "headrace._rust")]
struct PostgresConnection(Mutex<Option<Connection>>);

#[pymethods]
impl PostgresConnection {
    #[new]
    #[pyo3(signature = (
        *, host, port, user, password, database, sslmode, root_cert, own_cert, connect_timeout_s,
        application_name
    ))]
    #[expect(clippy::too_many_arguments, reason = "by keyword alone")]
    fn new(
        py: Python<'_>,
        host: String,
        port: u16,
        user: String,
        password: Option<String>,
        database: String,
        sslmode: &str,
        root_cert: Option<PathBuf>,
        own_cert: Option<(PathBuf, PathBuf)>,
        connect_timeout_s: f64,
        application_name: String,
    ) -> PyResult<Self> {
        let mode = sslmode.parse().map_err(|error| to_py_err(py, &error))?;
        let connect_timeout = Duration::from_secs_f64(connect_timeout_s.clamp(0.001, 86_400.0));
        let options = Options {
            host,
            port,
            user,
            password,
            database,
            ssl_mode: mode,
            root_cert,
            own_cert,
            connect_timeout,
            application_name,
        };
        let opened = interruptible(py, || Connection::open(&options, &mut patience::goes_on))?;
        Ok(Self(Mutex::new(Some(opened))))
    }

    /// The rows of a script's last statement, as text.
    fn query(&self, py: Python<'_>, sql: &str) -> PyResult<Vec<Vec<Option<String>>>> {
        self.with(py, |connection, patience| connection.query(sql, patience))
    }

    /// `(name, type's number, modifier, table's number, column's number)` of a query's columns.
    fn describe(&self, py: Python<'_>, sql: &str) -> PyResult<Vec<Described>> {
        let found = self.with(py, |connection, patience| connection.describe(sql, patience))?;
        let found = found.into_iter().map(|column| {
            (column.name, column.type_oid, column.modifier, column.table_oid, column.column)
        });
        Ok(found.collect())
    }

    /// Starts a COPY.
    #[pyo3(signature = (sql, columns, *, batch_rows = 10_000, batch_bytes = 1 << 20))]
    fn copy(
        &self,
        py: Python<'_>,
        sql: &str,
        columns: Vec<ColumnSpec>,
        batch_rows: usize,
        batch_bytes: usize,
    ) -> PyResult<()> {
        let columns = columns.into_iter().map(column).collect::<Result<Vec<_>>>();
        let decoder = columns
            .and_then(|columns| CopyDecoder::new(columns, batch_rows, batch_bytes))
            .map_err(|error| to_py_err(py, &error))?;
        self.with(py, |connection, patience| connection.copy(sql, decoder, patience))
    }

    /// The next batch of the COPY.
    fn next_batch(&self, py: Python<'_>) -> PyResult<Option<PostgresBatch>> {
        let batch = self.with(py, Connection::next_batch)?;
        Ok(batch.map(|batch| PostgresBatch {
            batch: RecordBatch(batch.batch),
            num_records: batch.num_records,
            first_key: batch.first_key,
            last_key: batch.last_key,
            rejects: batch
                .rejects
                .into_iter()
                .map(|reject| {
                    let violations = reject.violations.into_iter().map(|violation| {
                        (violation.field, violation.rule, violation.value, violation.message)
                    });
                    (reject.index, violations.collect(), reject.record)
                })
                .collect(),
        }))
    }

    /// Ends the session.
    fn close(&self, py: Python<'_>) {
        let connection = self.locked().take();
        py.detach(|| drop(connection));
    }
}

impl PostgresConnection {
    fn locked(&self) -> MutexGuard<'_, Option<Connection>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut Connection, &mut dyn FnMut() -> bool) -> Result<T> + Send,
    ) -> PyResult<T> {
        interruptible(py, || match self.locked().as_mut() {
            Some(connection) => work(connection, &mut patience::goes_on),
            None => Err(Error::new(ErrorKind::Internal, "the connection was closed")),
        })
    }
}

fn column((name, wire, spelling, is_key): ColumnSpec) -> Result<Column> {
    let field = spelling.map(|spelling| types::field(&name, &spelling, true)).transpose()?;
    Ok(Column { wire: wire.parse()?, name, field, is_key })
}

/// Index, violations and text of a record that is no row.
type RejectedRecord = (usize, Vec<Violation>, String);

#[pyclass(frozen, get_all, module = "headrace._rust")]
struct PostgresBatch {
    batch: RecordBatch,
    num_records: usize,
    rejects: Vec<RejectedRecord>,
    first_key: Vec<Option<String>>,
    last_key: Vec<Option<String>>,
}

/// Every type that is decoded, as a mapping for each.
#[pyfunction]
fn postgres_types(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    KNOWN
        .iter()
        .map(|known| {
            let entry = PyDict::new(py);
            entry.set_item("oid", known.oid)?;
            entry.set_item("array_oid", known.array_oid)?;
            entry.set_item("wire", known.wire)?;
            entry.set_item("sql", known.sql)?;
            entry.set_item("arrow", known.arrow)?;
            entry.set_item("note", known.note)?;
            Ok(entry)
        })
        .collect()
}

/// The column type of what comes so, where no contract tells one.
#[pyfunction]
fn postgres_spelling(py: Python<'_>, wire: &str, modifier: i32) -> PyResult<String> {
    let wire: Wire = wire.parse().map_err(|error| to_py_err(py, &error))?;
    Ok(wire.spelling(modifier))
}

/// Whether a column of a type takes what comes so.
#[pyfunction]
fn postgres_fits(py: Python<'_>, wire: &str, spelling: &str) -> PyResult<bool> {
    let fits = || Ok(wire.parse::<Wire>()?.fits(&types::field("", spelling, true)?));
    fits().map_err(|error: Error| to_py_err(py, &error))
}

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PostgresConnection>()?;
    module.add_class::<PostgresBatch>()?;
    module.add_function(wrap_pyfunction!(postgres_types, module)?)?;
    module.add_function(wrap_pyfunction!(postgres_spelling, module)?)?;
    module.add_function(wrap_pyfunction!(postgres_fits, module)?)
}
