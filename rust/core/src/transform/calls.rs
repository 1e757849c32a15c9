//! Calls of functions, some with a syntax of their own.

use arrow_schema::{DataType, Field};
use regex::Regex;
use sqlparser::ast::{self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::compile::{Compiled, Compiler, case, compared, condition, exactly, folded};
use super::functions::{self, Function, Gives, JOIN, PARTS, TRUNCATED, Take};
use super::interval::unit;
use super::literal::{null, one_text};
use super::matching::{converted, taken, unified};
use super::node::{Comparison, Node, Op};
use super::operand::{is_number, precision, whole};
use super::syntax::Refusal;
use crate::types::spelled;

/// Names that stand for a function.
const ALIASES: &[(&str, &str)] = &[
    ("substr", "substring"),
    ("char_length", "length"),
    ("lcase", "lower"),
    ("ucase", "upper"),
    ("ceiling", "ceil"),
    ("pow", "power"),
    ("datepart", "date_part"),
    ("datetrunc", "date_trunc"),
    ("datediff", "date_diff"),
];

/// Forms that are no functions: they choose between their arguments.
pub(super) const FORMS: &[(&str, &str, &str)] = &[
    ("coalesce", "value, …", "the first that is not null"),
    ("nullif", "value, other", "null where both are equal, else the value"),
    ("if", "condition, yes, no", "one or the other; `no` where the condition is null"),
    ("greatest", "value, …", "the greatest that is not null"),
    ("least", "value, …", "the least that is not null"),
    ("concat", "value, …", "the texts joined, nulls left out"),
];

pub(super) fn call(compiler: &Compiler<'_>, parsed: &Expr, at: u64) -> Compiled {
    let node = |parsed: &Expr| compiler.node(parsed);
    let text = |text: &str| Node::new(Op::Literal(one_text(text)), DataType::Utf8, at);
    match parsed {
        Expr::Function(function) => {
            let name = function.name.to_string();
            let args = arguments(function, at)?;
            let args = args.into_iter().map(node).collect::<Result<Vec<_>, _>>()?;
            named(&name, args, at)
        }
        Expr::Extract { field, expr, .. } => {
            let part = match field {
                ast::DateTimeField::Epoch => return named("epoch", vec![node(expr)?], at),
                field => unit(field).to_lowercase(),
            };
            named("date_part", vec![text(&part), node(expr)?], at)
        }
        Expr::Ceil {
            expr,
            field: ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime),
        } => named("ceil", vec![node(expr)?], at),
        Expr::Floor {
            expr,
            field: ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime),
        } => named("floor", vec![node(expr)?], at),
        Expr::Position { expr, r#in } => named("strpos", vec![node(r#in)?, node(expr)?], at),
        Expr::Substring { expr, substring_from: Some(from), substring_for, .. } => {
            let mut args = vec![node(expr)?, node(from)?];
            args.extend(substring_for.as_deref().map(node).transpose()?);
            named("substring", args, at)
        }
        Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
            let mut args = vec![node(expr)?];
            args.extend(trim_what.as_deref().map(node).transpose()?);
            let more = trim_characters.iter().flatten().map(node);
            args.extend(more.collect::<Result<Vec<_>, _>>()?);
            let name = match trim_where {
                Some(ast::TrimWhereField::Leading) => "ltrim",
                Some(ast::TrimWhereField::Trailing) => "rtrim",
                _ => "trim",
            };
            named(name, args, at)
        }
        Expr::Interval(_) => {
            Err(Refusal::new(at, "an interval is added to a date or timestamp, and nothing else"))
        }
        other => Err(Refusal::new(at, format!("{other} is no part of this language"))),
    }
}

