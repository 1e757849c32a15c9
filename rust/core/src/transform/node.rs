//! A compiled expression: a tree whose types are settled.

use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field};

use super::functions::Function;

/// An expression and its type.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) op: Op,
    /// The type, with what its field says of it; its name is of no account.
    pub(super) field: Field,
    /// Where in the expression's text, in characters from 1; 0 where unknown.
    pub(super) at: u64,
}

/// What a node does with its operands.
#[derive(Debug, Clone)]
pub(super) enum Op {
    /// The column at this index of the batch.
    Column(usize),
    /// One value for every row.
    Literal(ArrayRef),
    /// To a type that the operator of its operand wants.
    Widen(Box<Node>),
    /// Exactly, or a fault; with `true` null in place of the fault.
    Cast(Box<Node>, bool),
    Arithmetic(Arithmetic, Box<[Node; 2]>),
    Compare(Comparison, Box<[Node; 2]>),
    /// True only where both are, false where one is.
    And(Box<[Node; 2]>),
    Or(Box<[Node; 2]>),
    Not(Box<Node>),
    IsNull(Box<Node>),
    /// Whether it is this truth, never null.
    Is(Box<Node>, bool),
    /// Conditions with their results, and what holds where none is true.
    Case(Vec<(Node, Node)>, Box<Node>),
    /// The first that is not null.
    Coalesce(Vec<Node>),
    Call(&'static Function, Vec<Node>),
    /// Days or timestamps moved by months, days and units of the timestamp.
    Shift(Box<Node>, Interval),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    /// Always of doubles.
    Divide,
    /// Of integers, towards zero.
    DivideWhole,
    Remainder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// Equal where nulls are equal too; never null.
    Same,
}

/// A span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) months: i64,
    pub(super) days: i64,
    pub(super) nanos: i64,
}

impl Node {
    pub(super) fn new(op: Op, data_type: DataType, at: u64) -> Self {
        Self { op, field: Field::new("", data_type, true), at }
    }

    pub(super) fn data_type(&self) -> &DataType {
        self.field.data_type()
    }

    pub(super) fn is_literal(&self) -> bool {
        matches!(self.op, Op::Literal(_))
    }
}
