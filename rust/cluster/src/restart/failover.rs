//! How much of a job starts again when something fails: a decision on facts.

use penstock_core::config::{FailoverStrategy, options};
use penstock_core::{Configuration, Result};
use penstock_plan::{ExecutionGraph, Regions};

/// What has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// These subtasks: one that has ended, or all of a slot process that is gone.
    Subtasks(Vec<usize>),
    /// Something that belongs to all of them: an enumerator, more checkpoints than may.
    Job,
}

/// What is known when something fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// The tasks are ending: the last checkpoint is complete, or the job stops with a savepoint. Sources that have
    /// stopped for that read again only when they start again.
    pub(crate) ending: bool,
    /// The next attempt goes on from an older checkpoint than the last one that tasks have heard of.
    pub(crate) goes_back: bool,
}

/// The regions of a job as `jobmanager.execution.failover-strategy` has them.
pub(crate) fn regions(config: &Configuration, graph: &ExecutionGraph) -> Result<Regions> {
    Ok(match config.read(&options::FAILOVER_STRATEGY)? {
        FailoverStrategy::Region => Regions::pipelined(graph),
        FailoverStrategy::Full => Regions::whole(graph),
    })
}

/// The regions that have to start again, in order.
pub(crate) fn regions_to_restart(regions: &Regions, failed: &Failed, facts: Facts) -> Vec<usize> {
    match failed {
        Failed::Subtasks(subtasks) if !facts.ending && !facts.goes_back => {
            let mut hit: Vec<usize> = subtasks.iter().map(|subtask| regions.of[*subtask]).collect();
            hit.sort_unstable();
            hit.dedup();
            hit
        }
        _ => regions.all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two subtasks that forward to one each, and one apart.
    fn three() -> Regions {
        Regions { of: vec![0, 1, 0, 1, 2], count: 3 }
    }

    fn restarted(failed: &Failed, facts: Facts) -> Vec<usize> {
        regions_to_restart(&three(), failed, facts)
    }

    #[test]
    fn a_task_takes_its_region_with_it() {
        assert_eq!(restarted(&Failed::Subtasks(vec![3]), Facts::default()), [1]);
        assert_eq!(restarted(&Failed::Subtasks(vec![4, 1, 3]), Facts::default()), [1, 2]);
    }

    #[test]
    fn what_belongs_to_all_takes_all() {
        assert_eq!(restarted(&Failed::Job, Facts::default()), [0, 1, 2]);
        assert_eq!(restarted(&Failed::Subtasks(vec![3]), Facts { ending: true, goes_back: false }), [0, 1, 2]);
        assert_eq!(restarted(&Failed::Subtasks(vec![3]), Facts { ending: false, goes_back: true }), [0, 1, 2]);
    }

    #[test]
    fn an_unknown_strategy_names_the_choices() {
        let graph = ExecutionGraph { subtasks: vec![], channels: vec![] };
        let config = [("jobmanager.execution.failover-strategy".to_owned(), "some".to_owned())].into_iter().collect();
        let error = regions(&config, &graph).expect_err("unknown").to_string();
        assert!(error.contains("'some' is not a failover strategy: one of region, full"), "{error}");
    }
}