/// The arguments of a plain call.
fn arguments(function: &ast::Function, at: u64) -> Result<Vec<&Expr>, Refusal> {
    let refused = || Refusal::new(at, format!("{function} is no part of this language"));
    let is_plain = function.filter.is_none()
        && function.over.is_none()
        && function.null_treatment.is_none()
        && function.within_group.is_empty()
        && matches!(function.parameters, FunctionArguments::None);
    let FunctionArguments::List(list) = &function.args else { return Err(refused()) };
    if !is_plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return Err(refused());
    }
    let args = list.args.iter().map(|arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(parsed)) => Ok(parsed),
        _ => Err(refused()),
    });
    args.collect()
}

/// The call of a form, a function or one of the operators that are functions.
pub(super) fn named(name: &str, args: Vec<Node>, at: u64) -> Compiled {
    let name = name.to_lowercase();
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(&*name, |(_, name)| name);
    let count = args.len();
    let wrong_count = || Refusal::new(at, format!("{name} does not take {count} arguments"));
    let mut args = args;
    match name {
        "coalesce" if count > 0 => return coalesced(args, at),
        "nullif" => {
            let Ok([value, other]) = <[Node; 2]>::try_from(args) else { return Err(wrong_count()) };
            let same = compared(value.clone(), Comparison::Equal, other, at)?;
            return case(vec![(same, null(at))], value, at);
        }
        "if" => {
            let Ok([chosen, yes, no]) = <[Node; 3]>::try_from(args) else {
                return Err(wrong_count());
            };
            return case(vec![(condition(chosen)?, yes)], no, at);
        }
        "greatest" | "least" if count > 0 => return extreme(name, args, at),
        "concat" => {
            let empty = Node::new(Op::Literal(one_text("")), DataType::Utf8, at);
            let mut joined = empty.clone();
            for arg in args {
                let arg = coalesced(vec![as_text(arg, at)?, empty.clone()], at)?;
                joined = folded(Node::new(Op::Call(&JOIN, vec![joined, arg]), DataType::Utf8, at));
            }
            return Ok(joined);
        }
        _ => {}
    }
    let function = match name {
        "like" | "ilike" => functions::pattern_operator(name),
        _ => functions::named(name)
            .ok_or_else(|| Refusal::new(at, format!("there is no function {name:?}")))?,
    };
    if !(function.least..=function.takes.len()).contains(&count) {
        return Err(wrong_count());
    }
    for (arg, take) in args.iter_mut().zip(function.takes) {
        *arg = argument(arg.clone(), *take, function)?;
    }
    let data_type = match function.gives {
        Gives::Text => DataType::Utf8,
        Gives::Int => DataType::Int64,
        Gives::Double => DataType::Float64,
        Gives::Bool => DataType::Boolean,
        Gives::Date => DataType::Date32,
        Gives::Same(index) => args[index].data_type().clone(),
        Gives::Rounded => rounded(&args),
    };
    Ok(folded(Node::new(Op::Call(function, args), data_type, at)))
}

/// As [`Gives::Rounded`]; places that are no literal may be all that there are.
fn rounded(args: &[Node]) -> DataType {
    let &DataType::Decimal128(p, s) = args[0].data_type() else {
        return args[0].data_type().clone();
    };
    let places = match args.get(1) {
        None => 0,
        Some(places) => {
            literal_int(places).map_or(s, |n| n.clamp(0, s.into()).try_into().unwrap_or(s))
        }
    };
    DataType::Decimal128(precision(whole(p, s) + 1, places), places)
}

pub(super) fn concatenation(
    compiler: &Compiler<'_>,
    left: &Expr,
    right: &Expr,
    at: u64,
) -> Compiled {
    let sides = vec![as_text(compiler.node(left)?, at)?, as_text(compiler.node(right)?, at)?];
    Ok(folded(Node::new(Op::Call(&JOIN, sides), DataType::Utf8, at)))
}

fn as_text(node: Node, at: u64) -> Compiled {
    let node = if matches!(node.data_type(), DataType::LargeUtf8 | DataType::Utf8View) {
        taken(node)?
    } else {
        node
    };
    if *node.data_type() == DataType::Utf8 {
        return Ok(node);
    }
    exactly(node, Field::new("", DataType::Utf8, true), false, at)
}

