//! What the figures were measured on.

use anyhow::{Context, Result};

/// Processor, cores, memory and kernel in one paragraph.
pub(crate) fn describe() -> Result<String> {
    let read =
        |path: &str| std::fs::read_to_string(path).with_context(|| format!("reading {path}"));
    let cpuinfo = read("/proc/cpuinfo")?;
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split(':').nth(1))
            .map_or_else(|| "unknown".to_owned(), |v| v.trim().to_owned())
    };
    let cores = cpuinfo
        .lines()
        .filter(|line| line.starts_with("processor"))
        .count();
    let memory = field(&read("/proc/meminfo")?, "MemTotal");
    let kernel = read("/proc/sys/kernel/osrelease")?;
    Ok(format!(
        "Machine: {} × {cores}, {memory}, Linux {}. Shared and noisy: compare ratios and medians.",
        field(&cpuinfo, "model name"),
        kernel.trim()
    ))
}
