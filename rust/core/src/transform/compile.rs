//! A syntax tree against the columns of a schema: names, types, and what operators want.

use std::cell::Cell;
use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DECIMAL128_MAX_PRECISION, DataType, Field, Schema};
use sqlparser::ast::{self, BinaryOperator as B, CastKind, Expr, UnaryOperator, Value};

use super::cast::is_castable;
use super::column::Faults;
use super::evaluate::evaluate;
use super::literal::{literal, null, one_text};
use super::matching::{converted, matched, taken, unified};
use super::node::{Arithmetic, Comparison, Node, Op};
use super::operand::{common, digits, is_number, precision, whole};
use super::syntax::{Refusal, place};
use super::{calls, interval, spelling};
use crate::types::spelled;

/// Operators within operators, a chain of them included; more would exhaust the stack.
const MAX_DEPTH: usize = 200;

pub(super) type Compiled = Result<Node, Refusal>;

/// Compiles against the columns of a schema; without one every name is a column of unknown type,
/// which is that of null: what is refused then is wrong whatever the columns are.
pub(super) struct Compiler<'a> {
    schema: Option<&'a Schema>,
    depth: Cell<usize>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(schema: Option<&'a Schema>) -> Self {
        Self { schema, depth: Cell::new(0) }
    }

    /// The node of an expression, its constant parts evaluated.
    pub(super) fn node(&self, parsed: &Expr) -> Compiled {
        if self.depth.get() == MAX_DEPTH {
            let message = format!("is nested more than {MAX_DEPTH} deep");
            return Err(Refusal::new(0, message));
        }
        self.depth.set(self.depth.get() + 1);
        let found = self.unfolded(parsed).map(folded);
        self.depth.set(self.depth.get() - 1);
        found
    }

    fn unfolded(&self, parsed: &Expr) -> Compiled {
        let at = place(parsed);
        match parsed {
            Expr::Nested(inner) => self.node(inner),
            Expr::Identifier(name) => self.column(name),
            Expr::Value(value) => literal(&value.value, at),
            Expr::TypedString(typed) => {
                let text = typed.value.value.clone().into_string().unwrap_or_default();
                let text = Node::new(Op::Literal(one_text(text)), DataType::Utf8, at);
                cast_to(text, &typed.data_type, false, at)
            }
            Expr::IsNull(inner) => self.truth(inner, Op::IsNull, at),
            Expr::IsNotNull(inner) => Ok(not(self.truth(inner, Op::IsNull, at)?, at)),
            Expr::IsTrue(inner) => self.is(inner, true, false, at),
            Expr::IsNotTrue(inner) => self.is(inner, true, true, at),
            Expr::IsFalse(inner) => self.is(inner, false, false, at),
            Expr::IsNotFalse(inner) => self.is(inner, false, true, at),
            Expr::IsDistinctFrom(left, right) => {
                Ok(not(self.compared(left, Comparison::Same, right, at)?, at))
            }
            Expr::IsNotDistinctFrom(left, right) => {
                self.compared(left, Comparison::Same, right, at)
            }
            Expr::In { expr, target: ast::InTarget::List(list), negated, .. } => {
                let equals =
                    list.iter().map(|item| self.compared(expr, Comparison::Equal, item, at));
                let any = any(equals.collect::<Result<_, _>>()?, at)?;
                Ok(if *negated { not(any, at) } else { any })
            }
            Expr::Between { expr, negated, low, high } => {
                let low = self.compared(expr, Comparison::GreaterOrEqual, low, at)?;
                let high = self.compared(expr, Comparison::LessOrEqual, high, at)?;
                let within = logical(Op::And(Box::new([low, high])), at);
                Ok(if *negated { not(within, at) } else { within })
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                self.like("like", *negated, [expr, pattern], escape_char.as_deref(), at)
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                self.like("ilike", *negated, [expr, pattern], escape_char.as_deref(), at)
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => Ok(not(self.bool(expr)?, at)),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.number(expr),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => self.negative(expr, at),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right, at),
            Expr::Cast { kind, expr, data_type, format: None } => {
                let is_try = matches!(kind, CastKind::TryCast | CastKind::SafeCast);
                cast_to(self.node(expr)?, data_type, is_try, at)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                let mut pairs = Vec::with_capacity(conditions.len());
                for ast::CaseWhen { condition, result } in conditions {
                    let condition = match operand {
                        Some(operand) => {
                            self.compared(operand, Comparison::Equal, condition, at)?
                        }
                        None => self.bool(condition)?,
                    };
                    pairs.push((condition, self.node(result)?));
                }
                let otherwise = match else_result {
                    Some(result) => self.node(result)?,
                    None => null(at),
                };
                case(pairs, otherwise, at)
            }
            _ => calls::call(self, parsed, at),
        }
    }

    fn column(&self, name: &ast::Ident) -> Compiled {
        let at = name.span.start.column;
        let Some(schema) = self.schema else {
            return Ok(Node::new(Op::Column(0), DataType::Null, at));
        };
        let Ok(index) = schema.index_of(&name.value) else {
            let known = schema.fields().iter().map(|field| field.name().as_str());
            let known = known.collect::<Vec<_>>().join(", ");
            let message = format!("there is no column {:?}; columns: {known}", name.value);
            return Err(Refusal::new(at, message));
        };
        let field = schema.field(index).clone();
        Ok(Node { op: Op::Column(index), field, at })
    }

    fn truth(&self, inner: &Expr, op: fn(Box<Node>) -> Op, at: u64) -> Compiled {
        Ok(logical(op(Box::new(self.node(inner)?)), at))
    }

    fn is(&self, inner: &Expr, truth: bool, negated: bool, at: u64) -> Compiled {
        let is = logical(Op::Is(Box::new(self.bool(inner)?), truth), at);
        Ok(if negated { not(is, at) } else { is })
    }

    /// A condition.
    pub(super) fn bool(&self, parsed: &Expr) -> Compiled {
        condition(self.node(parsed)?)
    }

    /// A number, in the type in which operators take it.
    pub(super) fn number(&self, parsed: &Expr) -> Compiled {
        let node = taken(self.node(parsed)?)?;
        if is_number(node.data_type()) || *node.data_type() == DataType::Null {
            return Ok(node);
        }
        Err(Refusal::new(node.at, format!("needs a number here, found {}", spelled(&node.field))))
    }

    fn negative(&self, parsed: &Expr, at: u64) -> Compiled {
        // The smallest integer has no positive twin.
        if let Expr::Value(value) = parsed
            && let Value::Number(digits, _) = &value.value
        {
            return literal(&Value::Number(format!("-{digits}"), false), at);
        }
        let node = self.number(parsed)?;
        let zero = Node::new(Op::Literal(Arc::new(Int64Array::from(vec![0]))), DataType::Int64, at);
        arithmetic(Arithmetic::Subtract, zero, node, at)
    }

    pub(super) fn compared(
        &self,
        left: &Expr,
        comparison: Comparison,
        right: &Expr,
        at: u64,
    ) -> Compiled {
        compared(self.node(left)?, comparison, self.node(right)?, at)
    }

    fn binary(&self, left: &Expr, operator: &B, right: &Expr, at: u64) -> Compiled {
        let comparison = match operator {
            B::And => return self.logic(Op::And, left, right, at),
            B::Or => return self.logic(Op::Or, left, right, at),
            B::StringConcat => return calls::concatenation(self, left, right, at),
            B::Eq => Comparison::Equal,
            B::NotEq => Comparison::NotEqual,
            B::Lt => Comparison::Less,
            B::LtEq => Comparison::LessOrEqual,
            B::Gt => Comparison::Greater,
            B::GtEq => Comparison::GreaterOrEqual,
            _ => {
                let operator = match operator {
                    B::Plus => Arithmetic::Add,
                    B::Minus => Arithmetic::Subtract,
                    B::Multiply => Arithmetic::Multiply,
                    B::Divide => Arithmetic::Divide,
                    B::DuckIntegerDivide => Arithmetic::DivideWhole,
                    B::Modulo => Arithmetic::Remainder,
                    _ => return Err(Refusal::new(at, format!("there is no operator {operator}"))),
                };
                if let Some(shifted) = interval::shifted(self, left, operator, right, at)? {
                    return Ok(shifted);
                }
                return arithmetic(operator, self.node(left)?, self.node(right)?, at);
            }
        };
        self.compared(left, comparison, right, at)
    }

    fn logic(&self, op: fn(Box<[Node; 2]>) -> Op, left: &Expr, right: &Expr, at: u64) -> Compiled {
        Ok(logical(op(Box::new([self.bool(left)?, self.bool(right)?])), at))
    }

    fn like(
        &self,
        name: &str,
        negated: bool,
        sides: [&Expr; 2],
        escape: Option<&Expr>,
        at: u64,
    ) -> Compiled {
        let mut args = vec![self.node(sides[0])?, self.node(sides[1])?];
        args.extend(escape.map(|escape| self.node(escape)).transpose()?);
        let found = calls::named(name, args, at)?;
        Ok(if negated { not(found, at) } else { found })
    }
}

