use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int8Type, Int64Type, TimestampMillisecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use proptest::prelude::*;

use super::fuzz::{COLUMNS, column, postgres_copy};
use super::interval::Interval;
use super::numeric::Numeric;
use super::values::Wrong;
use super::{CopyBatch, CopyDecoder, KNOWN, Wire};
use crate::{ErrorKind, Result, types};

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: &[u8] = b"\xff\xff";

/// A field of a record.
fn field(bytes: Option<&[u8]>) -> Vec<u8> {
    let Some(bytes) = bytes else { return (-1_i32).to_be_bytes().to_vec() };
    let length = i32::try_from(bytes.len()).unwrap();
    [&length.to_be_bytes(), bytes].concat()
}

/// A record of these fields.
fn record(fields: &[Option<&[u8]>]) -> Vec<u8> {
    let count = i16::try_from(fields.len()).unwrap().to_be_bytes().to_vec();
    fields.iter().fold(count, |sum, bytes| [sum, field(*bytes)].concat())
}

/// A stream of one column.
fn stream(values: &[Option<&[u8]>]) -> Vec<u8> {
    let records = values.iter().flat_map(|value| record(&[*value]));
    [HEADER, &records.collect::<Vec<_>>(), TRAILER].concat()
}

fn decoded(columns: &[(&str, &str)], stream: &[u8]) -> Result<Vec<CopyBatch>> {
    let columns = columns.iter().enumerate().map(|(at, of)| column(&at.to_string(), *of));
    let mut decoder = CopyDecoder::new(columns.collect(), usize::MAX, usize::MAX)?;
    let mut at = 0;
    while at < stream.len() {
        at += decoder.feed(&stream[at..])?;
    }
    decoder.finish()?;
    Ok(decoder.take_batch()?.into_iter().collect())
}

fn one(wire: &str, spelling: &str, values: &[Option<&[u8]>]) -> CopyBatch {
    decoded(&[(wire, spelling)], &stream(values)).unwrap().remove(0)
}

fn values(wire: &str, spelling: &str, given: &[&[u8]]) -> ArrayRef {
    let given: Vec<_> = given.iter().map(|value| Some(*value)).collect();
    let batch = one(wire, spelling, &given);
    assert_eq!(batch.rejects, [], "{wire} as {spelling}");
    Arc::clone(batch.batch.column(0))
}

/// Whether the values are refused, one by one.
fn refused(wire: &str, spelling: &str, given: &[&[u8]]) {
    for value in given {
        let batch = one(wire, spelling, &[Some(*value)]);
        assert_eq!((batch.batch.num_rows(), batch.rejects.len()), (0, 1), "{value:?}");
        assert_eq!(batch.rejects[0].violations[0].rule, "type");
    }
}

/// The wire form of a decimal: `digits` times ten to the `-scale`.
fn numeric(value: i128, scale: u16) -> Vec<u8> {
    let shift = (4 - scale % 4) % 4;
    let mut rest = value.unsigned_abs() * 10_u128.pow(u32::from(shift));
    let mut groups = Vec::new();
    while rest > 0 {
        groups.push(u16::try_from(rest % 10_000).unwrap());
        rest /= 10_000;
    }
    let weight =
        i16::try_from(groups.len()).unwrap() - 1 - i16::try_from((scale + shift) / 4).unwrap();
    let zeros = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..zeros);
    let sign: u16 = if value < 0 { 0x4000 } else { 0 };
    let head = [u16::try_from(groups.len()).unwrap(), weight.cast_unsigned(), sign, scale];
    head.iter().chain(groups.iter().rev()).flat_map(|word| word.to_be_bytes()).collect()
}

fn array(dimensions: &[(i32, i32)], items: &[Option<&[u8]>]) -> Vec<u8> {
    let head = [i32::try_from(dimensions.len()).unwrap(), 1, 23];
    let words = head.into_iter().chain(dimensions.iter().flat_map(|(size, first)| [*size, *first]));
    let mut out: Vec<u8> = words.flat_map(i32::to_be_bytes).collect();
    for item in items {
        out.extend(field(*item));
    }
    out
}

