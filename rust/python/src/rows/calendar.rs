//! Days and microseconds against Python's dates.

use headrace_core::text::civil;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDate, PyDateTime, PyDelta, PyTime, PyType, PyTzInfo};
use pyo3::{PyTypeInfo, intern, types::PyDeltaAccess};

/// `date(1970, 1, 1).toordinal()`.
const EPOCH_ORDINAL: i64 = 719_163;
pub(super) const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// Days since 1970-01-01.
pub(super) fn days(date: &Bound<'_, PyAny>) -> PyResult<i64> {
    let ordinal: i64 = date.call_method0(intern!(date.py(), "toordinal"))?.extract()?;
    Ok(ordinal - EPOCH_ORDINAL)
}

/// Microseconds since 1970-01-01 by the clock it shows, and its offset from UTC where it has one
/// [microseconds].
pub(super) fn micros(value: &Bound<'_, PyDateTime>) -> PyResult<(i64, Option<i64>)> {
    let py = value.py();
    let clock = days(value)? * MICROS_PER_DAY + clock(value)?;
    let zone = value.getattr(intern!(py, "tzinfo"))?;
    if zone.is_none() {
        return Ok((clock, None));
    }
    if zone.is(&*PyTzInfo::utc(py)?) {
        return Ok((clock, Some(0)));
    }
    let offset = value.call_method0(intern!(py, "utcoffset"))?;
    if offset.is_none() {
        return Ok((clock, None));
    }
    let offset = offset.cast::<PyDelta>()?;
    let offset = i64::from(offset.get_days()) * MICROS_PER_DAY
        + i64::from(offset.get_seconds()) * MICROS_PER_SECOND
        + i64::from(offset.get_microseconds());
    Ok((clock, Some(offset)))
}

/// Microseconds since midnight; `None` where it has a zone.
pub(super) fn time_micros(value: &Bound<'_, PyTime>) -> PyResult<Option<i64>> {
    let py = value.py();
    if !value.getattr(intern!(py, "tzinfo"))?.is_none() {
        return Ok(None);
    }
    clock(value.as_any()).map(Some)
}

/// Microseconds since midnight that a time or datetime shows.
fn clock(value: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = value.py();
    let part = |name| value.getattr(name)?.extract::<i64>();
    let seconds = part(intern!(py, "hour"))? * 3_600
        + part(intern!(py, "minute"))? * 60
        + part(intern!(py, "second"))?;
    Ok(seconds * MICROS_PER_SECOND + part(intern!(py, "microsecond"))?)
}

/// The date of days since 1970-01-01; an error outside years 1 to 9999.
pub(super) fn date(py: Python<'_>, days: i64) -> PyResult<Bound<'_, PyAny>> {
    PyDate::type_object(py).call_method1(intern!(py, "fromordinal"), (days + EPOCH_ORDINAL,))
}

/// The datetime of microseconds since 1970-01-01; an error outside years 1 to 9999.
pub(super) fn datetime<'py>(
    py: Python<'py>,
    micros: i64,
    zone: Option<&Bound<'py, PyTzInfo>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (year, month, day) = civil(micros.div_euclid(MICROS_PER_DAY));
    let clock = micros.rem_euclid(MICROS_PER_DAY);
    let seconds = clock / MICROS_PER_SECOND;
    let small = |value: i64| u8::try_from(value).unwrap_or_default();
    PyDateTime::new(
        py,
        i32::try_from(year).unwrap_or(i32::MAX),
        small(month),
        small(day),
        small(seconds / 3_600),
        small(seconds / 60 % 60),
        small(seconds % 60),
        u32::try_from(clock % MICROS_PER_SECOND).unwrap_or_default(),
        zone,
    )
    .map(Bound::into_any)
}

/// The time of microseconds since midnight; `None` outside of a day.
pub(super) fn time(py: Python<'_>, micros: i64) -> PyResult<Option<Bound<'_, PyAny>>> {
    if !(0..MICROS_PER_DAY).contains(&micros) {
        return Ok(None);
    }
    let seconds = micros / MICROS_PER_SECOND;
    let small = |value: i64| u8::try_from(value).unwrap_or_default();
    let micros = u32::try_from(micros % MICROS_PER_SECOND).unwrap_or_default();
    let (hours, minutes) = (small(seconds / 3_600), small(seconds / 60 % 60));
    let time = PyTime::new(py, hours, minutes, small(seconds % 60), micros, None)?;
    Ok(Some(time.into_any()))
}

/// The `tzinfo` of a zone: UTC, an offset such as `+01:00`, or a name that `zoneinfo` knows.
pub(super) fn zone<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyTzInfo>> {
    static ZONE_INFO: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    if name == "UTC" {
        return Ok(PyTzInfo::utc(py)?.to_owned());
    }
    if let [sign @ (b'+' | b'-'), h0, h1, b':', m0, m1] = *name.as_bytes() {
        let digit = |byte: u8| i32::from(byte.wrapping_sub(b'0'));
        let minutes = (digit(h0) * 10 + digit(h1)) * 60 + digit(m0) * 10 + digit(m1);
        let minutes = if sign == b'-' { -minutes } else { minutes };
        return PyTzInfo::fixed_offset(py, PyDelta::new(py, 0, minutes * 60, 0, true)?);
    }
    let zone = ZONE_INFO.import(py, "zoneinfo", "ZoneInfo")?.call1((name,))?;
    Ok(zone.cast_into::<PyTzInfo>()?)
}
