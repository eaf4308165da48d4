//! `-s latest`: which of the checkpoints of earlier runs to go on from. A decision on facts.

use penstock_core::{Error, Result};
use penstock_state::ListedCheckpoint;
use penstock_state::storage::newest_of;

use super::damage::{Facts, in_place_of};

/// What to do.
#[derive(Debug)]
pub(super) enum Choice {
    /// There is nothing to go on from.
    Fresh,
    /// Go on from this one; the newer ones that were passed over are damaged.
    Restore { chosen: Box<ListedCheckpoint>, damaged: Vec<ListedCheckpoint> },
}

/// Decides; `listed` is newest first, of all jobs.
pub(super) fn choose(mut listed: Vec<ListedCheckpoint>, job_name: &str, facts: Facts) -> Result<Choice> {
    let mut damaged = Vec::new();
    while let Some(newest) = newest_of(&listed, job_name) {
        let url = newest.folder.url();
        let position = listed.iter().position(|c| c.folder.url() == url).expect("found among these");
        let newest = listed.remove(position);
        match &newest.metadata {
            Ok(_) => return Ok(Choice::Restore { chosen: Box::new(newest), damaged }),
            Err(reason) if !facts.may_go_back() => {
                let older = newest_of(&listed, job_name).filter(|c| c.metadata.is_ok());
                in_place_of(&newest.folder.url(), reason, older, |older| older.folder.url(), facts)?;
            }
            Err(_) => damaged.push(newest),
        }
    }
    if damaged.is_empty() { Ok(Choice::Fresh) } else { Err(nothing_left(&damaged)) }
}

fn nothing_left(damaged: &[ListedCheckpoint]) -> Error {
    let all: Vec<String> = damaged.iter().map(|c| c.folder.url()).collect();
    let reason = damaged.iter().find_map(|c| c.metadata.as_ref().err()).map(ToString::to_string).unwrap_or_default();
    Error::invalid(format!(
        "every checkpoint of this job is damaged ({}): {reason}. Start without '-s latest' to begin from the beginning",
        all.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_state::{CheckpointMetadata, CheckpointStorage};

    fn checkpoint(job: char, name: Option<&str>, id: u64, intact: bool) -> ListedCheckpoint {
        let job_id = job.to_string().repeat(32);
        let folder = CheckpointStorage::in_memory().for_job(&job_id).unwrap().checkpoint(id);
        let metadata = CheckpointMetadata {
            format_version: 1,
            job_id: job_id.clone(),
            job_name: name.unwrap_or_default().to_owned(),
            checkpoint_id: id,
            timestamp: id as i64,
            is_savepoint: false,
            operators: vec![],
            earlier_jobs: vec![],
        };
        let metadata = if intact { Ok(metadata) } else { Err(Error::external("torn")) };
        ListedCheckpoint {
            folder,
            job_id,
            job_name: name.map(str::to_owned),
            checkpoint_id: id,
            timestamp: id as i64,
            metadata,
        }
    }

    const ONE_PHASE: Facts = Facts { two_phase_sink: false, allow_older: false };
    const TWO_PHASE: Facts = Facts { two_phase_sink: true, allow_older: false };

    fn chosen(listed: Vec<ListedCheckpoint>, facts: Facts) -> String {
        match choose(listed, "mine", facts) {
            Ok(Choice::Fresh) => "fresh".to_owned(),
            Ok(Choice::Restore { chosen, damaged }) => format!("{} past {}", chosen.checkpoint_id, damaged.len()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_newest_of_a_job_of_the_same_name() {
        let listed = vec![
            checkpoint('b', Some("other"), 9, true),
            checkpoint('a', Some("mine"), 8, true),
            checkpoint('a', Some("mine"), 7, true),
        ];
        assert_eq!(chosen(listed, TWO_PHASE), "8 past 0");
    }

    #[test]
    fn none_is_a_fresh_start() {
        assert_eq!(chosen(vec![], TWO_PHASE), "fresh");
        assert_eq!(chosen(vec![checkpoint('b', Some("other"), 9, false)], TWO_PHASE), "fresh");
    }

    #[test]
    fn a_damaged_one_is_passed_over_without_two_phase_sinks() {
        let listed = || vec![checkpoint('a', None, 9, false), checkpoint('a', Some("mine"), 8, true)];
        assert_eq!(chosen(listed(), ONE_PHASE), "8 past 1");
        assert_eq!(chosen(listed(), Facts { allow_older: true, ..TWO_PHASE }), "8 past 1");
    }

    #[test]
    fn a_damaged_one_stops_a_job_with_a_two_phase_sink_and_the_choices_are_named() {
        let text = chosen(vec![checkpoint('a', None, 9, false), checkpoint('a', Some("mine"), 8, true)], TWO_PHASE);
        for part in ["chk-9", "torn", "chk-8", "penstock.state-recovery.allow-older-checkpoint=true", "-s <path>"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn only_damaged_ones_are_no_fresh_start() {
        let text = chosen(vec![checkpoint('a', Some("mine"), 9, false)], ONE_PHASE);
        assert!(text.starts_with("every checkpoint of this job is damaged"), "{text}");
    }
}
