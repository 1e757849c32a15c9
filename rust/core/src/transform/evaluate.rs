//! A compiled expression over the rows of a batch.
//!
//! Every part is evaluated for every row; a fault counts only where its part does, so that
//! `case when b <> 0 then a // b end` has none. `and`, `or`, `case` and `coalesce` decide that.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_select::zip::zip;

use super::arithmetic::{arithmetic, shift};
use super::cast::cast;
use super::column::{Call, Column, Faults};
use super::compare::{compare, is_null};
use super::node::{Node, Op};
use super::widen::widen;
use crate::{Error, ErrorKind, Result};

/// The value of each row of `batch`; a row that faults is null.
pub(super) fn evaluate(node: &Node, batch: &RecordBatch, faults: &mut Faults) -> Result<Column> {
    match &node.op {
        Op::Column(index) => {
            Ok(Column { array: Arc::clone(batch.column(*index)), is_constant: false })
        }
        Op::Literal(array) => Ok(Column { array: Arc::clone(array), is_constant: true }),
        Op::Widen(from) => {
            called(node, &[from], batch, faults, |call| widen(call, &from.field, &node.field))
        }
        Op::Cast(from, is_try) => {
            let mut failed = Faults::new();
            let args = [evaluate(from, batch, faults)?];
            let found =
                apply(node, &args, batch, &mut failed, |call| cast(call, &from.field, &node.field));
            if !is_try {
                take_over(faults, failed);
            }
            Ok(found)
        }
        Op::Arithmetic(operator, sides) => {
            called(node, &[&sides[0], &sides[1]], batch, faults, |call| {
                arithmetic(call, *operator, node.data_type())
            })
        }
        Op::Compare(comparison, sides) => {
            called(node, &[&sides[0], &sides[1]], batch, faults, |call| compare(call, *comparison))
        }
        Op::Not(inner) => called(node, &[inner], batch, faults, |call| {
            call.bools(|args, row| args[0].bool(row).map(|value| !value))
        }),
        Op::IsNull(inner) => called(node, &[inner], batch, faults, |call| {
            call.bools(|args, row| Some(is_null(&args[0], row)))
        }),
        Op::Is(inner, truth) => called(node, &[inner], batch, faults, |call| {
            call.bools(|args, row| Some(args[0].bool(row) == Some(*truth)))
        }),
        Op::Call(function, args) => {
            let args: Vec<&Node> = args.iter().collect();
            called(node, &args, batch, faults, |call| (function.call)(call, node.data_type()))
        }
        Op::Shift(inner, interval) => {
            called(node, &[inner], batch, faults, |call| shift(call, *interval, node.data_type()))
        }
        Op::And(sides) => both(node, sides, batch, faults, false),
        Op::Or(sides) => both(node, sides, batch, faults, true),
        Op::Case(branches, otherwise) => case(branches, otherwise, batch, faults),
        Op::Coalesce(nodes) => coalesce(nodes, batch, faults),
    }
}

