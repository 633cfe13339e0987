//! A file on its way in blocks, and what is kept of that, so that another call can go on with it.
//!
//! A server that tells blocks apart puts each in its place, however often it comes. So it is enough to send again, with the
//! same number and the same bytes, what was not acknowledged. A server that does not adds each block to the end: there
//! another call goes on only when every block that was begun was acknowledged. In doubt it begins anew.

use std::{collections::VecDeque, ops::Range, sync::Arc, time::Duration};

use futures_util::stream::{FuturesUnordered, StreamExt};
use serde::{Deserialize, Serialize};
use tavola_api::{
    MESSAGE_PART,
    file_uploads::{APPEND, FileUploadMessage, INITIATE, LONGEST_BLOCK},
};
use tokio::time::Instant;

use super::multipart::{Multipart, boundary};
use crate::{
    Client, Error, Hop, PathValue, Transfer,
    file_body::{Digest, FileRange, Meter, Source},
};

/// How long the first blocks are.
const FIRST_BLOCK: u64 = 8 << 20;
/// How short blocks get on a slow line.
const SHORTEST_BLOCK: u64 = 1 << 20;
/// A block that took less is followed by longer ones.
const QUICK: Duration = Duration::from_secs(2);
/// A block that took more is followed by shorter ones: a break costs a block.
const SLOW: Duration = Duration::from_secs(10);
/// How many blocks are on their way at a time.
const BLOCKS_AT_A_TIME: usize = 4;
/// How often a file is sent from its beginning again, to a server that does not tell blocks apart.
const RESTARTS: u32 = 2;

/// An upload in blocks that has not become content yet: what another call can go on from. It holds the upload's name on the
/// server, which only the same user can use, and no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfinishedUpload {
    upload: String,
    /// How many blocks it may have, where the server tells blocks apart.
    most_blocks: Option<u32>,
    /// The length of the file.
    length: u64,
    /// The blocks that were begun, in their order in the file, without gaps.
    blocks: Vec<BegunBlock>,
}

/// A block that was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct BegunBlock {
    /// Where it ends in the file.
    end: u64,
    /// The SHA-256 of what the server has acknowledged.
    acknowledged: Option<String>,
}

/// What came of sending a file in blocks.
pub(super) struct Sent {
    /// The name of the upload.
    pub(super) upload: String,
    /// Whether another call had begun it.
    pub(super) was_begun_before: bool,
}

impl UnfinishedUpload {
    fn new(upload: String, most_blocks: Option<u32>, length: u64) -> Self {
        Self { upload, most_blocks, length, blocks: Vec::new() }
    }

    fn range(&self, at: usize) -> Range<u64> {
        let start = at.checked_sub(1).map_or(0, |before| self.blocks[before].end);
        start..self.blocks[at].end
    }

    /// Where the blocks end.
    fn end(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.end)
    }

    /// How many bytes the server has acknowledged.
    fn acknowledged(&self) -> u64 {
        let there = (0..self.blocks.len()).filter(|at| self.blocks[*at].acknowledged.is_some());
        there.map(|at| self.range(at)).map(|range| range.end - range.start).sum()
    }

    /// Whether another call may go on with it, as far as can be told without the file.
    fn is_sound(&self, length: u64) -> bool {
        let ordered = (0..self.blocks.len()).all(|at| {
            let range = self.range(at);
            range.start < range.end && range.end - range.start <= LONGEST_BLOCK as u64
        });
        let count = u32::try_from(self.blocks.len()).unwrap_or(u32::MAX);
        let fits = match self.most_blocks {
            Some(most) => count <= most,
            None => self.blocks.iter().all(|block| block.acknowledged.is_some()),
        };
        self.length == length && self.end() <= length && ordered && fits && self.acknowledged() > 0
    }

    /// Whether the file still holds what was sent. What cannot be read, sending will find out.
    async fn is_of(&self, source: &Arc<Source>) -> bool {
        let sent =
            (0..self.blocks.len()).filter_map(|at| Some((self.range(at), self.blocks[at].acknowledged.clone()?)));
        let (sent, source) = (sent.collect::<Vec<_>>(), Arc::clone(source));
        tokio::task::spawn_blocking(move || source.holds(&sent).unwrap_or(false)).await.unwrap_or(false)
    }
}

