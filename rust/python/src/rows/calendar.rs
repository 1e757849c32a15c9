//! Days and microseconds against Python's dates.

use pyo3::prelude::*;
use pyo3::types::{PyDate, PyDateTime, PyDelta, PyTzInfo};
use pyo3::{intern, types::PyDeltaAccess};

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
    let part = |name| value.getattr(name)?.extract::<i64>();
    let seconds = part(intern!(py, "hour"))? * 3_600
        + part(intern!(py, "minute"))? * 60
        + part(intern!(py, "second"))?;
    let clock = days(value)? * MICROS_PER_DAY
        + seconds * MICROS_PER_SECOND
        + part(intern!(py, "microsecond"))?;
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

/// The date of days since 1970-01-01; an error outside years 1 to 9999.
pub(super) fn date(py: Python<'_>, days: i64) -> PyResult<Bound<'_, PyAny>> {
    use pyo3::PyTypeInfo;
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

/// Year, month and day of days since 1970-01-01.
///
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>
fn civil(days: i64) -> (i64, i64, i64) {
    // Days from 0000-03-01 to 1970-01-01.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}
