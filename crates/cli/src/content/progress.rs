//! How far a transfer is, on a terminal.

use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use tavola_client::Progress;

use crate::output::{Output, printable};

/// How often the line is written anew.
const PAUSE: Duration = Duration::from_millis(100);
/// How many signs the bar has.
const WIDTH: u64 = 20;

/// A line on standard error, written over and over, that is gone when it is dropped. Only on a terminal.
pub struct Bar(Option<Mutex<State>>);

struct State {
    things: Vec<(String, Progress)>,
    ended: usize,
    begun: Instant,
    shown: Option<Instant>,
}

impl Bar {
    /// A bar for things of these names and sizes, as far as these are known.
    pub fn new(things: impl IntoIterator<Item = (String, Option<u64>)>, output: &Output) -> Self {
        let state = || {
            let thing = |(name, total): (String, Option<u64>)| {
                let mut progress = Progress::default();
                progress.total = total;
                (printable(&name), progress)
            };
            let things = things.into_iter().map(thing).collect();
            Mutex::new(State { things, ended: 0, begun: Instant::now(), shown: None })
        };
        Self(output.shows_progress().then(state))
    }

    /// Shows how far the thing at this place is, if there is anybody to see it.
    pub fn show(&self, at: usize, progress: Progress) {
        let Some(state) = &self.0 else { return };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.things[at].1 = progress;
        let all = state.sum();
        let is_over = all.total == Some(all.done);
        if !is_over && state.shown.is_some_and(|shown| shown.elapsed() < PAUSE) {
            return;
        }
        state.shown = Some(Instant::now());
        let name = match state.things.as_slice() {
            [(name, _)] => name.clone(),
            things => format!("{} of {}", state.ended, things.len()),
        };
        let line = line(all, state.begun.elapsed());
        // A terminal that is gone is nobody's loss.
        let _ = write!(io::stderr(), "\r\x1b[K{name}  {line}");
    }

    /// Takes note that the thing at this place is done with, in whichever way.
    pub fn ended(&self, at: usize) {
        let Some(state) = &self.0 else { return };
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ended += 1;
        let progress = &mut state.things[at].1;
        progress.total = Some(progress.done);
    }

    /// Lets something else be written while the line is gone.
    pub fn without(&self, write: impl FnOnce()) {
        self.clear();
        write();
    }

    fn clear(&self) {
        if self.0.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl State {
    fn sum(&self) -> Progress {
        let mut all = Progress::default();
        all.total = Some(0);
        for (_, one) in &self.things {
            all.done += one.done;
            all.resumed += one.resumed;
            all.total = all.total.and_then(|sum| Some(sum + one.total?));
        }
        all
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Bar, bytes, rate and the time that is left.
fn line(progress: Progress, elapsed: Duration) -> String {
    let rate = progress.done.saturating_sub(progress.resumed).saturating_mul(1000)
        / u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let Some(total) = progress.total.filter(|total| *total > 0) else {
        return format!("{}  {}/s", bytes(progress.done), bytes(rate));
    };
    let full = usize::try_from(progress.done.min(total).saturating_mul(WIDTH) / total).unwrap_or(0);
    let width = usize::try_from(WIDTH).unwrap_or(0);
    let left = total
        .saturating_sub(progress.done)
        .checked_div(rate)
        .map_or(String::new(), |seconds| format!("  {}:{:02} left", seconds / 60, seconds % 60));
    format!(
        "[{}{}]  {} of {}  {}/s{left}",
        "#".repeat(full),
        ".".repeat(width - full),
        bytes(progress.done),
        bytes(total),
        bytes(rate)
    )
}

/// A size as people say it.
pub fn bytes(count: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];
    match UNITS.iter().find(|(_, size)| count >= *size) {
        None => format!("{count} B"),
        Some((unit, size)) => {
            let tenths = count.saturating_mul(10) / size;
            if tenths >= 100 {
                format!("{} {unit}", tenths / 10)
            } else {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_much_how_fast_and_how_long() {
        for (size, words) in
            [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (123_456_789, "123 MB"), (3_210_000_000, "3.2 GB")]
        {
            assert_eq!(bytes(size), words);
        }
    }
}
