//! One test per rule.

use super::*;
use penstock_core::Configuration;

const RUNNING: Tasks = Tasks { running: 2, starting: 0, finished: 0, at_end_of_data: false };

fn settings(entries: &[(&str, &str)]) -> penstock_core::Result<CheckpointSettings> {
    let defaults = [("interval", "10 s"), ("timeout", "1 min")];
    let entries = defaults.iter().chain(entries);
    let config: Configuration =
        entries.map(|(k, v)| (format!("execution.checkpointing.{k}"), (*v).to_owned())).collect();
    CheckpointSettings::from_config(&config)
}

/// A planner of a job that has started at 0, with two tasks.
fn planner(entries: &[(&str, &str)]) -> CheckpointPlanner {
    let mut planner = CheckpointPlanner::new(settings(entries).expect("valid"));
    planner.job_started(0);
    planner
}

fn begin(planner: &mut CheckpointPlanner, now: i64) -> u64 {
    planner.begin(Kind::Checkpoint, [0, 1], now)
}

fn acknowledge(planner: &mut CheckpointPlanner, id: u64) -> Vec<Decision> {
    [0, 1].into_iter().flat_map(|task| planner.acknowledged(id, task)).collect()
}

/// Takes a snapshot from its trigger to its end, all at one time.
fn complete(planner: &mut CheckpointPlanner, kind: Kind, now: i64) -> Vec<Decision> {
    let id = planner.begin(kind, [0, 1], now);
    acknowledge(planner, id);
    planner.written(id, now)
}

fn done(id: u64) -> Decision {
    Decision::Complete { id, kind: Kind::Checkpoint }
}

fn abort(id: u64, reason: Reason) -> Decision {
    Decision::Abort { id, kind: Kind::Checkpoint, reason }
}

fn declined() -> Reason {
    Reason::Declined("no".to_owned())
}

fn fails_job(decisions: &[Decision]) -> bool {
    decisions.iter().any(|decision| matches!(decision, Decision::FailJob { .. }))
}

#[test]
fn nothing_is_triggered_without_an_interval_or_before_the_start() {
    let mut off = CheckpointPlanner::new(CheckpointSettings::from_config(&Configuration::default()).expect("defaults"));
    off.job_started(0);
    assert_eq!(off.next_trigger(&RUNNING, 1_000_000), Trigger::Off);
    let waiting = CheckpointPlanner::new(settings(&[]).expect("valid"));
    assert_eq!(waiting.next_trigger(&RUNNING, 1_000_000), Trigger::Off);
}

#[test]
fn triggers_keep_the_beat_of_the_interval() {
    let mut planner = planner(&[]);
    assert_eq!(planner.next_trigger(&RUNNING, 9_999), Trigger::At(10_000));
    // A little late: the beat stays.
    assert_eq!(planner.next_trigger(&RUNNING, 10_030), Trigger::Now);
    complete(&mut planner, Kind::Checkpoint, 10_030);
    assert_eq!(planner.next_trigger(&RUNNING, 10_040), Trigger::At(20_000));
}

#[test]
fn after_a_long_checkpoint_the_next_follows_at_once_and_only_one() {
    let mut planner = planner(&[]);
    let id = begin(&mut planner, 10_000);
    assert_eq!(planner.next_trigger(&RUNNING, 20_000), Trigger::Wait(Waiting::OthersArePending));
    acknowledge(&mut planner, id);
    planner.written(id, 45_000);
    assert_eq!(planner.next_trigger(&RUNNING, 45_000), Trigger::Now);
    complete(&mut planner, Kind::Checkpoint, 45_000);
    assert_eq!(planner.next_trigger(&RUNNING, 45_001), Trigger::At(50_000));
}

#[test]
fn the_pause_after_a_snapshot_is_kept() {
    let mut planner = planner(&[("min-pause", "4 s")]);
    let id = begin(&mut planner, 10_000);
    acknowledge(&mut planner, id);
    planner.written(id, 18_000);
    assert_eq!(planner.next_trigger(&RUNNING, 20_000), Trigger::At(22_000));
    complete(&mut planner, Kind::Savepoint, 21_000);
    assert_eq!(planner.next_trigger(&RUNNING, 22_000), Trigger::At(25_000));
}

#[test]
fn an_interval_is_at_least_the_pause() {
    assert_eq!(settings(&[("min-pause", "30 s")]).expect("valid").interval, Some(30_000));
}

#[test]
fn as_many_may_be_pending_as_configured() {
    let mut planner = planner(&[("max-concurrent-checkpoints", "2")]);
    begin(&mut planner, 10_000);
    assert_eq!(planner.next_trigger(&RUNNING, 20_000), Trigger::Now);
    begin(&mut planner, 20_000);
    assert_eq!(planner.next_trigger(&RUNNING, 30_000), Trigger::Wait(Waiting::OthersArePending));
}

