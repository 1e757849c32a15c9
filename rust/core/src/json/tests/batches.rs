//! Batches of any schema with any values, their edges among them.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, FixedSizeBinaryBuilder, StringBuilder};
use arrow_array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, Decimal128Array, ListArray, MapArray,
    PrimitiveArray, RecordBatch, RecordBatchOptions, StructArray, make_array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use proptest::prelude::*;

use crate::types;

const SCALARS: [&str; 28] = [
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "float",
    "double",
    "decimal128(1, 0)",
    "decimal128(15, 2)",
    "decimal128(38, 38)",
    "string",
    "binary",
    "uuid",
    "json",
    "date32[day]",
    "time32[s]",
    "time32[ms]",
    "time64[us]",
    "time64[ns]",
    "timestamp[s]",
    "timestamp[ms]",
    "timestamp[us]",
    "timestamp[ns]",
    "timestamp[s, tz=UTC]",
    "timestamp[ms, tz=Europe/Berlin]",
    "timestamp[us, tz=UTC]",
    "timestamp[us, tz=+05:30]",
    "timestamp[ns, tz=UTC]",
];

/// Names that are tags, need escapes, or are nothing special.
const NAMES: [&str; 8] = ["a", "b", "$decimal", "$struct", "$map", "é\\\"\n", "", "a.b[0]"];

