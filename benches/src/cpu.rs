//! CPU time of a process and of its threads, from the scheduler's own nanosecond counts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};

/// The CPU time that the living threads of a process have used.
///
/// Threads that have ended no longer count; measure between two points at which the same threads live.
pub(crate) fn of_process(pid: u32) -> Result<Duration> {
    Ok(by_thread(pid)?.values().sum())
}

/// The same, added up by the threads' names.
pub(crate) fn by_thread(pid: u32) -> Result<BTreeMap<String, Duration>> {
    let tasks = format!("/proc/{pid}/task");
    let mut by_name: BTreeMap<String, Duration> = BTreeMap::new();
    for task in std::fs::read_dir(&tasks).with_context(|| format!("reading {tasks}"))? {
        let task = task?.path();
        // A thread that has just ended has no name any more.
        if let Ok(name) = std::fs::read_to_string(task.join("comm")) {
            *by_name.entry(name.trim().to_owned()).or_default() +=
                of_task(&task.join("schedstat"))?;
        }
    }
    Ok(by_name)
}

/// The CPU time that the calling thread has used.
pub(crate) fn of_this_thread() -> Result<Duration> {
    of_task(Path::new("/proc/thread-self/schedstat"))
}

/// The first number of a task's `schedstat`: nanoseconds on a processor. A task that has just ended has used none.
fn of_task(path: &Path) -> Result<Duration> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Duration::ZERO),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let nanos = text.split_whitespace().next().unwrap_or_default();
    let nanos = nanos
        .parse()
        .with_context(|| format!("{}: {text}", path.display()))?;
    Ok(Duration::from_nanos(nanos))
}