fn coalesced(nodes: Vec<Node>, at: u64) -> Compiled {
    let nodes = unified(nodes)?;
    let field = nodes[0].field.clone().with_nullable(true);
    Ok(Node { op: Op::Coalesce(nodes), field, at })
}

fn extreme(name: &str, args: Vec<Node>, at: u64) -> Compiled {
    let comparison =
        if name == "greatest" { Comparison::GreaterOrEqual } else { Comparison::LessOrEqual };
    let mut nodes = unified(args)?.into_iter();
    let Some(mut found) = nodes.next() else { return Ok(null(at)) };
    for next in nodes {
        let leads = compared(found.clone(), comparison, next.clone(), at)?;
        let is_alone = folded(Node::new(Op::IsNull(Box::new(next.clone())), DataType::Boolean, at));
        found = case(vec![(is_alone, found.clone()), (leads, found)], next, at)?;
    }
    Ok(found)
}

fn argument(node: Node, take: Take, function: &Function) -> Compiled {
    let node = taken(node)?;
    let at = node.at;
    let found = spelled(&node.field);
    let refused = |wanted: &str| {
        Err(Refusal::new(at, format!("{} needs {wanted} here, found {found}", function.name)))
    };
    let is_null = *node.data_type() == DataType::Null;
    match take {
        _ if is_null && !matches!(take, Take::Unit | Take::Pattern) => {
            let wanted = match take {
                Take::Text => DataType::Utf8,
                Take::Int => DataType::Int64,
                Take::Double | Take::Number => DataType::Float64,
                _ => DataType::Date32,
            };
            Ok(converted(node, &wanted))
        }
        Take::Text if *node.data_type() == DataType::Utf8 => Ok(node),
        Take::Text => refused("a text"),
        Take::Int if *node.data_type() == DataType::Int64 => Ok(node),
        Take::Int => refused("an integer"),
        Take::Double if is_number(node.data_type()) => Ok(converted(node, &DataType::Float64)),
        Take::Number if is_number(node.data_type()) => Ok(node),
        Take::Double | Take::Number => refused("a number"),
        Take::Day if matches!(node.data_type(), DataType::Date32 | DataType::Timestamp(..)) => {
            Ok(node)
        }
        Take::Day => refused("a date or timestamp"),
        Take::Moment
            if matches!(
                node.data_type(),
                DataType::Date32 | DataType::Timestamp(..) | DataType::Time64(_)
            ) =>
        {
            Ok(node)
        }
        Take::Moment => refused("a date, time or timestamp"),
        Take::Unit => {
            let known = if function.name == "date_part" { PARTS } else { TRUNCATED };
            match literal_text(&node) {
                Some(unit) if known.contains(&&*unit.to_lowercase()) => Ok(node),
                _ => refused(&format!("one of '{}'", known.join("', '"))),
            }
        }
        Take::Pattern => match literal_text(&node).map(|pattern| Regex::new(&pattern)) {
            Some(Ok(_)) => Ok(node),
            Some(Err(error)) => {
                let error = error.to_string();
                let last = error.lines().last().unwrap_or_default();
                Err(Refusal::new(at, format!("the regular expression is none: {last}")))
            }
            None => refused("a literal"),
        },
    }
}

fn literal_int(node: &Node) -> Option<i64> {
    use arrow_array::{Array, cast::AsArray, types::Int64Type};
    match &node.op {
        Op::Literal(value) if *node.data_type() == DataType::Int64 && value.is_valid(0) => {
            Some(value.as_primitive::<Int64Type>().value(0))
        }
        _ => None,
    }
}

fn literal_text(node: &Node) -> Option<String> {
    use arrow_array::{Array, cast::AsArray};
    match &node.op {
        Op::Literal(value) if *node.data_type() == DataType::Utf8 && value.is_valid(0) => {
            Some(value.as_string::<i32>().value(0).to_owned())
        }
        _ => None,
    }
}
