//! Walking over formulas.

use super::instance;
use crate::{
    Value,
    calc::{Kind, Node},
};

/// The parts of a node, in their order.
pub(super) fn children(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::Literal(_) | Kind::Field { .. } => Vec::new(),
        Kind::Unary(_, operand) => vec![operand],
        Kind::Binary(_, left, right) => vec![left, right],
        Kind::If { branches, otherwise } => {
            let branches = branches.iter().flat_map(|(condition, value)| [condition, value]);
            branches.chain(otherwise.as_deref()).collect()
        }
        Kind::Case { subject, branches, otherwise } => {
            let branches = branches.iter().flat_map(|(value, result)| [value, result]);
            std::iter::once(&**subject).chain(branches).chain(otherwise.as_deref()).collect()
        }
        Kind::In { subject, values } => std::iter::once(&**subject).chain(values).collect(),
        Kind::Call { arguments, .. } => arguments.iter().collect(),
        Kind::Lod { dimensions, aggregate, .. } => dimensions.iter().chain(std::iter::once(&**aggregate)).collect(),
    }
}

/// The parts of a node, to be changed.
pub(super) fn children_mut(node: &mut Node) -> Vec<&mut Node> {
    match &mut node.kind {
        Kind::Literal(_) | Kind::Field { .. } => Vec::new(),
        Kind::Unary(_, operand) => vec![operand],
        Kind::Binary(_, left, right) => vec![left, right],
        Kind::If { branches, otherwise } => {
            let branches = branches.iter_mut().flat_map(|(condition, value)| [condition, value]);
            branches.chain(otherwise.as_deref_mut()).collect()
        }
        Kind::Case { subject, branches, otherwise } => {
            let branches = branches.iter_mut().flat_map(|(value, result)| [value, result]);
            std::iter::once(&mut **subject).chain(branches).chain(otherwise.as_deref_mut()).collect()
        }
        Kind::In { subject, values } => std::iter::once(&mut **subject).chain(values).collect(),
        Kind::Call { arguments, .. } => arguments.iter_mut().collect(),
        Kind::Lod { dimensions, aggregate, .. } => {
            dimensions.iter_mut().chain(std::iter::once(&mut **aggregate)).collect()
        }
    }
}

/// Whether a node is a call of an aggregate. `MIN` and `MAX` of two values are none.
pub(super) fn is_aggregate(node: &Node) -> bool {
    let Kind::Call { function, arguments } = &node.kind else { return false };
    match function.as_str() {
        "MIN" | "MAX" => arguments.len() == 1,
        "SUM" | "AVG" | "COUNT" | "COUNTD" | "MEDIAN" | "ATTR" | "STDEV" | "STDEVP" | "VAR" | "VARP" | "PERCENTILE"
        | "CORR" | "COVAR" | "COVARP" | "COLLECT" => true,
        _ => false,
    }
}

/// Whether a node is a call of a table calculation.
pub(super) fn is_table_calculation(node: &Node) -> bool {
    let Kind::Call { function, .. } = &node.kind else { return false };
    matches!(
        function.as_str(),
        "FIRST"
            | "INDEX"
            | "LAST"
            | "LOOKUP"
            | "PREVIOUS_VALUE"
            | "SIZE"
            | "TOTAL"
            | "SCRIPT_BOOL"
            | "SCRIPT_INT"
            | "SCRIPT_REAL"
            | "SCRIPT_STR"
    ) || ["RANK", "RUNNING_", "WINDOW_", "MODEL_"].iter().any(|prefix| function.starts_with(prefix))
}

/// Whether something holds for a node or for one in it; what is in a level of detail counts where `deep` says so.
pub(super) fn any(node: &Node, deep: bool, test: &dyn Fn(&Node) -> bool) -> bool {
    if test(node) {
        return true;
    }
    let inner = deep || !matches!(node.kind, Kind::Lod { .. });
    inner && children(node).into_iter().any(|child| any(child, deep, test))
}

/// Whether a formula is of many rows together: an aggregate outside of levels of detail.
pub(super) fn is_of_many(node: &Node) -> bool {
    any(node, false, &is_aggregate)
}

/// A formula of many rows for one of them: what is summed up is the value itself, and what needs several rows is NULL.
pub(super) fn of_one_row(node: &Node) -> Node {
    let mut node = node.clone();
    if is_aggregate(&node) {
        let Kind::Call { function, arguments } = node.kind else { unreachable!("an aggregate is a call") };
        let call = |function: &str, arguments| instance::call(function, arguments);
        let first = arguments.into_iter().next().unwrap_or_else(|| instance::literal(Value::Null));
        return match function.as_str() {
            "SUM" | "AVG" | "MIN" | "MAX" | "MEDIAN" | "ATTR" | "PERCENTILE" | "COLLECT" => first,
            "COUNT" | "COUNTD" => {
                let (none, one) = (instance::literal(Value::Integer(0)), instance::literal(Value::Integer(1)));
                call("IIF", vec![call("ISNULL", vec![first]), none, one])
            }
            "STDEVP" | "VARP" | "COVARP" => instance::literal(Value::Real(0.0)),
            _ => call("FLOAT", vec![instance::literal(Value::Null)]),
        };
    }
    if !matches!(node.kind, Kind::Lod { .. }) {
        for child in children_mut(&mut node) {
            *child = of_one_row(child);
        }
    }
    node
}
