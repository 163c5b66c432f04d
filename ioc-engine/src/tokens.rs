//! Access tokens: made here, shown once, kept as hashes; checked from memory.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use model::{Clock, Time};
use rand::TryRngCore;
use rand::rngs::OsRng;
use ws_gateway::{Role, Session, Tokens};

use crate::store::{TokenRow, hash_token};

/// A new secret: 256 random bits as hexadecimal digits.
pub fn new_secret() -> Result<String, rand::rand_core::OsError> {
    let word = || OsRng.try_next_u64();
    let (a, b, c, d) = (word()?, word()?, word()?, word()?);
    Ok(format!("{a:016x}{b:016x}{c:016x}{d:016x}"))
}

/// Writes a file that only its owner reads.
pub fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}

/// The row of a token that does not expire.
pub fn row(token: &str, name: &str, role: Role) -> TokenRow {
    TokenRow {
        hash: hash_token(token),
        name: name.to_owned(),
        role: role.as_str().to_owned(),
        expires: None,
    }
}

/// The role of its stored name.
pub fn role(name: &str) -> Option<Role> {
    [Role::Viewer, Role::Operator, Role::Admin]
        .into_iter()
        .find(|role| role.as_str() == name)
}

/// The end of the year 9999: never, in milliseconds that every client can count.
const NEVER: Time = Time::from_millis(253_402_300_799_000);

/// Every token, by its hash.
pub struct TokenTable {
    sessions: HashMap<[u8; 32], Session>,
    clock: Arc<dyn Clock>,
}

impl TokenTable {
    /// The table of these rows; one with an unknown role opens nothing.
    pub fn new(rows: Vec<TokenRow>, clock: Arc<dyn Clock>) -> Self {
        let session = |row: TokenRow| {
            let Some(role) = role(&row.role) else {
                tracing::error!(
                    name = row.name,
                    role = row.role,
                    "a token has an unknown role"
                );
                return None;
            };
            let session = Session {
                name: row.name.into(),
                role,
                expires: row.expires.unwrap_or(NEVER),
                areas: None,
            };
            Some((row.hash, session))
        };
        Self {
            sessions: rows.into_iter().filter_map(session).collect(),
            clock,
        }
    }
}

impl Tokens for TokenTable {
    fn check(&self, token: &str) -> Option<Session> {
        // Looked up by hash, so that the time an answer takes says nothing about a token.
        let session = self.sessions.get(&hash_token(token))?;
        (session.expires > self.clock.now()).then(|| session.clone())
    }
}
