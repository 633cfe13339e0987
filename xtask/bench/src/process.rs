//! What the system says about a process and about itself.

use std::fs;

/// Bytes that a process holds in memory now; `None` where the system does not say.
pub fn resident(process: u32) -> Option<f64> {
    field(process, "VmRSS:")
}

/// The most bytes that a process ever held in memory.
pub fn most_resident(process: u32) -> Option<f64> {
    field(process, "VmHWM:")
}

fn field(process: u32, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

/// Cores and processor, for the reader of the table.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = information.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("an unknown processor", |(_, model)| model.trim());
    format!("{cores} cores of {model}, {}", std::env::consts::OS)
}
