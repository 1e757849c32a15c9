//! Operands brought to types that their operator takes.

use arrow_schema::{DataType, Field};

use super::compile::{Compiled, folded};
use super::node::{Node, Op};
use super::operand::{common, operand};
use super::syntax::Refusal;
use crate::types::spelled;

/// The node in the type in which operators take it.
pub(super) fn taken(node: Node) -> Compiled {
    let Some(wanted) = operand(node.data_type()) else {
        let message = format!("{} cannot be used in an expression", spelled(&node.field));
        return Err(Refusal::new(node.at, message));
    };
    Ok(converted(node, &wanted))
}

/// The node in a type that holds its values.
pub(super) fn converted(node: Node, wanted: &DataType) -> Node {
    if node.data_type() == wanted {
        return node;
    }
    let at = node.at;
    folded(Node::new(Op::Widen(Box::new(node)), wanted.clone(), at))
}

/// Both nodes in one type; a literal string next to a date, time, timestamp or UUID is one.
pub(super) fn matched(left: Node, right: Node) -> Result<(Node, Node), Refusal> {
    let (left, right) = (taken(left)?, taken(right)?);
    let (left, right) = (as_beside(left, &right)?, as_beside(right.clone(), &right)?);
    let right = as_beside(right, &left)?;
    let Some(wanted) = common(&left, &right) else {
        let (a, b) = (spelled(&left.field), spelled(&right.field));
        return Err(Refusal::new(left.at, format!("{a} and {b} have no type in common: cast one")));
    };
    Ok((converted(left, &wanted), converted(right, &wanted)))
}

fn as_beside(node: Node, other: &Node) -> Compiled {
    let takes_type = matches!(
        other.data_type(),
        DataType::Date32
            | DataType::Time64(_)
            | DataType::Timestamp(..)
            | DataType::FixedSizeBinary(_)
    );
    if !(node.is_literal() && *node.data_type() == DataType::Utf8 && takes_type) {
        return Ok(node);
    }
    // A date next to a string with a time of day would be another day.
    let field = other.field.clone();
    let at = node.at;
    let read = folded(Node { op: Op::Cast(Box::new(node), false), field, at });
    if read.is_literal() {
        return Ok(read);
    }
    let message = format!("the text {}", crate::text::complaint(&read.field));
    Err(Refusal::new(at, message))
}

/// All nodes in one type, which is that of those that are not null alone, whatever it is.
pub(super) fn unified(mut nodes: Vec<Node>) -> Result<Vec<Node>, Refusal> {
    let plain = |node: &Node| node.field.clone().with_name("").with_nullable(true);
    let known = || nodes.iter().filter(|node| *node.data_type() != DataType::Null);
    let Some(field) = known().next().map(plain) else { return Ok(nodes) };
    if known().all(|node| plain(node) == field) {
        let typed = |node: Node| match node.data_type() {
            DataType::Null => {
                let at = node.at;
                folded(Node { op: Op::Widen(Box::new(node)), field: field.clone(), at })
            }
            _ => node,
        };
        return Ok(nodes.into_iter().map(typed).collect());
    }
    for _ in 0..2 {
        for index in 1..nodes.len() {
            let (left, right) = matched(nodes[0].clone(), nodes[index].clone())?;
            (nodes[0], nodes[index]) = (left, right);
        }
    }
    // A text beside JSON is no JSON.
    let bare = |mut node: Node| {
        node.field = Field::new("", node.data_type().clone(), true);
        node
    };
    Ok(nodes.into_iter().map(bare).collect())
}
