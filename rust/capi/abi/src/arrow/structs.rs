//! The C structs of the interface, held against what it asks of them before anything follows them.
//!
//! How much memory is behind a pointer can be checked by nobody: of a buffer, the length is
//! believed.

use std::ffi::{CStr, c_char, c_void};
use std::{fmt, ptr, slice};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use arrow_buffer::bit_chunk_iterator::UnalignedBitChunk;
use arrow_data::layout;
use arrow_schema::{DataType, FieldRef};
use headrace_core::{Error, ErrorKind, Location, Result};

/// Types within types; more would let a struct that is within itself exhaust the stack.
const MAX_DEPTH: usize = 64;

/// Elements of an array; of more, the bits could not be counted.
const MAX_ELEMENTS: i64 = i64::MAX >> 10;

#[repr(C)]
struct Schema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *const Option<&'static Schema>,
    dictionary: Option<&'static Schema>,
    release: *const c_void,
    private_data: *const c_void,
}

#[repr(C)]
struct Array {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *const *const u8,
    children: *const Option<&'static Array>,
    dictionary: Option<&'static Array>,
    release: *const c_void,
    private_data: *const c_void,
}

/// Where in a batch something is: the names from the column on.
#[derive(Clone, Copy)]
struct Place<'a> {
    within: Option<&'a Place<'a>>,
    name: &'a str,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.within {
            None => f.write_str("the batch"),
            Some(Place { within: None, .. }) => f.write_str(self.name),
            Some(parent) => write!(f, "{parent}.{}", self.name),
        }
    }
}

impl<'a> Place<'a> {
    const BATCH: Self = Self { within: None, name: "" };

    fn of(&'a self, name: &'a str) -> Self {
        Self { within: Some(self), name }
    }

    fn broken<T>(&self, what: &str) -> Result<T> {
        let field = self.within.map(|_| self.to_string());
        let message = format!("the Arrow data cannot be taken: {what}");
        let error = Error::new(ErrorKind::Plugin, message);
        Err(error.at(Location { field, ..Location::default() }))
    }
}

/// Holds a schema against the interface.
///
/// # Errors
/// [`ErrorKind::Plugin`] for texts that are missing or not UTF-8, and wrong children.
///
/// # Safety
/// What is not NULL points to what the interface says.
pub(super) unsafe fn check_schema(schema: &FFI_ArrowSchema) -> Result<()> {
    // SAFETY: the layout is the interface's; the rest is the caller's promise.
    unsafe { schema_at(&*ptr::from_ref(schema).cast(), &Place::BATCH, 0) }
}

/// Holds an array against the interface and its type.
///
/// # Errors
/// [`ErrorKind::Plugin`] for counts, lengths and pointers that are not those of the type.
///
/// # Safety
/// As for [`check_schema`], and each buffer has the length that its array says.
pub(super) unsafe fn check_array(array: &FFI_ArrowArray, data_type: &DataType) -> Result<()> {
    // SAFETY: as above.
    unsafe { array_at(&*ptr::from_ref(array).cast(), data_type, &Place::BATCH) }
}

unsafe fn schema_at(schema: &Schema, place: &Place<'_>, depth: usize) -> Result<()> {
    if depth > MAX_DEPTH {
        return place.broken(&format!("more than {MAX_DEPTH} types within one another"));
    }
    if schema.release.is_null() {
        return place.broken(&format!("the schema of {place} is released"));
    }
    if schema.format.is_null() {
        return place.broken(&format!("{place} has no format"));
    }
    // SAFETY: not NULL, and the rest is the caller's promise; so for all that follows.
    let Ok(format) = unsafe { CStr::from_ptr(schema.format) }.to_str() else {
        return place.broken(&format!("the format of {place} is not UTF-8"));
    };
    let children = unsafe { children_of(schema.n_children, schema.children, place) }?;
    let expected = match format {
        "+s" => children.len(),
        "+r" => 2,
        _ if format.starts_with("+u") => children.len(),
        _ => usize::from(format.starts_with('+')),
    };
    if children.len() != expected {
        let found = children.len();
        let message = format!("{place} has {found} children where format {format} has {expected}");
        return place.broken(&message);
    }
    for (index, child) in children.iter().enumerate() {
        let Some(name) = (unsafe { name_of(child) }) else {
            return place.broken(&format!("the name of child {index} of {place} is not UTF-8"));
        };
        unsafe { schema_at(child, &place.of(name), depth + 1) }?;
        if format == "+m" && !unsafe { is_pair(child) } {
            return place.broken(&format!("{place} is a map without entries of a key and a value"));
        }
    }
    schema.dictionary.map_or(Ok(()), |values| unsafe { schema_at(values, place, depth + 1) })
}

unsafe fn is_pair(schema: &Schema) -> bool {
    // SAFETY: it was checked to have a format.
    schema.n_children == 2 && unsafe { CStr::from_ptr(schema.format) } == c"+s"
}

/// `None` where it is not UTF-8; empty where there is none.
unsafe fn name_of(schema: &Schema) -> Option<&str> {
    if schema.name.is_null() {
        return Some("");
    }
    // SAFETY: not NULL, and the rest is the caller's promise.
    unsafe { CStr::from_ptr(schema.name) }.to_str().ok()
}