fn called(
    node: &Node,
    args: &[&Node],
    batch: &RecordBatch,
    faults: &mut Faults,
    work: impl FnOnce(Call<'_>) -> ArrayRef,
) -> Result<Column> {
    let args = args.iter().map(|arg| evaluate(arg, batch, faults)).collect::<Result<Vec<_>>>()?;
    Ok(apply(node, &args, batch, faults, work))
}

/// One value for all rows where all operands are constant; a fault is then that of every row.
fn apply(
    node: &Node,
    args: &[Column],
    batch: &RecordBatch,
    faults: &mut Faults,
    work: impl FnOnce(Call<'_>) -> ArrayRef,
) -> Column {
    let is_constant = args.iter().all(|arg| arg.is_constant);
    if !is_constant {
        let array = work(Call { args, rows: batch.num_rows(), at: node.at, faults });
        return Column { array, is_constant };
    }
    let mut failed = Faults::new();
    let array = work(Call { args, rows: 1, at: node.at, faults: &mut failed });
    if let Some(fault) = failed.remove(&0) {
        take_over(faults, (0..batch.num_rows()).map(|row| (row, fault.clone())).collect());
    }
    Column { array, is_constant }
}

/// The first fault of a row stays its fault.
fn take_over(faults: &mut Faults, more: Faults) {
    for (row, fault) in more {
        faults.entry(row).or_insert(fault);
    }
}

/// `and`, or with `decisive` true `or`: a side that is `decisive` decides whatever the other is.
fn both(
    node: &Node,
    sides: &[Node; 2],
    batch: &RecordBatch,
    faults: &mut Faults,
    decisive: bool,
) -> Result<Column> {
    let mut failed = Faults::new();
    let left = evaluate(&sides[0], batch, faults)?;
    let right = evaluate(&sides[1], batch, &mut failed)?;
    failed.retain(|row, _| left.bool(*row) != Some(decisive));
    take_over(faults, failed);
    let args = [left, right];
    Ok(apply(node, &args, batch, faults, |call| {
        call.bools(|args, row| match (args[0].bool(row), args[1].bool(row)) {
            (Some(a), _) | (_, Some(a)) if a == decisive => Some(decisive),
            (Some(_), Some(_)) => Some(!decisive),
            _ => None,
        })
    }))
}

fn case(
    branches: &[(Node, Node)],
    otherwise: &Node,
    batch: &RecordBatch,
    faults: &mut Faults,
) -> Result<Column> {
    let rows = batch.num_rows();
    let mut is_open = vec![true; rows];
    let mut chosen: Vec<(BooleanArray, ArrayRef)> = Vec::with_capacity(branches.len());
    for (condition, result) in branches {
        let mut failed = Faults::new();
        let condition = evaluate(condition, batch, &mut failed)?;
        failed.retain(|row, _| is_open[*row]);
        take_over(faults, failed);
        let mask: Vec<bool> =
            (0..rows).map(|row| is_open[row] && condition.bool(row) == Some(true)).collect();
        let mut failed = Faults::new();
        let result = evaluate(result, batch, &mut failed)?;
        failed.retain(|row, _| mask[*row]);
        take_over(faults, failed);
        is_open.iter_mut().zip(&mask).for_each(|(is_open, taken)| *is_open &= !taken);
        chosen.push((BooleanArray::from(mask), result.spread(rows)));
    }
    let mut failed = Faults::new();
    let mut found = evaluate(otherwise, batch, &mut failed)?.spread(rows);
    failed.retain(|row, _| is_open[*row]);
    take_over(faults, failed);
    for (mask, result) in chosen.into_iter().rev() {
        found = choose(&mask, &result, &found)?;
    }
    Ok(Column { array: found, is_constant: false })
}

fn coalesce(nodes: &[Node], batch: &RecordBatch, faults: &mut Faults) -> Result<Column> {
    let rows = batch.num_rows();
    let mut found: Option<ArrayRef> = None;
    for node in nodes {
        let mut failed = Faults::new();
        let next = evaluate(node, batch, &mut failed)?.spread(rows);
        if let Some(before) = &found {
            failed.retain(|row, _| before.is_null(*row) && !faults.contains_key(row));
        }
        take_over(faults, failed);
        found = Some(match found {
            None => next,
            Some(before) => {
                let mask: BooleanArray = (0..rows).map(|row| Some(before.is_valid(row))).collect();
                choose(&mask, &before, &next)?
            }
        });
    }
    let array = found.ok_or_else(|| Error::new(ErrorKind::Internal, "coalesce of nothing"))?;
    Ok(Column { array, is_constant: false })
}

fn choose(mask: &BooleanArray, yes: &ArrayRef, no: &ArrayRef) -> Result<ArrayRef> {
    zip(mask, yes, no).map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))
}