#[test]
fn all_tasks_have_to_run() {
    let planner = planner(&[]);
    let starting = Tasks { running: 1, starting: 1, ..RUNNING };
    assert_eq!(planner.next_trigger(&starting, 10_000), Trigger::Wait(Waiting::TasksAreNotRunning));
    let all_finished = Tasks { running: 0, finished: 2, ..RUNNING };
    assert_eq!(planner.next_trigger(&all_finished, 10_000), Trigger::Wait(Waiting::TasksAreNotRunning));
}

#[test]
fn finished_tasks_matter_only_where_the_option_is_off() {
    let some_finished = Tasks { running: 1, finished: 1, ..RUNNING };
    assert_eq!(planner(&[]).next_trigger(&some_finished, 10_000), Trigger::Now);
    let off = planner(&[("checkpoints-after-tasks-finish.enabled", "false")]);
    assert_eq!(off.next_trigger(&some_finished, 10_000), Trigger::Wait(Waiting::TasksHaveFinished));
}

#[test]
fn the_last_checkpoint_does_not_wait_for_the_interval() {
    let mut planner = planner(&[("min-pause", "5 s")]);
    let ended = Tasks { at_end_of_data: true, ..RUNNING };
    assert_eq!(planner.next_trigger(&ended, 3), Trigger::Now);
    begin(&mut planner, 3);
    assert_eq!(planner.next_trigger(&ended, 4), Trigger::Wait(Waiting::OthersArePending));
}

#[test]
fn a_checkpoint_is_written_after_its_last_acknowledgement_and_once() {
    let mut planner = planner(&[]);
    let id = begin(&mut planner, 10_000);
    assert_eq!(planner.acknowledged(id, 1), []);
    assert_eq!(planner.acknowledged(id, 1), []);
    assert_eq!(planner.writing(), Vec::<u64>::new());
    assert_eq!(planner.acknowledged(id, 0), [Decision::Write { id, kind: Kind::Checkpoint }]);
    assert_eq!(planner.acknowledged(id, 0), []);
    assert_eq!(planner.writing(), [id]);
}

#[test]
fn acknowledgements_of_the_aborted_leave_nothing_behind() {
    let mut planner = planner(&[("tolerable-failed-checkpoints", "1")]);
    let id = begin(&mut planner, 10_000);
    planner.acknowledged(id, 0);
    assert_eq!(planner.failed(id, declined()), [abort(id, declined())]);
    assert_eq!(planner.acknowledged(id, 1), [Decision::DiscardPart { id, task: 1 }]);
    assert_eq!(planner.failed(id, declined()), []);
    assert_eq!(planner.written(id, 10_001), []);
}

#[test]
fn only_the_newest_checkpoints_are_kept() {
    let mut planner = planner(&[("num-retained", "2")]);
    let decisions: Vec<_> = (1..=4).map(|n| complete(&mut planner, Kind::Checkpoint, n * 10_000)).collect();
    let discard = |id| Decision::Discard { id };
    assert_eq!(decisions, [vec![done(1)], vec![done(2)], vec![done(3), discard(1)], vec![done(4), discard(2)]]);
    assert_eq!(planner.completed().collect::<Vec<_>>(), [3, 4]);
}

#[test]
fn a_newer_checkpoint_subsumes_older_ones_but_no_savepoint() {
    let mut planner = planner(&[("max-concurrent-checkpoints", "3")]);
    let old = begin(&mut planner, 10_000);
    let savepoint = planner.begin(Kind::Savepoint, [0, 1], 11_000);
    let new = begin(&mut planner, 20_000);
    acknowledge(&mut planner, new);
    assert_eq!(planner.written(new, 21_000), [done(new), abort(old, Reason::Subsumed)]);
    acknowledge(&mut planner, savepoint);
    assert_eq!(planner.written(savepoint, 22_000), [Decision::SavepointDone { id: savepoint }]);
}

#[test]
fn what_is_being_written_is_subsumed_when_the_storage_has_answered() {
    for stored in [true, false] {
        let mut planner = planner(&[("max-concurrent-checkpoints", "2")]);
        let (old, new) = (begin(&mut planner, 10_000), begin(&mut planner, 20_000));
        acknowledge(&mut planner, old);
        acknowledge(&mut planner, new);
        assert_eq!(planner.written(new, 21_000), [done(new)]);
        let answer =
            if stored { planner.written(old, 21_001) } else { planner.failed(old, Reason::Metadata("x".into())) };
        assert_eq!(answer, [abort(old, Reason::Subsumed)]);
        assert_eq!(planner.completed().collect::<Vec<_>>(), [new]);
    }
}

#[test]
fn no_failure_is_tolerated_by_default() {
    let mut planner = planner(&[]);
    let id = begin(&mut planner, 10_000);
    let message =
        "checkpoint 1 failed, and execution.checkpointing.tolerable-failed-checkpoints is 0: a task declined it: no";
    assert_eq!(
        planner.failed(id, declined()),
        [abort(id, declined()), Decision::FailJob { message: message.to_owned() }]
    );
}

