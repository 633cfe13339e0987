//! Lists that somebody pages through: their order is kept from the first page on, so that no page skips or repeats an item
//! while content changes, and the last page costs what the first did.
//!
//! What is kept is the ids alone, for a session and a question, for some minutes. It may be dropped at any time: pages are
//! counted anew then, as they are on another node.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tavola_model::{SessionId, Timestamp};

use crate::Error;

/// How long a list is kept that nobody asks for.
const LIFE: Duration = Duration::from_secs(10 * 60);
/// The memory that all lists take at most, and those of a session.
const MOST_BYTES: usize = 64 * 1024 * 1024;
const MOST_BYTES_OF_SESSION: usize = 24 * 1024 * 1024;

/// The id of an item, whatever its kind, in 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct KeptId(u128);

impl KeptId {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let digits = u128::from_str_radix(&text.replace('-', ""), 16);
        digits.map(Self).map_err(|_| Error::unavailable("the id of a list's item is no id"))
    }
}

impl std::fmt::Display for KeptId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
    }
}

/// Whose list it is, and what was asked of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub session: SessionId,
    pub question: [u8; 32],
}

/// The order of a list.
#[derive(Debug, Clone)]
pub(crate) enum Kept {
    /// The items of the first page of a long list: the rest is looked at when somebody asks for more.
    FirstPage(Arc<[KeptId]>),
    /// All items.
    Whole(Arc<[KeptId]>),
}

impl Kept {
    fn bytes(&self) -> usize {
        let (Self::FirstPage(ids) | Self::Whole(ids)) = self;
        // The entry itself takes about as much as 16 ids.
        size_of::<KeptId>() * (ids.len() + 16)
    }

    /// The whole list, given all there are now. What comes behind the first page follows it; what has come or moved in
    /// before its end since then is new to whoever saw it, and comes last.
    pub(crate) fn completed(self, all: Vec<KeptId>) -> Arc<[KeptId]> {
        let first = match self {
            Self::Whole(ids) => return ids,
            Self::FirstPage(first) => first,
        };
        let given: HashSet<KeptId> = first.iter().copied().collect();
        let end = all.iter().rposition(|id| given.contains(id)).map_or(0, |place| place + 1);
        let (before, behind) = all.split_at(end);
        let new = |ids: &[KeptId]| ids.iter().copied().filter(|id| !given.contains(id)).collect::<Vec<_>>();
        first.iter().copied().chain(new(behind)).chain(new(before)).collect()
    }
}

struct Entry {
    kept: Kept,
    until: Timestamp,
    /// When it was last used, in calls.
    used: u64,
}

/// The lists of all sessions.
#[derive(Default)]
pub(crate) struct KeptLists(Mutex<Lists>);

#[derive(Default)]
struct Lists {
    entries: HashMap<Key, Entry>,
    calls: u64,
}

impl KeptLists {
    fn lists(&self) -> std::sync::MutexGuard<'_, Lists> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The list, if it is kept.
    pub(crate) fn find(&self, key: &Key, now: Timestamp) -> Option<Kept> {
        let mut lists = self.lists();
        lists.calls += 1;
        let calls = lists.calls;
        let entry = lists.entries.get_mut(key).filter(|entry| entry.until > now)?;
        entry.used = calls;
        entry.until = now.plus(LIFE);
        Some(entry.kept.clone())
    }

    /// Keeps a list from its first page on, in place of what was kept of it.
    pub(crate) fn keep(&self, key: Key, kept: Kept, now: Timestamp) {
        let mut lists = self.lists();
        lists.calls += 1;
        let entry = Entry { kept, until: now.plus(LIFE), used: lists.calls };
        lists.entries.insert(key.clone(), entry);
        lists.make_room(key.session, now);
    }

    /// Keeps the whole of a list whose first page is kept. Of two who look for it at once, both get what the first found.
    pub(crate) fn complete(&self, key: &Key, ids: Arc<[KeptId]>, now: Timestamp) -> Arc<[KeptId]> {
        let mut lists = self.lists();
        match lists.entries.get_mut(key) {
            Some(Entry { kept: Kept::Whole(ids), .. }) => return ids.clone(),
            Some(entry) => entry.kept = Kept::Whole(ids.clone()),
            None => return ids,
        }
        lists.make_room(key.session, now);
        ids
    }
}

impl Lists {
    /// Drops what is over, and what was used least lately, until the rest fits.
    fn make_room(&mut self, session: SessionId, now: Timestamp) {
        self.entries.retain(|_, entry| entry.until > now);
        self.shrink(MOST_BYTES_OF_SESSION, |key| key.session == session);
        self.shrink(MOST_BYTES, |_| true);
    }