#[test]
fn integers_go_where_they_have_room() {
    let found = values("int8", "int8", &[&(-128_i64).to_be_bytes(), &127_i64.to_be_bytes()]);
    assert_eq!(found.as_primitive::<Int8Type>().values()[..], [-128, 127]);
    refused("int8", "int8", &[&128_i64.to_be_bytes(), &i64::MIN.to_be_bytes()]);
    let found = values("oid", "int64", &[&u32::MAX.to_be_bytes()]);
    assert_eq!(found.as_primitive::<Int64Type>().value(0), 4_294_967_295);
}

#[test]
fn nulls_are_null_in_every_column() {
    for (wire, spelling) in COLUMNS {
        let batch = one(wire, spelling, &[None]);
        assert_eq!(batch.batch.column(0).null_count(), 1, "{wire} as {spelling}");
        assert_eq!(batch.last_key, [None]);
    }
}

#[test]
fn dates_and_times_count_from_1970() {
    let days = values("date", "date32[day]", &[&0_i32.to_be_bytes()]);
    assert_eq!(days.as_primitive::<Date32Type>().value(0), 10_957);
    refused("date", "date32[day]", &[&i32::MAX.to_be_bytes(), &i32::MIN.to_be_bytes()]);
    let found = values("timestamp", "timestamp[ms]", &[&1_000_i64.to_be_bytes()]);
    let found = found.as_primitive::<TimestampMillisecondType>().value(0);
    assert_eq!(found, 946_684_800_001);
    // Between milliseconds, and at both ends of time.
    let wrong = [1_i64, i64::MAX, i64::MIN].map(i64::to_be_bytes);
    refused("timestamp", "timestamp[ms]", &[&wrong[0], &wrong[1], &wrong[2]]);
    refused("timestamptz", "timestamp[ns, tz=UTC]", &[&9_000_000_000_000_000_i64.to_be_bytes()]);
    refused("time", "time64[us]", &[&86_400_000_000_i64.to_be_bytes()]);
}

#[test]
fn what_is_no_finite_number_is_refused_by_decimals_and_kept_by_text() {
    let special = |sign: u16| [0, 0, sign, 0].iter().flat_map(|w: &u16| w.to_be_bytes()).collect();
    let all: [Vec<u8>; 3] = [special(0xc000), special(0xd000), special(0xf000)];
    let all = [&all[0][..], &all[1][..], &all[2][..]];
    refused("numeric", "decimal128(9, 2)", &all);
    let found = values("numeric", "string", &all);
    let found: Vec<_> = found.as_string::<i32>().iter().flatten().collect();
    assert_eq!(found, ["NaN", "Infinity", "-Infinity"]);
}

#[test]
fn arrays_are_lists_where_they_have_one_dimension_from_one_on() {
    let (one, two) = (1_i32.to_be_bytes(), 2_i32.to_be_bytes());
    let flat = array(&[(3, 1)], &[Some(&one), None, Some(&two)]);
    let found = values("int4[]", "list<item: int32>", &[&flat, &array(&[], &[])]);
    let lists = found.as_list::<i32>();
    assert_eq!((lists.value_length(0), lists.value_length(1)), (3, 0));
    assert_eq!(lists.values().null_count(), 1);
    let nested = array(&[(1, 1), (2, 1)], &[Some(&one), Some(&two)]);
    let from_zero = array(&[(1, 0)], &[Some(&one)]);
    refused("int4[]", "list<item: int32>", &[&nested, &from_zero]);
    refused("int4[]", "list<item: int32 not null>", &[&flat]);
}

#[test]
fn bytes_that_are_no_text_are_refused_as_such() {
    let batch = one("text", "string", &[Some(b"caf\xe9"), Some(b"caf\xc3\xa9")]);
    assert_eq!(batch.batch.num_rows(), 1);
    assert_eq!(batch.rejects[0].violations[0].rule, "utf8");
    assert_eq!(batch.rejects[0].record, "{\"0\":\"caf\u{fffd}\"}");
}

#[test]
fn fields_of_a_wrong_length_are_no_such_stream() {
    for (wire, spelling) in COLUMNS {
        let is_any = matches!(wire, "text" | "json" | "bytea");
        let broken = decoded(&[(wire, spelling)], &stream(&[Some(b"xyz")]));
        assert_eq!(broken.is_err(), !is_any, "{wire} as {spelling}");
        if let Err(error) = broken {
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert_eq!(error.location().byte_offset, Some(19 + 2 + 4));
        }
    }
}

