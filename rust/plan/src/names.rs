//! How operators and tasks are called in logs, metrics and the REST API.

use crate::job_graph::{ChainedOperator, JobVertex};
use crate::stream_graph::{Operator, Partitioner, StreamNode};

impl StreamNode {
    /// The operator's name with `Source: ` or `Sink: ` before it.
    #[must_use]
    pub fn display_name(&self) -> String {
        with_prefix(&self.operator, &self.name)
    }

    /// The user's description, or the name.
    #[must_use]
    pub fn display_description(&self) -> String {
        with_prefix(&self.operator, self.description.as_deref().unwrap_or(&self.name))
    }
}

fn with_prefix(operator: &Operator, name: &str) -> String {
    let prefix = match operator {
        Operator::Source { .. } => "Source: ",
        Operator::Sink { .. } => "Sink: ",
        Operator::Function { .. }
        | Operator::Batches { .. }
        | Operator::AsyncWait { .. }
        | Operator::IntervalJoin { .. }
        | Operator::Watermarks { .. } => "",
    };
    if name.starts_with(prefix) { name.to_owned() } else { format!("{prefix}{name}") }
}

impl Partitioner {
    /// The name in plans: `FORWARD`, `HASH`, …
    #[must_use]
    pub fn ship_strategy(&self) -> &'static str {
        match self {
            Self::Forward { .. } => "FORWARD",
            Self::Rebalance => "REBALANCE",
            Self::Rescale => "RESCALE",
            Self::Shuffle => "SHUFFLE",
            Self::Broadcast => "BROADCAST",
            Self::Global => "GLOBAL",
            Self::Hash { .. } => "HASH",
            Self::Custom { .. } => "CUSTOM",
        }
    }
}

/// `A -> B`, and `A -> (B, C)` where an operator calls several.
pub(crate) fn chain_name(vertex: &JobVertex) -> String {
    let mut names: Vec<String> = vertex.operators.iter().map(|operator| operator.node.display_name()).collect();
    // Whoever is called stands behind its caller, so from the back every called operator's name is whole already.
    for operator in (0..vertex.operators.len()).rev() {
        let called: Vec<_> = vertex.children_of(operator).map(|child| names[child].clone()).collect();
        match called.as_slice() {
            [] => {}
            [only] => names[operator] = format!("{} -> {only}", names[operator]),
            several => names[operator] = format!("{} -> ({})", names[operator], several.join(", ")),
        }
    }
    names.swap_remove(0)
}

/// The descriptions as a tree of lines, in the HTML of Flink's REST API.
pub(crate) fn chain_description(vertex: &JobVertex) -> String {
    let mut text = String::new();
    // (operator, what stands before its children, what stands before itself)
    let mut stack = vec![(0, String::new(), String::new())];
    while let Some((operator, indent, own)) = stack.pop() {
        text.push_str(&own);
        text.push_str(&escape(&vertex.operators[operator]));
        text.push_str("<br/>");
        let children: Vec<_> = vertex.children_of(operator).collect();
        for (place, &child) in children.iter().enumerate().rev() {
            let last = place + 1 == children.len();
            let (branch, below) = if last { ("+- ", "   ") } else { (":- ", ":  ") };
            stack.push((child, format!("{indent}{below}"), format!("{indent}{branch}")));
        }
    }
    text
}

fn escape(operator: &ChainedOperator) -> String {
    operator.node.display_description().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
