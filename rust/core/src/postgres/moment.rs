//! Dates, times and timestamps: Postgres counts from 2000, Arrow from 1970.
//!
//! Source: `date_send`, `time_send` and `timestamp_send` of Postgres.

use arrow_schema::TimeUnit;

/// Days from 1970-01-01 to 2000-01-01.
pub(super) const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = 946_684_800_000_000;
pub(super) const DAY_MICROS: i64 = 86_400_000_000;

/// Days since 1970; `None` for infinities.
pub(super) fn date(days: i32) -> Option<i32> {
    if matches!(days, i32::MIN | i32::MAX) { None } else { days.checked_add(EPOCH_DAYS) }
}

/// Since midnight, in `unit`; `None` where the unit does not hold it exactly, or for 24:00:00.
pub(super) fn time(micros: i64, unit: TimeUnit) -> Option<i64> {
    if (0..DAY_MICROS).contains(&micros) { in_unit(micros, unit) } else { None }
}

/// Since 1970, in `unit`; `None` for infinities, or where the unit does not hold it exactly.
pub(super) fn timestamp(micros: i64, unit: TimeUnit) -> Option<i64> {
    if matches!(micros, i64::MIN | i64::MAX) {
        return None;
    }
    in_unit(micros.checked_add(EPOCH_MICROS)?, unit)
}

fn in_unit(micros: i64, unit: TimeUnit) -> Option<i64> {
    let divided = |by: i64| (micros % by == 0).then(|| micros / by);
    match unit {
        TimeUnit::Second => divided(1_000_000),
        TimeUnit::Millisecond => divided(1_000),
        TimeUnit::Microsecond => Some(micros),
        TimeUnit::Nanosecond => micros.checked_mul(1_000),
    }
}
