//! `ioc init`: a configuration and secrets of one's own. Each secret is shown once and kept as a hash.

use std::path::PathBuf;
use std::sync::Arc;

use crate::failpoint::Failpoints;
use crate::{serve, tokens};
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, SaltString};
use clap::Args;
use ws_gateway::Role;

use super::Failure;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where alerts, the log and tokens will be kept
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// The city pack
    #[arg(long, value_name = "DIR", default_value = super::USUAL_CITY)]
    city: PathBuf,
    /// The configuration to write
    #[arg(long, value_name = "FILE", default_value = "ioc.toml")]
    config: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if options.config.exists() {
        let file = options.config.display();
        let line =
            format!("{file} is there already; move it away, or choose another with --config");
        return Err(Failure::CannotStart(line));
    }
    let mut store = serve::open_store(&options.data, &Arc::new(Failpoints::default()))
        .map_err(Failure::cannot_start)?;
    let secret = || tokens::new_secret().map_err(Failure::cannot_start);
    let (token, password) = (secret()?, secret()?);
    store
        .put_token(&tokens::row(&token, "admin", Role::Admin))
        .map_err(Failure::cannot_start)?;
    let text = configuration(options, &hash(&password)?);
    tokens::write_private(&options.config, &text).map_err(Failure::cannot_start)?;
    let told = format!(
        "config {}\nwall   http://127.0.0.1:8080/?token={token}\n\
         mqtt   mqtt://127.0.0.1:1883   user=device password={password}\n\
         Both secrets are shown this once; only their hashes are kept.\n",
        options.config.display()
    );
    super::write_out(&told).map(drop)
}

fn hash(password: &str) -> Result<String, Failure> {
    let salt = tokens::new_secret().map_err(Failure::cannot_start)?;
    let salt = SaltString::from_b64(&salt[..32]).map_err(Failure::cannot_start)?;
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    Ok(hash.map_err(Failure::cannot_start)?.to_string())
}

fn configuration(options: &Options, password_hash: &str) -> String {
    let text = |path: &PathBuf| serde_json::json!(path.display().to_string()).to_string();
    let (city, data) = (text(&options.city), text(&options.data));
    format!(
        r#"[city]
dir = {city}

[data]
dir = {data}

[http]
listen = "127.0.0.1:8080"

[sources.embedded]
type = "embedded"
listen = "127.0.0.1:1883"
users.device.role = "device"
users.device.password_hash = "{password_hash}"
"#
    )
}
