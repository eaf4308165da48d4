//! Windows that become one: which of a key's windows there are, and under which one the contents of each are kept. When
//! windows merge, contents stay where those of the first of them are, and the others' are added to them.

use penstock_core::{Error, Result};

use super::Window;

/// Windows that have become one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Merge {
    /// What they are now.
    pub result: Window,
    /// What they were, without the window that is being added.
    pub merged: Vec<Window>,
    /// Where the contents are kept.
    pub state: Window,
    /// Where further contents are, which are to be added to them.
    pub merged_states: Vec<Window>,
}

/// Adds a window to those of a key. `merges` says what has to become one, each result with what becomes it. Gives the
/// window that the new one belongs to, and what has merged.
pub(super) fn add(
    windows: &mut Vec<(Window, Window)>,
    new: &Window,
    merges: Vec<(Window, Vec<Window>)>,
) -> Result<(Window, Vec<Merge>)> {
    let mut actual = None;
    let mut merged = Vec::new();
    for (result, mut members) in merges {
        let before = members.len();
        members.retain(|member| member != new);
        // A window that is there already comes twice, as itself and as the new one.
        if members.len() < before {
            actual = Some(result.clone());
            if windows.iter().any(|(window, _)| window == new) {
                members.push(new.clone());
            }
        }
        let mut states = Vec::new();
        windows.retain(|(window, state)| {
            let leaves = members.contains(window);
            if leaves {
                states.push(state.clone());
            }
            !leaves
        });
        if states.is_empty() {
            return Err(Error::invalid("merge_windows of a window assigner merged windows that do not exist"));
        }
        let state = states.remove(0);
        windows.push((result.clone(), state.clone()));
        if members != [result.clone()] {
            merged.push(Merge { result, merged: members, state, merged_states: states });
        }
    }
    let actual = actual.unwrap_or_else(|| {
        if windows.iter().all(|(window, _)| window != new) {
            windows.push((new.clone(), new.clone()));
        }
        new.clone()
    });
    Ok((actual, merged))
}

/// What sessions have to become one: those that overlap or touch.
pub(super) fn overlapping(windows: &[(Window, Window)], new: &Window) -> Vec<(Window, Vec<Window>)> {
    let Window::Time { mut start, mut end } = *new else { return Vec::new() };
    // What is there does not overlap, so that in order of time each window is looked at once from where it reaches.
    let mut members: Vec<&Window> = Vec::new();
    loop {
        let mut grown = false;
        for (window, _) in windows {
            if let Window::Time { start: from, end: to } = *window
                && from <= end
                && to >= start
                && !members.contains(&window)
            {
                (start, end, grown) = (start.min(from), end.max(to), true);
                members.push(window);
            }
        }
        if !grown {
            break;
        }
    }
    // In the order in which they came, as their contents did.
    let members: Vec<Window> = windows.iter().map(|(w, _)| w).filter(|w| members.contains(w)).cloned().collect();
    if members.is_empty() || (members.len() == 1 && members[0] == *new) {
        return Vec::new();
    }
    vec![(Window::Time { start, end }, members.into_iter().chain([new.clone()]).collect())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(start: i64, end: i64) -> Window {
        Window::Time { start, end }
    }

    fn add_session(windows: &mut Vec<(Window, Window)>, start: i64, end: i64) -> (Window, Vec<Merge>) {
        let new = window(start, end);
        let merges = overlapping(windows, &new);
        add(windows, &new, merges).unwrap()
    }

    #[test]
    fn a_record_between_two_sessions_joins_them() {
        let mut windows = Vec::new();
        assert_eq!(add_session(&mut windows, 0, 10), (window(0, 10), vec![]));
        assert_eq!(add_session(&mut windows, 20, 30), (window(20, 30), vec![]));
        let (actual, merges) = add_session(&mut windows, 10, 20);
        assert_eq!(actual, window(0, 30));
        let merged = vec![window(0, 10), window(20, 30)];
        let merged_states = vec![window(20, 30)];
        assert_eq!(merges, [Merge { result: window(0, 30), merged, state: window(0, 10), merged_states }]);
        assert_eq!(windows, [(window(0, 30), window(0, 10))]);
    }

    #[test]
    fn a_record_within_a_session_changes_nothing() {
        let mut windows = Vec::new();
        add_session(&mut windows, 0, 30);
        assert_eq!(add_session(&mut windows, 5, 15), (window(0, 30), vec![]));
        assert_eq!(add_session(&mut windows, 0, 30), (window(0, 30), vec![]));
        assert_eq!(windows, [(window(0, 30), window(0, 30))]);
    }

    #[test]
    fn sessions_that_touch_are_one() {
        let mut windows = Vec::new();
        add_session(&mut windows, 0, 10);
        assert_eq!(add_session(&mut windows, 10, 20).0, window(0, 20));
        assert_eq!(add_session(&mut windows, 21, 31).0, window(21, 31));
        assert_eq!(windows.len(), 2);
    }
}
