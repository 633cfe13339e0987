//! From starting the program to its first answer; its size on disk and in memory when nobody asks it anything.

use std::{fs, thread, time::Duration};

use xtask::{Result, empty};

use crate::{
    Setting, process,
    table::{Goal, Table, median},
};

const GOAL: Duration = Duration::from_millis(300);
const MEGABYTE: f64 = 1_000_000.0;
/// How long a server is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(1);

/// The first start of all: the database, the certificate and the first administrator are made.
pub fn measure_empty(setting: &Setting, table: &mut Table) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..5 {
        empty(&setting.work_dir.join("empty"))?;
        let served = setting.serve("empty")?;
        times.push(served.ready_after());
        if times.len() == 5 {
            memory(served.process(), "idle memory, empty data folder", table);
        }
        served.stop()?;
    }
    table.time("start to ready, empty data folder", median(&mut times), Some(GOAL));
    Ok(())
}

/// A start on the data that the other measurements left.
pub fn measure_used(setting: &Setting, table: &mut Table) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let served = setting.serve("used")?;
        times.push(served.ready_after());
        if times.len() == 5 {
            memory(served.process(), "idle memory, used data folder", table);
        }
        served.stop()?;
    }
    table.time("start to ready, used data folder", median(&mut times), Some(GOAL));
    Ok(())
}

pub fn measure_size(setting: &Setting, table: &mut Table) -> Result<()> {
    let bytes = fs::metadata(&setting.tavola)?.len();
    table.row("size of the binary", bytes as f64 / MEGABYTE, "MB", Goal::None);
    Ok(())
}

fn memory(process: u32, figure: &str, table: &mut Table) {
    thread::sleep(IDLE);
    match process::resident(process) {
        Some(bytes) => table.row(figure, bytes / MEGABYTE, "MB", Goal::AtMost(50.0)),
        None => table.skip(figure, "this system does not tell the memory of a process"),
    }
}