#[test]
fn failures_in_a_row_count_and_a_success_forgives_them() {
    let mut planner = planner(&[("tolerable-failed-checkpoints", "2")]);
    let fail = |planner: &mut CheckpointPlanner| {
        let id = begin(planner, 0);
        fails_job(&planner.failed(id, Reason::Upload("disk".into())))
    };
    assert_eq!([fail(&mut planner), fail(&mut planner)], [false, false]);
    complete(&mut planner, Kind::Checkpoint, 0);
    assert_eq!([fail(&mut planner), fail(&mut planner), fail(&mut planner)], [false, false, true]);
    // The job has failed once for them; after the restart the count begins anew.
    assert!(!fail(&mut planner));
}

#[test]
fn some_reasons_are_nobodys_fault() {
    let mut planner = planner(&[]);
    for reason in [Reason::TaskNotReady, Reason::TaskEnded, Reason::JobEnds] {
        let id = begin(&mut planner, 10_000);
        assert_eq!(planner.failed(id, reason.clone()), [abort(id, reason)]);
    }
}

#[test]
fn what_takes_too_long_expires() {
    let mut planner = planner(&[("tolerable-failed-checkpoints", "9"), ("max-concurrent-checkpoints", "3")]);
    let (first, second) = (begin(&mut planner, 10_000), begin(&mut planner, 20_000));
    assert_eq!(planner.next_timeout(), Some(70_000));
    assert_eq!(planner.time_passed(69_999), []);
    assert_eq!(planner.time_passed(70_000), [abort(first, Reason::Expired)]);
    assert_eq!(planner.next_timeout(), Some(80_000));
    // While `_metadata` is being written nothing expires.
    acknowledge(&mut planner, second);
    assert_eq!((planner.next_timeout(), planner.time_passed(90_000)), (None, vec![]));
}

#[test]
fn a_failed_savepoint_is_its_requesters_affair() {
    let mut planner = planner(&[]);
    let id = planner.begin(Kind::Savepoint, [0, 1], 0);
    let aborted = Decision::Abort { id, kind: Kind::Savepoint, reason: Reason::Expired };
    assert_eq!(planner.failed(id, Reason::Expired), [aborted]);
}

#[test]
fn stopping_with_a_savepoint_ends_the_checkpoints() {
    let mut planner = planner(&[]);
    let checkpoint = begin(&mut planner, 10_000);
    let id = planner.begin(Kind::StopWithSavepoint, [0, 1], 11_000);
    assert_eq!(planner.next_trigger(&RUNNING, 20_000), Trigger::Wait(Waiting::JobIsStopping));
    acknowledge(&mut planner, id);
    let complete = Decision::Complete { id, kind: Kind::StopWithSavepoint };
    assert_eq!(planner.written(id, 12_000), [complete, abort(checkpoint, Reason::Subsumed)]);
    assert_eq!(planner.completed().count(), 0);
}

#[test]
fn a_stop_that_fails_fails_the_job() {
    let mut planner = planner(&[("tolerable-failed-checkpoints", "9")]);
    let id = planner.begin(Kind::StopWithSavepoint, [0, 1], 0);
    assert!(fails_job(&planner.failed(id, Reason::TaskEnded)));
}

#[test]
fn a_restart_aborts_what_is_pending_but_not_what_is_being_written() {
    let mut planner = planner(&[("max-concurrent-checkpoints", "2")]);
    let (writing, waiting) = (begin(&mut planner, 10_000), begin(&mut planner, 20_000));
    acknowledge(&mut planner, writing);
    assert_eq!(planner.job_stopped(&Reason::JobRestarts), [abort(waiting, Reason::JobRestarts)]);
    assert_eq!(planner.writing(), [writing]);
    assert_eq!(planner.next_trigger(&RUNNING, 50_000), Trigger::Off);
    assert_eq!(planner.written(writing, 21_000), [done(writing)]);
    planner.job_started(30_000);
    assert_eq!(planner.next_trigger(&RUNNING, 30_000), Trigger::At(40_000));
    assert_eq!(begin(&mut planner, 40_000), 3);
}

#[test]
fn numbers_go_on_behind_the_restored_snapshot() {
    for (owned, discarded) in [(true, vec![Decision::Discard { id: 41 }]), (false, vec![])] {
        let mut planner = planner(&[]);
        planner.restored_from(41, owned);
        let decisions = complete(&mut planner, Kind::Checkpoint, 10_000);
        assert_eq!(decisions, [vec![done(42)], discarded].concat());
    }
}

#[test]
fn a_restart_from_an_own_checkpoint_does_not_list_it_twice() {
    let mut planner = planner(&[("num-retained", "2")]);
    complete(&mut planner, Kind::Checkpoint, 10_000);
    planner.restored_from(1, true);
    assert_eq!(planner.completed().collect::<Vec<_>>(), [1]);
    assert_eq!(begin(&mut planner, 20_000), 2);
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    for (key, value) in
        [("interval", "5"), ("timeout", "0"), ("max-concurrent-checkpoints", "0"), ("num-retained", "0")]
    {
        let error = settings(&[(key, value)]).expect_err("refused").to_string();
        assert!(error.starts_with(&format!("execution.checkpointing.{key}: ")), "{error}");
    }
}