#[test]
fn a_stream_that_is_cut_is_an_error_wherever_it_is_cut() {
    let whole = stream(&[Some(&7_i64.to_be_bytes()), None]);
    for end in 0..whole.len() {
        let error = decoded(&[("int8", "int64")], &whole[..end]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "cut at {end}");
    }
    let more = [&whole[..], b"\0"].concat();
    assert!(decoded(&[("int8", "int64")], &more).unwrap_err().message().contains("behind its end"));
}

#[test]
fn headers_that_mean_something_unknown_are_refused() {
    let refused =
        [&b"PGCOPY\n\xff\r\n\n\0\0\0\0\0\0\0\0"[..], b"PGCOPY\n\xff\r\n\0\0\x01\0\0\0\0\0\0"];
    for header in refused {
        assert!(decoded(&[], &[header, TRAILER].concat()).is_err());
    }
    // An extension may stand there, and is passed over.
    assert!(decoded(&[], b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\x03abc\xff\xff").is_ok());
}

#[test]
fn each_known_type_goes_where_its_table_says() {
    for known in &KNOWN {
        let wire: Wire = known.wire.parse().unwrap();
        // numeric(15, 2), as the catalog has it.
        let spelling = wire.spelling((15 << 16) + 2 + 4);
        let said = known.arrow.replace("(p, s)", "(15, 2)");
        assert_eq!(spelling, said);
        assert!(wire.fits(&types::field("a", &spelling, true).unwrap()), "{}", known.sql);
    }
}

#[test]
fn a_numeric_is_a_decimal_where_one_holds_it() {
    let spelling = |precision: i32, scale: i32| {
        Wire::Numeric.spelling((precision << 16) + (scale & 0x7ff) + 4)
    };
    assert_eq!(spelling(38, 10), "decimal128(38, 10)");
    assert_eq!(spelling(5, -2), "decimal128(7, 0)");
    assert_eq!(spelling(2, 5), "decimal128(5, 5)");
    assert_eq!(spelling(39, 0), "string");
    assert_eq!(Wire::Numeric.spelling(-1), "string");
}

#[test]
fn intervals_are_written_as_postgres_does() {
    let text = |micros: i64, days: i32, months: i32| {
        let bytes =
            [&micros.to_be_bytes()[..], &days.to_be_bytes(), &months.to_be_bytes()].concat();
        Interval::new(&bytes).unwrap().text()
    };
    assert_eq!(text(0, 0, 0), "PT0S");
    assert_eq!(text(14_706_700_000, 3, 14), "P1Y2M3DT4H5M6.7S");
    assert_eq!(text(-1, -1, -13), "P-1Y-1M-1DT-0.000001S");
    assert_eq!(text(60_000_000, 0, 0), "PT1M");
    assert_eq!(text(i64::MAX, i32::MAX, i32::MAX), "infinity");
}

/// Any field of a type: often one that is right, else any bytes.
fn fields() -> impl Strategy<Value = Option<Vec<u8>>> {
    let lengths = prop_oneof![Just(1), Just(2), Just(4), Just(8), Just(16), 0_usize..24];
    let bytes = lengths.prop_flat_map(|length| prop::collection::vec(any::<u8>(), length));
    let decimals = (any::<i64>(), 0_u16..9).prop_map(|(value, scale)| numeric(value.into(), scale));
    let lists = prop::collection::vec(prop::option::of(any::<[u8; 4]>()), 0..4).prop_map(|items| {
        let size = i32::try_from(items.len()).unwrap();
        let items: Vec<_> = items.iter().map(|item| item.as_ref().map(|item| &item[..])).collect();
        array(&[(size, 1)], &items)
    });
    prop::option::of(prop_oneof![bytes, decimals, lists])
}

proptest! {
    /// A decimal comes out as it went in, or not at all.
    #[test]
    fn decimals_are_exact(value in any::<i128>(), scale in 0_u16..30, wider in 0_i8..8) {
        let value = value / 10_i128.pow(3);
        let bytes = numeric(value, scale);
        let column = i8::try_from(scale).unwrap() + wider;
        let wanted = value.checked_mul(10_i128.pow(u32::from(wider.unsigned_abs())));
        let wanted = wanted.filter(|wanted| wanted.unsigned_abs() < 10_u128.pow(38));
        prop_assert_eq!(Numeric::new(&bytes).unwrap().unscaled(38, column), wanted);
        // Text says the same.
        let text = Numeric::new(&bytes).unwrap().text();
        prop_assert_eq!(text.replace('.', "").parse::<i128>().unwrap(), value);
        prop_assert_eq!(text.split_once('.').map_or(0, |(_, digits)| digits.len()), usize::from(scale));
    }

    /// A column with fewer digits takes a decimal only where the others are zeros.
    #[test]
    fn decimals_lose_no_digit(value in any::<i64>(), scale in 0_u16..12, less in 1_u16..12) {
        let kept = scale.saturating_sub(less);
        let unit = 10_i128.pow(u32::from(scale - kept));
        let bytes = numeric(value.into(), scale);
        let found = Numeric::new(&bytes).unwrap();
        let found = found.unscaled(38, i8::try_from(kept).unwrap());
        let value = i128::from(value);
        prop_assert_eq!(found, (value % unit == 0).then(|| value / unit));
    }

    /// How a stream is cut does not show.
    #[test]
    fn streams_are_the_same_however_they_are_cut(
        head in any::<[u8; 5]>(),
        rows in prop::collection::vec([fields(), fields()], 0..12),
        end in 0_usize..600,
    ) {
        let records = rows.iter().flat_map(|[a, b]| record(&[a.as_deref(), b.as_deref()]));
        let stream = [HEADER, &records.collect::<Vec<_>>(), TRAILER].concat();
        let end = stream.len().min(end);
        postgres_copy(&[&head[..], &stream[..end]].concat());
        postgres_copy(&[&head[..], &stream].concat());
    }

    /// Whatever the bytes are, nothing panics.
    #[test]
    fn any_bytes_are_values_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        postgres_copy(&bytes);
        postgres_copy(&[&bytes[..bytes.len().min(5)], HEADER, &bytes].concat());
        for (wire, spelling) in COLUMNS {
            let found = decoded(&[(wire, spelling)], &stream(&[Some(&bytes)]));
            match found {
                Ok(batches) => prop_assert_eq!(batches[0].num_records, 1),
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Decode),
            }
        }
    }

    /// The text of a key is the value: decoded and written, bytes give the same text.
    #[test]
    fn keys_are_written_exactly(days in any::<i32>(), micros in any::<i64>()) {
        let key = one("date", "date32[day]", &[Some(&days.to_be_bytes())]).last_key.remove(0).unwrap();
        prop_assert!(key.contains("infinity") || key.contains('-'), "{}", key);
        let found = one("timestamptz", "timestamp[us, tz=UTC]", &[Some(&micros.to_be_bytes())]);
        let key = found.last_key[0].clone().unwrap();
        prop_assert!(key.contains("infinity") || key.contains("+00"), "{}", key);
    }
}