impl Client {
    /// Sends a file in blocks, beginning from what is left of an earlier call if that fits.
    pub(super) async fn send_in_blocks(
        &self,
        begun: Option<UnfinishedUpload>,
        source: &Arc<Source>,
        meter: &Arc<Meter>,
        transfer: &Transfer<UnfinishedUpload>,
    ) -> Result<Sent, Error> {
        if let Some(begun) = begun.filter(|begun| begun.is_sound(source.length))
            && begun.is_of(source).await
        {
            meter.begin_at(begun.acknowledged());
            let upload = begun.upload.clone();
            match self.send_blocks(Upload::new(begun, transfer), source, meter).await {
                Ok(()) => return Ok(Sent { upload, was_begun_before: true }),
                // The server has forgotten the upload, or does not want any more of it.
                Err(error) if error.refused().is_some_and(|refused| matches!(refused.status, 400 | 404 | 409)) => {}
                Err(error) => return Err(error),
            }
        }
        let mut restarts = 0;
        loop {
            meter.begin_at(0);
            // Whatever becomes of this one, the one before is over.
            transfer.keep(None);
            let begun: FileUploadMessage = self.call(&INITIATE, &[PathValue::SessionSite], &[], None).await?;
            let upload = begun.file_upload.upload_session_id.to_string();
            let most = begun.file_upload.max_file_chunk_count.filter(|most| *most > 0);
            let new = UnfinishedUpload::new(upload.clone(), most, source.length);
            match self.send_blocks(Upload::new(new, transfer), source, meter).await {
                Ok(()) => return Ok(Sent { upload, was_begun_before: false }),
                // Nobody knows how much of the broken block is there, so that nothing can be added to this upload.
                Err(error) if most.is_none() && is_in_doubt(&error) && restarts < RESTARTS => restarts += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn send_blocks(&self, mut upload: Upload<'_>, source: &Arc<Source>, meter: &Arc<Meter>) -> Result<(), Error> {
        let name = upload.record.upload.clone();
        let is_numbered = upload.record.most_blocks.is_some();
        let at_a_time = if is_numbered { BLOCKS_AT_A_TIME } else { 1 };
        let mut on_their_way = FuturesUnordered::new();
        loop {
            while on_their_way.len() < at_a_time {
                let Some(block) = upload.begin_block() else { break };
                let sending = self.send_block(&name, is_numbered, block.clone(), source, meter, upload.is_kept());
                on_their_way.push(async move { (block, sending.await) });
            }
            match on_their_way.next().await {
                None => return Ok(()),
                Some((block, Ok((took, digest)))) => upload.acknowledged(&block, took, digest),
                Some((_, Err(error))) => {
                    if !is_numbered && is_surely_undone(&error) {
                        upload.take_back_last();
                    }
                    return Err(error);
                }
            }
        }
    }

    async fn send_block(
        &self,
        upload: &str,
        numbered: bool,
        block: Block,
        source: &Arc<Source>,
        meter: &Arc<Meter>,
        hashed: bool,
    ) -> Result<(Duration, Option<String>), Error> {
        let begun = Instant::now();
        let number = block.number.to_string();
        let query: &[(&str, &str)] = if numbered { &[("sequenceID", &number)] } else { &[] };
        let boundary = boundary();
        let part_name = APPEND.about.file_part.unwrap_or_default();
        let digest = hashed.then(Arc::<Digest>::default);
        let body = |_| {
            let range = FileRange { source, range: block.range.clone(), meter, digest: digest.as_ref() };
            let parts = Multipart::new(&boundary).part(MESSAGE_PART, "", "text/xml", b"");
            Ok(Some(parts.file(part_name, "file", range)))
        };
        let path = [PathValue::SessionSite, PathValue::Of(&upload)];
        self.send_signed_in::<FileUploadMessage, _>(&APPEND.about, &path, query, &[], body).await?;
        Ok((begun.elapsed(), digest.and_then(|digest| digest.take())))
    }
}

/// An upload that is under way, and the record of it.
struct Upload<'a> {
    record: UnfinishedUpload,
    /// Blocks that an earlier call began and nobody acknowledged.
    left: VecDeque<Block>,
    plan: Plan,
    transfer: &'a Transfer<UnfinishedUpload>,
}

impl<'a> Upload<'a> {
    fn new(record: UnfinishedUpload, transfer: &'a Transfer<UnfinishedUpload>) -> Self {
        let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let left = (0..record.blocks.len()).filter(|at| record.blocks[*at].acknowledged.is_none());
        let left = left.map(|at| Block { number: number(at), range: record.range(at) }).collect();
        let longest = (0..record.blocks.len()).map(|at| record.range(at)).map(|range| range.end - range.start).max();
        let plan = Plan {
            length: record.length,
            most: record.most_blocks,
            next: record.end(),
            number: number(record.blocks.len()),
            size: longest.unwrap_or(FIRST_BLOCK).max(SHORTEST_BLOCK),
        };
        Self { record, left, plan, transfer }
    }

    fn is_kept(&self) -> bool {
        self.transfer.is_kept()
    }

    /// The next block to send. It is in the record before anything of it is sent.
    fn begin_block(&mut self) -> Option<Block> {
        if let Some(block) = self.left.pop_front() {
            return Some(block);
        }
        let block = self.plan.next()?;
        self.record.blocks.push(BegunBlock { end: block.range.end, acknowledged: None });
        self.transfer.keep(Some(&self.record));
        Some(block)
    }

    fn acknowledged(&mut self, block: &Block, took: Duration, digest: Option<String>) {
        self.plan.learn(took);
        if let Some(begun) = self.record.blocks.get_mut(block.number as usize) {
            begun.acknowledged = digest;
        }
        self.transfer.keep(Some(&self.record));
    }

    /// Takes the last block out of the record: the server did nothing about it.
    fn take_back_last(&mut self) {
        self.record.blocks.pop();
        self.transfer.keep(Some(&self.record));
    }
}

/// Whether nobody knows if the server has acted.
fn is_in_doubt(error: &Error) -> bool {
    matches!(error, Error::Unreachable(_) | Error::TimedOut { .. }) && !is_surely_undone(error)
}

/// Whether the server surely has not acted: nothing was sent, or it said no.
fn is_surely_undone(error: &Error) -> bool {
    match error {
        Error::Unreachable(unreachable) => matches!(unreachable.hop, Hop::Dns | Hop::Connect),
        Error::Refused(refused) => refused.status < 500,
        Error::NotSignedIn(_) => true,
        _ => false,
    }
}

/// Where a block lies in its file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Block {
    number: u32,
    range: Range<u64>,
}

/// Cuts a file into blocks, longer or shorter as the line is.
struct Plan {
    length: u64,
    most: Option<u32>,
    next: u64,
    number: u32,
    size: u64,
}

impl Plan {
    fn next(&mut self) -> Option<Block> {
        let left = self.length - self.next;
        if left == 0 {
            return None;
        }
        // However slow the line, the blocks that the server allows must reach.
        let blocks_left = self.most.map_or(u64::MAX, |most| u64::from(most.saturating_sub(self.number)).max(1));
        let size = self.size.max(left.div_ceil(blocks_left)).min(LONGEST_BLOCK as u64).min(left);
        let block = Block { number: self.number, range: self.next..self.next + size };
        self.next = block.range.end;
        self.number += 1;
        Some(block)
    }

