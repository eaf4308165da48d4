//! One key group of one state as a stack of layers. A snapshot holds the layers that were there when it was taken;
//! writes go to a new layer on top, and the layers are merged again by the first write after the snapshot is gone.

use std::sync::Arc;

/// What a layer holds.
pub(super) trait Layer: Default {
    /// Takes over what `newer` says. Nothing lies below if `lowest`, so that what `newer` removes is forgotten.
    fn absorb(&mut self, newer: Self, lowest: bool);
}

/// A stack of layers, the oldest first; empty as long as nothing was written.
#[derive(Debug)]
pub(super) struct Layers<L> {
    stack: Vec<Arc<L>>,
}

impl<L> Default for Layers<L> {
    fn default() -> Self {
        Self { stack: Vec::new() }
    }
}

impl<L> Clone for Layers<L> {
    fn clone(&self) -> Self {
        Self { stack: self.stack.clone() }
    }
}

impl<L: Layer> Layers<L> {
    /// The layer that writes go to, and whether nothing lies below it.
    pub(super) fn writable(&mut self) -> (&mut L, bool) {
        self.merge();
        if self.stack.last_mut().is_none_or(|top| Arc::get_mut(top).is_none()) {
            self.stack.push(Arc::default());
        }
        let lowest = self.stack.len() == 1;
        let top = self.stack.last_mut().expect("there is a layer now");
        (Arc::get_mut(top).expect("the top layer is ours alone"), lowest)
    }

    /// Merges the upper layers that no snapshot holds. A snapshot that holds a layer holds all below it too.
    fn merge(&mut self) {
        loop {
            let lowest = self.stack.len() == 2;
            let [.., below, top] = self.stack.as_mut_slice() else { return };
            // A snapshot that is being dropped lets go of the lower layers first.
            if Arc::strong_count(top) > 1 {
                return;
            }
            let Some(below) = Arc::get_mut(below) else { return };
            below.absorb(std::mem::take(Arc::get_mut(top).expect("nobody else holds it")), lowest);
            self.stack.pop();
        }
    }

    /// The layers, newest first.
    pub(super) fn newest_first(&self) -> impl DoubleEndedIterator<Item = &L> {
        self.stack.iter().rev().map(AsRef::as_ref)
    }

    /// Each layer with the layers above it, oldest first.
    pub(super) fn with_newer(&self) -> impl Iterator<Item = (&L, &[Arc<L>])> {
        self.stack.iter().enumerate().map(|(i, layer)| (layer.as_ref(), &self.stack[i + 1..]))
    }

    #[cfg(test)]
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default, Debug, PartialEq)]
    struct Log(Vec<u32>, bool);

    impl Layer for Log {
        fn absorb(&mut self, newer: Self, lowest: bool) {
            self.0.extend(newer.0);
            self.1 = lowest;
        }
    }

    #[test]
    fn writes_during_a_snapshot_go_on_top_and_come_down_afterwards() {
        let mut layers = Layers::<Log>::default();
        layers.writable().0.0.push(1);
        let frozen = layers.clone();
        layers.writable().0.0.push(2);
        layers.writable().0.0.push(3);
        assert_eq!(layers.depth(), 2);
        assert_eq!(frozen.newest_first().map(|l| l.0.clone()).collect::<Vec<_>>(), [vec![1]]);
        drop(frozen);
        layers.writable().0.0.push(4);
        assert_eq!(layers.newest_first().collect::<Vec<_>>(), [&Log(vec![1, 2, 3, 4], true)]);
    }

    #[test]
    fn an_older_snapshot_keeps_only_its_own_layers_apart() {
        let mut layers = Layers::<Log>::default();
        layers.writable().0.0.push(1);
        let first = layers.clone();
        layers.writable().0.0.push(2);
        let second = layers.clone();
        layers.writable().0.0.push(3);
        assert_eq!(layers.depth(), 3);
        drop(second);
        layers.writable();
        assert_eq!(
            layers.newest_first().map(|l| (l.0.clone(), l.1)).collect::<Vec<_>>(),
            [(vec![2, 3], false), (vec![1], false)]
        );
        drop(first);
        layers.writable();
        assert_eq!(layers.depth(), 1);
    }

    #[test]
    fn a_snapshot_without_writes_adds_nothing() {
        let mut layers = Layers::<Log>::default();
        layers.writable();
        for _ in 0..3 {
            drop(layers.clone());
            layers.writable();
        }
        assert_eq!(layers.depth(), 1);
    }
}