/// The node, evaluated now where it depends on no row; as it is where that faults.
pub(super) fn folded(node: Node) -> Node {
    let is_constant = match &node.op {
        Op::Widen(inner)
        | Op::Cast(inner, _)
        | Op::Not(inner)
        | Op::IsNull(inner)
        | Op::Is(inner, _)
        | Op::Shift(inner, _) => inner.is_literal(),
        Op::Arithmetic(_, sides) | Op::Compare(_, sides) => sides.iter().all(Node::is_literal),
        Op::Call(_, args) => args.iter().all(Node::is_literal),
        _ => false,
    };
    if !is_constant {
        return node;
    }
    let mut faults = Faults::new();
    let row = RecordBatch::try_new_with_options(
        Arc::new(Schema::empty()),
        Vec::new(),
        &arrow_array::RecordBatchOptions::new().with_row_count(Some(1)),
    );
    match row.map(|row| evaluate(&node, &row, &mut faults)) {
        Ok(Ok(column)) if faults.is_empty() => {
            Node { op: Op::Literal(column.array), field: node.field, at: node.at }
        }
        _ => node,
    }
}

/// The node as one that is true, false or null.
pub(super) fn condition(node: Node) -> Compiled {
    match node.data_type() {
        DataType::Boolean => Ok(node),
        DataType::Null => Ok(converted(node, &DataType::Boolean)),
        _ => {
            let message = format!("needs true or false here, found {}", spelled(&node.field));
            Err(Refusal::new(node.at, message))
        }
    }
}

