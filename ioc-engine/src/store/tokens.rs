//! Access tokens, kept as hashes only: who holds the file cannot sign in with it.
//! A plain SHA-256 is enough because our tokens are 256 random bits; a slow hash defends guessable passwords only.

use model::Time;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::StoreError;

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// SHA-256 of the token.
    pub hash: [u8; 32],
    /// Who holds it, as the audit names them.
    pub name: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// From when on it is refused; none for never.
    pub expires: Option<Time>,
}

/// The hash under which a token is kept.
pub fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

pub(super) fn all(connection: &Connection) -> Result<Vec<TokenRow>, StoreError> {
    let mut statement = connection.prepare("SELECT hash, name, role, expires FROM token")?;
    let rows = statement.query_map([], |row| {
        Ok(TokenRow {
            hash: row.get(0)?,
            name: row.get(1)?,
            role: row.get(2)?,
            expires: row.get::<_, Option<i64>>(3)?.map(Time::from_millis),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put(connection: &Connection, row: &TokenRow) -> Result<(), StoreError> {
    connection.execute(
        "REPLACE INTO token (hash, name, role, expires) VALUES (?1, ?2, ?3, ?4)",
        params![row.hash, row.name, row.role, row.expires.map(Time::millis)],
    )?;
    Ok(())
}