fn spellings() -> impl Strategy<Value = String> {
    let scalars = proptest::sample::select(SCALARS.to_vec()).prop_map(str::to_owned);
    let keys =
        proptest::sample::select(vec!["string", "int64", "uuid", "date", "decimal128(5, 2)"]);
    scalars.prop_recursive(3, 12, 3, move |inner| {
        let member = (inner, any::<bool>())
            .prop_map(|(inner, nullable)| inner + if nullable { "" } else { " not null" });
        let name = proptest::sample::select(NAMES.to_vec());
        prop_oneof![
            member.clone().prop_map(|item| format!("list<item: {item}>")),
            (keys.clone(), member.clone()).prop_map(|(key, value)| format!("map<{key}, {value}>")),
            prop::collection::btree_map(name, member, 1..3).prop_map(|members| {
                let members = members.iter();
                let members =
                    members.map(|(name, member)| format!("{}: {member}", serde_json::json!(name)));
                format!("struct<{}>", members.collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

/// Batches of any schema; a slice of a longer one, so that offsets begin anywhere.
pub(super) fn batches() -> impl Strategy<Value = RecordBatch> {
    let columns = prop::collection::btree_map(
        proptest::sample::select(NAMES.to_vec()),
        (spellings(), any::<bool>()),
        0..5,
    );
    (columns, 0_usize..12, 0_usize..4, any::<u64>()).prop_map(|(columns, rows, skipped, seed)| {
        let fields = columns
            .iter()
            .map(|(name, (spelling, nullable))| types::field(*name, spelling, *nullable).unwrap());
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let mut random = Random(seed);
        let columns = schema.fields().iter();
        let columns = columns.map(|field| array(field, rows, &mut random)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema, columns, &options).unwrap();
        let skipped = skipped.min(rows);
        batch.slice(skipped, rows - skipped)
    })
}

/// Numbers without a pattern. Source: G. Steele et al., "Fast Splittable Pseudorandom Number
/// Generators", OOPSLA 2014.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn one<T: Copy>(&mut self, edges: &[T], other: impl FnOnce(u64) -> T) -> T {
        let at = usize::try_from(self.below(edges.len() as u64 * 2)).unwrap();
        edges.get(at).copied().unwrap_or_else(|| other(self.next()))
    }

    fn text(&mut self) -> String {
        let length = self.below(6);
        let chars = ['a', '"', '\\', '\0', '\n', '\u{1f}', '\u{7f}', 'é', '😀', '{', '\u{2028}'];
        (0..length).map(|_| self.one(&chars, |_| 'z')).collect()
    }
}

fn primitives<T: ArrowPrimitiveType>(
    rows: usize,
    nulls: Option<NullBuffer>,
    value: impl FnMut() -> T::Native,
) -> ArrayRef {
    let values: Vec<T::Native> = std::iter::repeat_with(value).take(rows).collect();
    Arc::new(PrimitiveArray::<T>::new(values.into(), nulls))
}

/// Lengths of `rows` values, as offsets.
fn offsets(rows: usize, random: &mut Random) -> OffsetBuffer<i32> {
    OffsetBuffer::from_lengths((0..rows).map(|_| usize::try_from(random.below(4)).unwrap()))
}

#[expect(clippy::too_many_lines, reason = "one arm for each type")]
#[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "random bits")]
fn array(field: &Field, rows: usize, random: &mut Random) -> ArrayRef {
    let nulls = field.is_nullable().then(|| (0..rows).map(|_| random.below(4) > 0).collect());
    let nulls: Option<NullBuffer> = nulls;
    let is_there = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
    let stored: ArrayRef = match field.data_type() {
        DataType::Boolean => {
            let values = (0..rows).map(|_| random.below(2) > 0).collect();
            Arc::new(BooleanArray::new(values, nulls))
        }
        DataType::Int8 => primitives::<Int8Type>(rows, nulls, || {
            random.one(&[i8::MIN, i8::MAX], |bits| bits as i8)
        }),
        DataType::Int16 => primitives::<Int16Type>(rows, nulls, || {
            random.one(&[i16::MIN, i16::MAX], |bits| bits as i16)
        }),
        DataType::Int32 | DataType::Date32 => {
            let edges = [i32::MIN, i32::MAX, 0, -719_162, -719_163, 2_932_896, 2_932_897];
            primitives::<Int32Type>(rows, nulls, || random.one(&edges, |bits| bits as i32 / 1_000))
        }
        DataType::Int64 | DataType::Timestamp(..) => {
            let edges = [i64::MIN, i64::MAX, 0, -1, -62_135_596_800, 253_402_300_799_999_999];
            primitives::<Int64Type>(rows, nulls, || {
                random.one(&edges, |bits| bits as i64 >> (bits % 64))
            })
        }
        DataType::Float32 => {
            let edges = [-0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, 1e-45];
            let other = |bits| f32::from_bits(bits as u32);
            primitives::<Float32Type>(rows, nulls, || {
                one_nan(random.one(&edges, other).into()) as f32
            })
        }
        DataType::Float64 => {
            let edges = [-0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MAX, 5e-324, 1e21];
            primitives::<Float64Type>(rows, nulls, || one_nan(random.one(&edges, f64::from_bits)))
        }
        &DataType::Decimal128(precision, scale) => {
            let limit = 10_i128.pow(precision.into());
            let edges = [0, 1, -1, limit - 1, 1 - limit];
            let other = |bits: u64| (i128::from(bits) << 60) % limit;
            let values = primitives::<Decimal128Type>(rows, nulls, || random.one(&edges, other));
            let data = values.into_data();
            Arc::new(
                Decimal128Array::from(data).with_precision_and_scale(precision, scale).unwrap(),
            )
        }
        DataType::Utf8 => {
            let mut builder = StringBuilder::new();
            for row in 0..rows {
                let text = random.text();
                let json = || serde_json::Value::from(text.as_str()).to_string();
                let text = if types::is_json(field) { json() } else { text };
                builder.append_option(is_there(row).then_some(text));
            }
            Arc::new(builder.finish())
        }
        DataType::Binary => {
            let mut builder = BinaryBuilder::new();
            for row in 0..rows {
                let length = usize::try_from(random.below(8)).unwrap();
                builder.append_option(
                    is_there(row).then(|| random.next().to_le_bytes()[..length].to_vec()),
                );
            }
            Arc::new(builder.finish())
        }
        &DataType::FixedSizeBinary(16) => {
            let mut builder = FixedSizeBinaryBuilder::new(16);
            for row in 0..rows {
                let bytes = [random.next().to_le_bytes(), random.next().to_le_bytes()].concat();
                if is_there(row) {
                    builder.append_value(bytes).unwrap();
                } else {
                    builder.append_null();
                }
            }
            Arc::new(builder.finish())
        }
        &DataType::Time32(unit) => {
            let limit = if unit == TimeUnit::Second { 86_400 } else { 86_400_000 };
            primitives::<Int32Type>(rows, nulls, || {
                random.one(&[0, limit - 1], |bits| (bits as i32 % limit).abs())
            })
        }
        &DataType::Time64(unit) => {
            let limit =
                86_400 * if unit == TimeUnit::Microsecond { 1_000_000 } else { 1_000_000_000 };
            primitives::<Int64Type>(rows, nulls, || {
                random.one(&[0, limit - 1], |bits| (bits as i64 % limit).abs())
            })
        }
        DataType::List(item) => {
            let offsets = offsets(rows, random);
            let items = array(item, usize::try_from(offsets[rows]).unwrap(), random);
            Arc::new(ListArray::new(Arc::clone(item), offsets, items, nulls))
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|field| array(field, rows, random)).collect();
            Arc::new(StructArray::new(fields.clone(), columns, nulls))
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else { unreachable!() };
            let offsets = offsets(rows, random);
            let length = usize::try_from(offsets[rows]).unwrap();
            let columns = pair.iter().map(|field| array(field, length, random)).collect();
            let pairs = StructArray::new(pair.clone(), columns, None);
            Arc::new(MapArray::new(Arc::clone(entries), offsets, pairs, nulls, false))
        }
        other => unreachable!("{other}"),
    };
    let data = stored.into_data().into_builder().data_type(field.data_type().clone());
    make_array(data.build().unwrap())
}

/// There is one NaN: JSON says nothing of its bits.
fn one_nan(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value }
}