fn logical(op: Op, at: u64) -> Node {
    folded(Node::new(op, DataType::Boolean, at))
}

/// Whether one of the nodes is true, as a tree that is not deep.
fn any(mut nodes: Vec<Node>, at: u64) -> Compiled {
    while nodes.len() > 1 {
        let mut halved = Vec::with_capacity(nodes.len().div_ceil(2));
        let mut rest = nodes.into_iter();
        while let Some(node) = rest.next() {
            halved.push(match rest.next() {
                Some(next) => logical(Op::Or(Box::new([node, next])), at),
                None => node,
            });
        }
        nodes = halved;
    }
    nodes.pop().ok_or_else(|| Refusal::new(at, "in needs a list of values"))
}

fn not(node: Node, at: u64) -> Node {
    logical(Op::Not(Box::new(node)), at)
}

pub(super) fn compared(left: Node, comparison: Comparison, right: Node, at: u64) -> Compiled {
    let (left, right) = matched(left, right)?;
    Ok(logical(Op::Compare(comparison, Box::new([left, right])), at))
}

pub(super) fn cast_to(node: Node, to: &ast::DataType, is_try: bool, at: u64) -> Compiled {
    let Some(field) = spelling::field(to) else {
        return Err(Refusal::new(at, format!("there is no type {to}")));
    };
    exactly(node, field, is_try, at)
}

