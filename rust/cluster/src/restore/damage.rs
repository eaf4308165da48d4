//! What to do about a checkpoint that cannot be restored because a file of it is damaged. Decisions on facts: they are
//! the same when a job is started and when it starts again.

use penstock_core::config::ConfigOption;
use penstock_core::{Configuration, Error, Result};

/// Whether a job whose output was committed with a checkpoint may go on from an older one.
const ALLOW_OLDER: ConfigOption<bool> = ConfigOption::new("penstock.state-recovery.allow-older-checkpoint", "false");

/// What is known of the job.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// Whether its output was made final by its checkpoints.
    pub(crate) two_phase_sink: bool,
    /// Whether the user said that an older checkpoint will do.
    pub(crate) allow_older: bool,
}

impl Facts {
    /// Reads what the configuration says. `two_phase_sink`: a sink of the job makes its output final with each
    /// checkpoint.
    pub(crate) fn read(config: &Configuration, two_phase_sink: bool) -> Result<Self> {
        Ok(Self { two_phase_sink, allow_older: config.read(&ALLOW_OLDER)? })
    }

    /// Whether an older checkpoint may stand in for a damaged one.
    pub(crate) fn may_go_back(self) -> bool {
        !self.two_phase_sink || self.allow_older
    }
}

/// What takes the place of a damaged checkpoint: `older`, if there is one and the job may go back to it. Otherwise the
/// error names the choices. `damaged` is a URL, and `url` gives that of the older one.
pub(crate) fn in_place_of<T>(
    damaged: &str,
    reason: &Error,
    older: Option<T>,
    url: impl Fn(&T) -> String,
    facts: Facts,
) -> Result<T> {
    match older {
        Some(older) if facts.may_go_back() => Ok(older),
        older => Err(choices(damaged, reason, older.as_ref().map(url).as_deref(), facts)),
    }
}

fn choices(damaged: &str, reason: &Error, older: Option<&str>, facts: Facts) -> Error {
    let stopped = if facts.two_phase_sink {
        "Output up to that checkpoint is already final, so the job does not go back by itself"
    } else {
        "There is no older one to go back to (execution.checkpointing.num-retained of at least 2 keeps one)"
    };
    let older = match older {
        Some(older) => format!(
            "go on from the one before with '-s {older}', or let it be found with {}=true: what was written since then \
             will be there twice; ",
            ALLOW_OLDER.key()
        ),
        None if facts.two_phase_sink => "there is no older one; ".to_owned(),
        None => String::new(),
    };
    Error::invalid(format!(
        "the checkpoint {damaged} cannot be restored: {reason}. {stopped}. You can: repair that folder, or bring it back \
         from a copy; {older}go on from a savepoint with '-s <path>'; or start anew without '-s', from the beginning of \
         the input"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_PHASE: Facts = Facts { two_phase_sink: false, allow_older: false };
    const TWO_PHASE: Facts = Facts { two_phase_sink: true, allow_older: false };

    fn decided(older: Option<&str>, facts: Facts) -> String {
        let torn = Error::damaged("the state file x is damaged");
        in_place_of("chk-9", &torn, older, ToString::to_string, facts).map_or_else(|e| e.to_string(), str::to_owned)
    }

    #[test]
    fn an_older_one_takes_its_place_unless_output_is_final() {
        assert_eq!(decided(Some("chk-8"), ONE_PHASE), "chk-8");
        assert_eq!(decided(Some("chk-8"), Facts { allow_older: true, ..TWO_PHASE }), "chk-8");
    }

    #[test]
    fn otherwise_the_choices_are_named() {
        let text = decided(Some("chk-8"), TWO_PHASE);
        for part in ["chk-9", "state file x", "already final", "'-s chk-8'", ALLOW_OLDER.key(), "twice", "start anew"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let text = decided(None, ONE_PHASE);
        assert!(text.contains("num-retained") && text.contains("start anew") && !text.contains("final"), "{text}");
        assert!(decided(None, TWO_PHASE).contains("there is no older one"));
    }
}
