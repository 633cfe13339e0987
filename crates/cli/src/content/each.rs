//! The same with each of several things, a few at a time.

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::{progress::Bar, unfinished::Ledger};
use crate::{Failure, output::Output};

/// How many files are on their way at a time. Each large one goes in several blocks at a time.
const AT_A_TIME: usize = 4;

/// What came of one thing.
pub struct Done {
    /// What it is, as JSON.
    pub row: Value,
    /// What was done, in words.
    pub words: String,
    /// Data for who does not read JSON.
    pub line: Option<String>,
}

/// Does it with each of so many things, and tells of each as soon as it is done. What one of them fails at keeps none of the
/// others. Gives what came of those that were done, in their order.
///
/// `past` is what becomes of a thing, in a word: `published`.
pub async fn each(
    past: &str,
    count: usize,
    bar: &Bar,
    ledger: &Ledger,
    output: &mut Output,
    work: impl AsyncFn(usize, &Output) -> Result<Done, Failure>,
) -> Result<Vec<Value>, Failure> {
    let mut done: Vec<Option<Done>> = (0..count).map(|_| None).collect();
    let mut failures: Vec<Failure> = Vec::new();
    {
        let shared = &*output;
        let working = async {
            let mut outcomes = stream::iter(0..count)
                .map(|at| {
                    let work = &work;
                    async move { (at, work(at, shared).await) }
                })
                .buffer_unordered(AT_A_TIME);
            while let Some((at, outcome)) = outcomes.next().await {
                bar.ended(at);
                match outcome {
                    Ok(one) => {
                        bar.without(|| shared.say(&one.words));
                        done[at] = Some(one);
                    }
                    Err(failure) => {
                        let failure = if ledger.keeps(at) { failure.hint_to_go_on(GOES_ON) } else { failure };
                        // The failure of an only thing is the command's own, and is told at its end.
                        if count > 1 {
                            bar.without(|| shared.report(&failure));
                        }
                        failures.push(failure);
                    }
                }
            }
        };
        let interrupted = tokio::select! {
            biased;
            () = working => false,
            Ok(()) = tokio::signal::ctrl_c() => true,
        };
        if interrupted {
            if ledger.keeps_any() {
                bar.without(|| shared.say(&format!("broken off; {GOES_ON}")));
            }
            return Err(Failure::Interrupted);
        }
    }
    let done: Vec<Done> = done.into_iter().flatten().collect();
    if !output.is_json() {
        done.iter().filter_map(|one| one.line.as_ref()).try_for_each(|line| output.line(line))?;
    }
    let rows = done.into_iter().map(|one| one.row).collect::<Vec<_>>();
    if count == 1 {
        return failures.pop().map_or(Ok(rows), Err);
    }
    if output.is_json() {
        output.json(&rows)?;
    }
    output.finish()?;
    let (good, bad) = (rows.len(), failures.len());
    if bad == 0 {
        output.say(&format!("{past} all {good}"));
        return Ok(rows);
    }
    // The server's no is the weaker failure: one of files or network may be that of all.
    let summary = format!("{bad} of {count} could not be {past}");
    let refused = failures.iter().all(|failure| matches!(failure, Failure::Refused(_)));
    Err(if refused { Failure::refused(summary) } else { Failure::failed(summary) })
}

/// What its user can do about a transfer that broke off.
const GOES_ON: &str = "the same command goes on where this one ended";