/// A cast that is exact or a fault.
pub(super) fn exactly(node: Node, to: Field, is_try: bool, at: u64) -> Compiled {
    if !is_castable(&node.field, &to) {
        let (a, b) = (spelled(&node.field), spelled(&to));
        return Err(Refusal::new(at, format!("{a} cannot be cast to {b}")));
    }
    Ok(folded(Node { op: Op::Cast(Box::new(node), is_try), field: to, at }))
}

pub(super) fn case(branches: Vec<(Node, Node)>, otherwise: Node, at: u64) -> Compiled {
    let (conditions, mut results): (Vec<_>, Vec<_>) = branches.into_iter().unzip();
    results.push(otherwise);
    let mut results = unified(results)?;
    let otherwise = results.pop().ok_or_else(|| Refusal::new(at, "case has no result"))?;
    let field = otherwise.field.clone().with_nullable(true);
    let branches = conditions.into_iter().zip(results).collect();
    Ok(Node { op: Op::Case(branches, Box::new(otherwise)), field, at })
}

fn arithmetic(operator: Arithmetic, left: Node, right: Node, at: u64) -> Compiled {
    use Arithmetic as A;
    let (left, right) = (taken(left)?, taken(right)?);
    let pair = |left, right| Op::Arithmetic(operator, Box::new([left, right]));
    match (left.data_type(), operator, right.data_type()) {
        (DataType::Date32, A::Add | A::Subtract, DataType::Int64) => {
            return Ok(folded(Node::new(pair(left, right), DataType::Date32, at)));
        }
        (DataType::Date32, A::Subtract, DataType::Date32) => {
            return Ok(folded(Node::new(pair(left, right), DataType::Int64, at)));
        }
        (DataType::Date32, A::Add | A::Subtract, DataType::Null)
        | (DataType::Null, A::Subtract, DataType::Date32) => return Ok(null(at)),
        _ => {}
    }
    for side in [&left, &right] {
        if !is_number(side.data_type()) && *side.data_type() != DataType::Null {
            let found = spelled(&side.field);
            return Err(Refusal::new(side.at, format!("needs a number here, found {found}")));
        }
    }
    let Some(wanted) = common(&left, &right) else { return Ok(null(at)) };
    let (wanted, result) = match (&wanted, operator) {
        (DataType::Null, _) => return Ok(null(at)),
        (_, A::Divide) => (DataType::Float64, DataType::Float64),
        (DataType::Decimal128(..) | DataType::Float64, A::DivideWhole) => {
            return Err(Refusal::new(at, "// divides integers: use / and trunc"));
        }
        (DataType::Decimal128(..), A::Multiply) => {
            let ((p, s), (q, t)) = (digits(&left), digits(&right));
            if s + t > DECIMAL128_MAX_PRECISION.cast_signed() {
                let message = "the product has over 38 decimal places: cast one side";
                return Err(Refusal::new(at, message));
            }
            let result = DataType::Decimal128(precision(whole(p, s) + whole(q, t), s + t), s + t);
            let (left, right) = (
                converted(left, &DataType::Decimal128(p, s)),
                converted(right, &DataType::Decimal128(q, t)),
            );
            return Ok(folded(Node::new(pair(left, right), result, at)));
        }
        (DataType::Decimal128(p, s), A::Add | A::Subtract) => {
            (wanted.clone(), DataType::Decimal128(precision(whole(*p, *s) + 1, *s), *s))
        }
        _ => (wanted.clone(), wanted.clone()),
    };
    let (left, right) = (converted(left, &wanted), converted(right, &wanted));
    Ok(folded(Node::new(pair(left, right), result, at)))
}