    fn shrink(&mut self, limit: usize, of: impl Fn(&Key) -> bool) {
        let mut bytes: usize =
            self.entries.iter().filter(|(key, _)| of(key)).map(|(_, entry)| entry.kept.bytes()).sum();
        while bytes > limit {
            let oldest = self.entries.iter().filter(|(key, _)| of(key)).min_by_key(|(_, entry)| entry.used);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else { break };
            if let Some(entry) = self.entries.remove(&key) {
                bytes -= entry.kept.bytes();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn ids(numbers: impl IntoIterator<Item = u128>) -> Vec<KeptId> {
        numbers.into_iter().map(KeptId).collect()
    }

    fn key(session: u8, question: u8) -> Key {
        Key { session: SessionId::from_random_bytes([session; 16]), question: [question; 32] }
    }

    fn whole(count: usize) -> Kept {
        Kept::Whole(vec![KeptId(0); count].into())
    }

    #[test]
    fn an_id_is_kept_as_it_is_written() {
        let text = "0a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
        assert_eq!(KeptId::parse(text).unwrap().to_string(), text);
        assert!(KeptId::parse("no id").is_err());
    }

    #[test]
    fn nothing_of_the_first_page_comes_again_and_nothing_behind_it_is_skipped() {
        let first = || Kept::FirstPage(ids([10, 20, 30]).into());
        let completed = |all: &[u128]| first().completed(ids(all.iter().copied())).to_vec();
        assert_eq!(completed(&[10, 20, 30, 40, 50]), ids([10, 20, 30, 40, 50]));
        // 20 is deleted, 30 has moved behind 40, 5 and 25 are new, 50 has moved to the front.
        assert_eq!(completed(&[50, 5, 10, 25, 40, 30, 60]), ids([10, 20, 30, 60, 50, 5, 25, 40]));
        assert_eq!(completed(&[60, 70]), ids([10, 20, 30, 60, 70]));
    }

    #[test]
    fn a_list_is_forgotten_when_nobody_asks_for_it() {
        let lists = KeptLists::default();
        lists.keep(key(1, 1), whole(1), NOW);
        let later = NOW.plus(LIFE - Duration::from_secs(1));
        assert!(lists.find(&key(1, 1), later).is_some() && lists.find(&key(1, 2), later).is_none());
        assert!(lists.find(&key(1, 1), later.plus(LIFE - Duration::from_secs(1))).is_some());
        assert!(lists.find(&key(1, 1), later.plus(LIFE * 2)).is_none());
        lists.keep(key(2, 2), whole(1), later.plus(LIFE * 2));
        assert_eq!(lists.lists().entries.len(), 1);
    }

    #[test]
    fn a_session_and_all_sessions_have_a_limit_and_what_was_used_last_stays() {
        let lists = KeptLists::default();
        let third = MOST_BYTES_OF_SESSION / 3 / size_of::<KeptId>();
        for question in 0..3 {
            lists.keep(key(0, question), whole(third - 16), NOW);
        }
        assert!(lists.find(&key(0, 0), NOW).is_some());
        lists.keep(key(0, 3), whole(third - 16), NOW);
        let found: Vec<bool> = (0..4).map(|question| lists.find(&key(0, question), NOW).is_some()).collect();
        assert_eq!(found, [true, false, true, true]);
        for session in 1..9 {
            lists.keep(key(session, 0), whole(third - 16), NOW);
        }
        let bytes: usize = lists.lists().entries.values().map(|entry| entry.kept.bytes()).sum();
        assert!(bytes <= MOST_BYTES && bytes > MOST_BYTES / 2, "{bytes}");
        // What is too large by itself is not kept.
        lists.keep(key(9, 0), whole(MOST_BYTES_OF_SESSION / size_of::<KeptId>()), NOW);
        assert!(lists.find(&key(9, 0), NOW).is_none() && lists.find(&key(8, 0), NOW).is_some());
    }

    #[test]
    fn of_two_who_complete_a_list_both_get_the_first() {
        let lists = KeptLists::default();
        lists.keep(key(1, 1), Kept::FirstPage(ids([1]).into()), NOW);
        assert_eq!(*lists.complete(&key(1, 1), ids([1, 2]).into(), NOW), *ids([1, 2]));
        assert_eq!(*lists.complete(&key(1, 1), ids([1, 3]).into(), NOW), *ids([1, 2]));
    }
}