unsafe fn children_of<T>(
    count: i64,
    children: *const Option<&'static T>,
    place: &Place<'_>,
) -> Result<Vec<&'static T>> {
    let Ok(length) = usize::try_from(count) else {
        return place.broken(&format!("{place} has {count} children"));
    };
    if length == 0 {
        return Ok(Vec::new());
    }
    if children.is_null() {
        return place.broken(&format!("the children of {place} are NULL"));
    }
    // SAFETY: not NULL, and of that length by the caller's promise.
    let children = unsafe { slice::from_raw_parts(children, length) };
    match children.iter().position(Option::is_none) {
        Some(index) => place.broken(&format!("child {index} of {place} is NULL")),
        None => Ok(children.iter().copied().flatten().collect()),
    }
}

unsafe fn array_at(array: &Array, data_type: &DataType, place: &Place<'_>) -> Result<()> {
    if array.release.is_null() {
        return place.broken(&format!("the array of {place} is released"));
    }
    let &Array { length, offset, null_count, .. } = array;
    let is_countable = length.checked_add(offset).is_some_and(|count| count <= MAX_ELEMENTS);
    if length < 0 || offset < 0 || !is_countable {
        return place.broken(&format!("{place} has length {length} and offset {offset}"));
    }
    if !(-1..=length).contains(&null_count) {
        let message = format!("{place} has a null count of {null_count} and length {length}");
        return place.broken(&message);
    }
    // SAFETY: the caller's promise; so for all that follows.
    unsafe { buffers_at(array, data_type, place) }?;
    let children = unsafe { children_of(array.n_children, array.children, place) }?;
    let members = members(data_type);
    if children.len() != members.len() {
        let (found, expected) = (children.len(), members.len());
        return place
            .broken(&format!("{place} has {found} children where its type has {expected}"));
    }
    for (child, field) in children.iter().zip(members) {
        unsafe { array_at(child, field.data_type(), &place.of(field.name())) }?;
    }
    match (array.dictionary, data_type) {
        (Some(values), DataType::Dictionary(_, value_type)) => unsafe {
            array_at(values, value_type, place)
        },
        (None, DataType::Dictionary(..)) => place.broken(&format!("{place} has no dictionary")),
        (_, DataType::FixedSizeList(_, size)) if *size < 0 => {
            place.broken(&format!("{place} has lists of {size} items"))
        }
        _ => Ok(()),
    }
}

unsafe fn buffers_at(array: &Array, data_type: &DataType, place: &Place<'_>) -> Result<()> {
    let layout = layout(data_type);
    let mask = usize::from(layout.can_contain_null_mask);
    let expected = layout.buffers.len() + mask + usize::from(layout.variadic);
    let count = usize::try_from(array.n_buffers).unwrap_or(0);
    if array.n_buffers < 0 || count < expected || (count > expected && !layout.variadic) {
        let found = array.n_buffers;
        return place.broken(&format!("{place} has {found} buffers where its type has {expected}"));
    }
    if count == 0 {
        return Ok(());
    }
    if array.buffers.is_null() {
        return place.broken(&format!("the buffers of {place} are NULL"));
    }
    // SAFETY: not NULL, and of that length by the caller's promise; so for all that follows.
    let buffers = unsafe { slice::from_raw_parts(array.buffers, count) };
    if mask == 1 {
        unsafe { mask_at(array, buffers[0], place) }?;
    }
    if count == expected {
        return Ok(());
    }
    // The last buffer has the lengths of those that the layout leaves open.
    #[expect(clippy::cast_ptr_alignment, reason = "the alignment is looked at before it is read")]
    let lengths = buffers[count - 1].cast::<i64>();
    let is_there = !lengths.is_null() && lengths.is_aligned();
    if is_there
        && unsafe { slice::from_raw_parts(lengths, count - expected) }.iter().all(|&n| n >= 0)
    {
        return Ok(());
    }
    place.broken(&format!("the lengths of the buffers of {place} are NULL or below zero"))
}

/// A count of zero makes nobody read the mask, and nobody keeps a count without one.
unsafe fn mask_at(array: &Array, mask: *const u8, place: &Place<'_>) -> Result<()> {
    let nulls = array.null_count;
    if mask.is_null() && nulls > 0 {
        return place.broken(&format!("{place} has a null count of {nulls} and no mask"));
    }
    let size = |number: i64| usize::try_from(number).unwrap_or(0);
    let (offset, length) = (size(array.offset), size(array.length));
    if mask.is_null() || nulls != 0 || length == 0 {
        return Ok(());
    }
    // SAFETY: a bit for each element, by the caller's promise.
    let bytes = unsafe { slice::from_raw_parts(mask, (offset + length).div_ceil(8)) };
    if UnalignedBitChunk::new(bytes, offset, length).count_ones() == length {
        return Ok(());
    }
    place.broken(&format!("{place} has a null count of 0 and nulls"))
}

fn members(data_type: &DataType) -> Vec<&FieldRef> {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => vec![item],
        DataType::Struct(fields) => fields.iter().collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field).collect(),
        DataType::RunEndEncoded(ends, values) => vec![ends, values],
        _ => Vec::new(),
    }
}
