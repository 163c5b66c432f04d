//! CPU time of a process, from the scheduler's own nanosecond counts.

use std::time::Duration;

use anyhow::{Context, Result};

/// The CPU time that all living threads of a process have used.
///
/// Threads that have ended no longer count; measure between two points at which the same threads live.
pub(crate) fn of_process(pid: u32) -> Result<Duration> {
    let tasks = format!("/proc/{pid}/task");
    let mut total = Duration::ZERO;
    for task in std::fs::read_dir(&tasks).with_context(|| format!("reading {tasks}"))? {
        total += of_task(&task?.path().join("schedstat"))?;
    }
    Ok(total)
}

/// The first number of a task's `schedstat`: nanoseconds on a processor. A task that has just ended has used none.
fn of_task(path: &std::path::Path) -> Result<Duration> {
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