    fn learn(&mut self, took: Duration) {
        if took < QUICK {
            self.size = (self.size * 2).min(LONGEST_BLOCK as u64);
        } else if took > SLOW {
            self.size = (self.size / 2).max(SHORTEST_BLOCK);
        }
    }
}

/// Whether a block that is sent again takes its own place, and is not added twice.
pub(crate) fn is_numbered(query: &[(&str, &str)]) -> bool {
    query.iter().any(|(name, _)| *name == "sequenceID")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn plan(length: u64, most: Option<u32>) -> Plan {
        Upload::new(UnfinishedUpload::new("u".to_owned(), most, length), &Transfer::default()).plan
    }

    fn sizes(plan: &mut Plan, took: Duration) -> Vec<u64> {
        let mut sizes = Vec::new();
        while let Some(block) = plan.next() {
            sizes.push((block.range.end - block.range.start) / MIB);
            plan.learn(took);
        }
        sizes
    }

    #[test]
    fn blocks_follow_each_other_and_grow_on_a_quick_line() {
        let mut plan = plan(200 * MIB, None);
        assert_eq!(sizes(&mut plan, Duration::ZERO), [8, 16, 32, 64, 64, 16]);
        assert_eq!((plan.next, plan.number), (200 * MIB, 6));
    }

    #[test]
    fn blocks_shrink_on_a_slow_line_but_never_are_too_many() {
        assert_eq!(sizes(&mut plan(20 * MIB, None), 2 * SLOW), [8, 4, 2, 1, 1, 1, 1, 1, 1]);
        assert_eq!(sizes(&mut plan(20 * MIB, Some(4)), 2 * SLOW), [8, 4, 4, 4]);
    }

    #[test]
    fn an_empty_file_has_no_block() {
        assert_eq!(plan(0, None).next(), None);
    }

    fn record(most_blocks: Option<u32>, blocks: &[(u64, bool)]) -> UnfinishedUpload {
        let begun = |(end, there): &(u64, bool)| BegunBlock { end: *end, acknowledged: there.then(String::new) };
        UnfinishedUpload {
            upload: "u".to_owned(),
            most_blocks,
            length: 100 * MIB,
            blocks: blocks.iter().map(begun).collect(),
        }
    }

    #[test]
    fn blocks_that_were_begun_keep_number_and_place_and_the_others_follow() {
        let transfer = Transfer::default();
        let begun = record(Some(1000), &[(8 * MIB, true), (24 * MIB, false), (40 * MIB, true), (56 * MIB, false)]);
        assert!(begun.is_sound(100 * MIB));
        let mut upload = Upload::new(begun, &transfer);
        let blocks: Vec<_> = std::iter::from_fn(|| upload.begin_block())
            .map(|block| (block.number, block.range.start / MIB, block.range.end / MIB))
            .collect();
        assert_eq!(blocks, [(1, 8, 24), (3, 40, 56), (4, 56, 72), (5, 72, 88), (6, 88, 100)]);
    }

    #[test]
    fn in_doubt_nothing_is_gone_on_with() {
        let there = [(8 * MIB, true), (24 * MIB, true)];
        assert!(record(None, &there).is_sound(100 * MIB));
        assert!(!record(None, &there).is_sound(99 * MIB), "the file has another length");
        assert!(!record(None, &[(8 * MIB, true), (24 * MIB, false)]).is_sound(100 * MIB), "one was on its way");
        assert!(!record(Some(1), &there).is_sound(100 * MIB), "there are too many");
        assert!(!record(Some(9), &[(8 * MIB, false)]).is_sound(100 * MIB), "nothing is there");
        for ends in [[24 * MIB, 8 * MIB], [8 * MIB, 8 * MIB], [8 * MIB, 90 * MIB], [8 * MIB, 101 * MIB]] {
            let blocks = ends.map(|end| (end, true));
            assert!(!record(Some(9), &blocks).is_sound(100 * MIB), "{ends:?}");
        }
    }
}
