//! Conditions on rows, and the order in which they are applied.

use std::collections::HashSet;

use super::tree;
use crate::{
    calc::{Kind, Node},
    sql::Select,
};

/// A condition on rows. None of them is neither true nor false: what is not known does not hold.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    /// A formula that is true.
    Holds(Node),
    /// Values that are among the rows of a query.
    Among(Vec<Node>, Box<Select>),
    /// All of these; none holds always.
    All(Vec<Condition>),
    /// Any of these; none holds never.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
}

/// The conditions of a question by when they are applied.
#[derive(Debug, Clone, Default)]
pub(super) struct Stages {
    /// Before all else: those of the extract, of the data source, of the context. FIXED sees rows that pass them.
    pub(super) context: Vec<Condition>,
    /// After levels of detail that are fixed: sets, first members, dimensions.
    pub(super) dimension: Vec<Condition>,
}

impl Stages {
    /// The first stage alone.
    pub(super) fn fixed(&self) -> Self {
        Self { context: self.context.clone(), dimension: Vec::new() }
    }

    /// All conditions.
    pub(super) fn all(&self) -> impl Iterator<Item = &Condition> {
        self.context.iter().chain(&self.dimension)
    }
}

impl Condition {
    /// The formulas in it.
    pub(super) fn nodes(&self) -> Vec<&Node> {
        match self {
            Self::Holds(node) => vec![node],
            Self::Among(nodes, _) => nodes.iter().collect(),
            Self::All(all) | Self::Any(all) => all.iter().flat_map(Self::nodes).collect(),
            Self::Not(one) => one.nodes(),
        }
    }

    /// Whether it is certainly true.
    pub(super) fn is_certain(&self) -> bool {
        match self {
            Self::Holds(node) => node.kind == Kind::Literal(crate::Value::Boolean(true)),
            Self::Among(..) => false,
            Self::All(all) => all.iter().all(Self::is_certain),
            Self::Any(all) => all.iter().any(Self::is_certain),
            Self::Not(one) => matches!(&**one, Self::Any(none) if none.is_empty()),
        }
    }
}

/// The columns of the data that a formula names, also within levels of detail.
pub(super) fn columns<'n>(node: &'n Node, names: &mut HashSet<(&'n str, &'n str)>) {
    if let Kind::Field { data_source, name } = &node.kind {
        names.insert((data_source.as_deref().unwrap_or_default(), name));
    }
    for child in tree::children(node) {
        columns(child, names);
    }
}
