//! The configuration as it was decided: every value parsed, every problem reported at once.
//! The table of settings is in docs/operations.md; `ioc config --explain` prints it with what holds here.

mod layers;
mod sources;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ingest::SourceConfig;
use model::Span;

pub use layers::Explained;
use layers::Layers;

/// What `ioc serve` runs with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder of the city pack.
    pub city: PathBuf,
    /// Where alerts, the input log and tokens are kept.
    pub data: PathBuf,
    /// A log segment is sealed past this size.
    pub log_segment_bytes: u64,
    /// Input log kept beyond what recovery needs.
    pub log_keep_bytes: u64,
    /// How long alerts that fired are kept.
    pub alerts_keep: Span,
    /// How often the rules' state is written down: what lies after is replayed at a restart.
    pub checkpoint_every: Span,
    /// The longest an alert may be shelved.
    pub longest_shelving: Span,
    /// How many deliveries may wait for the engine.
    pub intake_queue: usize,
    /// Where HTTP and the live protocol are served.
    pub http: SocketAddr,
    /// Origins beside our own whose pages may connect.
    pub allowed_origins: Vec<String>,
    /// Whether the session cookie is for HTTPS only.
    pub secure_cookie: bool,
    /// Where readings come from.
    pub sources: Vec<SourceConfig>,
}

/// What came of reading the configuration.
#[derive(Debug)]
pub struct Decided {
    /// The configuration; none when anything is wrong with it.
    pub config: Option<Config>,
    /// Everything that is wrong, one line each.
    pub problems: Vec<String>,
    /// Every setting with its value and where it came from.
    pub explained: Vec<Explained>,
}

/// Reads file, environment and flags.
pub fn read(file: Option<&Path>, flags: &[(&str, String)]) -> Decided {
    let mut layers = Layers::read(file, flags);
    let config = settings(&mut layers);
    layers.refuse_unknown();
    Decided {
        config: config.filter(|_| layers.problems.is_empty()),
        problems: layers.problems,
        explained: layers.explained,
    }
}

/// Asks for every setting before it gives up on any.
fn settings(layers: &mut Layers) -> Option<Config> {
    let city = layers.get("city.dir", "city", PathBuf::from_str);
    let data = layers.get("data.dir", "data", PathBuf::from_str);
    let log_segment_bytes = layers.get("data.log_segment", "64MiB", bytes);
    let log_keep_bytes = layers.get("data.log_keep", "4GiB", bytes);
    let alerts_keep = layers.get("data.alerts_keep", "400d", Span::from_str);
    let checkpoint_every = layers.get("data.checkpoint_every", "1m", Span::from_str);
    let longest_shelving = layers.get("desk.longest_shelving", "8h", Span::from_str);
    let intake_queue = layers.get("engine.intake_queue", "65536", positive);
    let http = layers.get("http.listen", "127.0.0.1:8080", SocketAddr::from_str);
    let allowed_origins = layers.list("http.allowed_origins");
    let secure_cookie = layers.get("http.secure_cookie", "false", bool::from_str);
    let sources = sources::read(layers);
    Some(Config {
        city: city?,
        data: data?,
        log_segment_bytes: log_segment_bytes?,
        log_keep_bytes: log_keep_bytes?,
        alerts_keep: alerts_keep?,
        checkpoint_every: checkpoint_every?,
        longest_shelving: longest_shelving?,
        intake_queue: intake_queue?,
        http: http?,
        allowed_origins,
        secure_cookie: secure_cookie?,
        sources,
    })
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("write a whole number above zero".to_owned()),
        Ok(number) => Ok(number),
    }
}

const SIZES: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// `64MiB`, `4GiB`, `512KiB`.
fn bytes(text: &str) -> Result<u64, String> {
    SIZES
        .iter()
        .find_map(|(unit, scale)| {
            let number = text.strip_suffix(unit)?.trim();
            number.parse::<u64>().ok()?.checked_mul(*scale)
        })
        .ok_or_else(|| "write a size with its unit, like 64MiB or 4GiB".to_owned())
}

#[cfg(test)]
mod tests;
