//! Laws of a contract's types and rules, for every input.

use std::sync::Arc;

use arrow_array::{RecordBatch, new_null_array};
use arrow_schema::{DataType, Field, Schema};

use super::{ColumnRules, Validator};
use crate::fuzz::Choices;
use crate::{ErrorKind, json, types};

/// Compiles rules of one column: its type on the first line, a rule on each of the next; what
/// follows an empty line are records as JSON to check against them.
///
/// # Panics
/// Where spelling, compiling or checking panics, where a type's spelling is read as another type,
/// where an error does not name field and rule, and where a verdict shows how the batch was cut.
pub fn rules(data: &[u8]) {
    let mut choices = Choices(data);
    let spelling = choices.line();
    let Ok(field) = types::field("a", &spelling, true) else { return };
    let Some(spelled) = types::spell_field(&field) else {
        panic!("{spelling:?} is read and not spelled");
    };
    assert_eq!(types::field("a", &spelled, true).ok().as_ref(), Some(&field));

    let rules = asked(&mut choices, &field);
    let mut whole = match Validator::compile(std::slice::from_ref(&rules), 1 << 20) {
        Ok(validator) => validator,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Config, "{error}");
            let place = error.location().field.as_deref();
            assert!(place.is_some_and(|place| place.starts_with('a')), "{error}");
            assert!(error.location().rule.is_some(), "{error}");
            return;
        }
    };
    let schema = Arc::new(Schema::new(vec![field]));
    let batch = json::decode(choices.rest(), &schema).unwrap_or_else(|_| {
        let column = new_null_array(schema.field(0).data_type(), 1);
        RecordBatch::try_new(Arc::clone(&schema), vec![column])
            .unwrap_or_else(|error| panic!("{error}"))
    });
    let Ok(verdict) = whole.validate(&batch) else { return };
    assert_eq!(verdict.valid.num_rows() + verdict.violations.len(), batch.num_rows());
    if batch.num_rows() < 2 {
        return;
    }
    let Ok(mut cut) = Validator::compile(&[rules], 1 << 20) else { panic!("it compiled before") };
    for row in 0..batch.num_rows() {
        let Ok(alone) = cut.validate(&batch.slice(row, 1)) else { return };
        assert_eq!(alone.violations.get(&0), verdict.violations.get(&row));
    }
}

/// The rules of the lines up to an empty one; the first byte of each says which. What is nested has
/// the lines from `[`, or from `.` and a member's name, to `]`.
fn asked(choices: &mut Choices<'_>, field: &Field) -> ColumnRules {
    let mut rules = ColumnRules::of(field.clone());
    loop {
        let line = choices.line();
        let mut chars = line.chars();
        let Some(first) = chars.next() else { return rules };
        let text = chars.as_str().to_owned();
        match first {
            'r' => rules.required = true,
            'u' => rules.unique = true,
            'k' => rules.primary_key = true,
            'e' => rules.allowed.get_or_insert_default().push(text),
            'p' => rules.pattern = Some(text),
            'f' => rules.format = Some(text),
            '>' => rules.minimum = Some(text),
            '<' => rules.maximum = Some(text),
            ')' => rules.exclusive_minimum = Some(text),
            '(' => rules.exclusive_maximum = Some(text),
            'm' => rules.multiple_of = Some(text),
            's' => rules.min_length = text.parse().ok(),
            'l' => rules.max_length = text.parse().ok(),
            'i' => rules.min_items = text.parse().ok(),
            'I' => rules.max_items = text.parse().ok(),
            'U' => rules.unique_items = true,
            'o' => rules.min_properties = text.parse().ok(),
            'O' => rules.max_properties = text.parse().ok(),
            'q' => rules.required_properties.push(text),
            '[' => {
                if let DataType::List(item) = field.data_type() {
                    rules.items = Some(Box::new(asked(choices, item)));
                }
            }
            '.' => {
                if let DataType::Struct(fields) = field.data_type()
                    && let Some((_, member)) = fields.find(&text)
                {
                    rules.properties.push(asked(choices, member));
                }
            }
            ']' => return rules,
            _ => {}
        }
    }
}