#[test]
fn a_key_of_the_last_record_is_kept_though_the_record_is_refused() {
    let columns = [("int4", "int32"), ("date", "date32[day]")];
    let good = record(&[Some(&1_i32.to_be_bytes()), Some(&0_i32.to_be_bytes())]);
    let bad = record(&[Some(&2_i32.to_be_bytes()), Some(&i32::MAX.to_be_bytes())]);
    let batch = decoded(&columns, &[HEADER, &good, &bad, TRAILER].concat()).unwrap().remove(0);
    assert_eq!(batch.batch.num_rows(), 1);
    assert_eq!(batch.last_key, [Some("2".to_owned()), Some("infinity".to_owned())]);
    assert_eq!(batch.rejects[0].index, 1);
    assert_eq!(batch.rejects[0].violations[0].value.as_deref(), Some("infinity"));
}

#[test]
fn what_comes_goes_into_no_other_column() {
    let field = types::field("a", "string", true).unwrap();
    assert!(!Wire::Int4.fits(&field));
    assert_eq!(*field.data_type(), DataType::Utf8);
    let refused = CopyDecoder::new(vec![column("a", ("text", "int64"))], 1, 1);
    assert_eq!(refused.err().unwrap().kind(), ErrorKind::Config);
    assert_eq!(Numeric::new(b"\0\x01\0\0\0\0\0\0\x27\x10").err(), Some(Wrong::Corrupt));
    let decimal = values("numeric", "decimal128(9, 2)", &[&numeric(150, 2)]);
    assert_eq!(decimal.as_primitive::<Decimal128Type>().value(0), 150);
}
