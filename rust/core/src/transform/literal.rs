//! Literals.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, StringArray, new_null_array,
};
use arrow_schema::{DECIMAL128_MAX_PRECISION, DataType};
use sqlparser::ast::Value;

use super::compile::Compiled;
use super::node::{Node, Op};
use super::syntax::Refusal;

pub(super) fn null(at: u64) -> Node {
    Node::new(Op::Literal(new_null_array(&DataType::Null, 1)), DataType::Null, at)
}

pub(super) fn one_text(text: impl Into<String>) -> ArrayRef {
    Arc::new(StringArray::from(vec![text.into()]))
}

pub(super) fn literal(value: &Value, at: u64) -> Compiled {
    let (array, data_type): (ArrayRef, DataType) = match value {
        Value::Null => return Ok(null(at)),
        Value::Boolean(value) => (Arc::new(BooleanArray::from(vec![*value])), DataType::Boolean),
        Value::SingleQuotedString(text) => (one_text(text), DataType::Utf8),
        Value::Number(digits, _) => return number(&digits.replace('_', ""), at),
        other => return Err(Refusal::new(at, format!("there is no literal {other}"))),
    };
    Ok(Node::new(Op::Literal(array), data_type, at))
}

/// `1` is an integer, `1.5` a decimal, `1e0` a double.
fn number(digits: &str, at: u64) -> Compiled {
    if let Ok(value) = digits.parse::<i64>() {
        let array = Arc::new(Int64Array::from(vec![value]));
        return Ok(Node::new(Op::Literal(array), DataType::Int64, at));
    }
    let unsigned = digits.trim_start_matches('-');
    let (before, behind) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let before = before.trim_start_matches('0');
    let written = format!("{}.{behind}", if before.is_empty() { "0" } else { before });
    let written = written.trim_end_matches('.');
    let total = (before.len() + behind.len()).max(1);
    if total <= usize::from(DECIMAL128_MAX_PRECISION) && !unsigned.contains(['e', 'E']) {
        let precision = u8::try_from(total).unwrap_or(DECIMAL128_MAX_PRECISION);
        let scale = i8::try_from(behind.len()).unwrap_or(0);
        if let Some(value) = crate::text::parse_decimal(written.as_bytes(), precision, scale) {
            let value = if digits.starts_with('-') { -value } else { value };
            let data_type = DataType::Decimal128(precision, scale);
            let array = Decimal128Array::from(vec![value]).with_data_type(data_type.clone());
            return Ok(Node::new(Op::Literal(Arc::new(array)), data_type, at));
        }
    }
    let value = crate::text::parse_float(digits.as_bytes());
    let value = value.ok_or_else(|| Refusal::new(at, format!("{digits} is beyond a double")))?;
    let array = Arc::new(Float64Array::from(vec![value]));
    Ok(Node::new(Op::Literal(array), DataType::Float64, at))
}
