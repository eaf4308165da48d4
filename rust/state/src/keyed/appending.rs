//! List state without time to live, as far as adding to it goes: a list that is not in the cache is not brought there for
//! that, where the backend can add to it unread. A function that only adds never pays for the length of its lists.

use penstock_core::{Object, Result};

use super::{KeyedState, StateHandle};

impl KeyedState {
    /// Adds the elements of a list to that of the current key, unless it is in the cache or the backend cannot. Says
    /// whether they were added; if not, nothing was done.
    pub fn append_unread(&mut self, state: StateHandle, added: &Object) -> Result<bool> {
        let registered = &mut self.states[state.0];
        let key = self.key.key_ref();
        if !self.backend.appends() || registered.cache.find(self.key.epoch, self.key.hash, key).is_some() {
            return Ok(false);
        }
        let (codec, mut list) = (&registered.codecs.value, Vec::new());
        codec.check(added)?;
        codec.encode(added, &mut list)?;
        self.backend.append(registered.id, key, &list)?;
        Ok(true)
    }
}
