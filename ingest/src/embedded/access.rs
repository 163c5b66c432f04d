//! Who may connect to the embedded broker, and which topics are theirs.

use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use argon2::{Argon2, PasswordHash, PasswordVerifier};
use dashmap::DashMap;
use model::{Span, Time};
use mqtt5::broker::{AuthProvider, AuthResult};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::types::ReasonCode;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::config::{Password, Role, User};
use crate::intake::Intake;

/// After this many wrong passwords within [`FAILURE_WINDOW`] an address has to wait until the window is over.
const MAX_FAILURES: u32 = 10;
const FAILURE_WINDOW: Span = Span::from_mins(1);
/// Addresses remembered for their failures. Beyond it the memory is cleared: guessing stays slow by Argon2 alone.
const MAX_ADDRESSES: usize = 10_000;

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

pub(super) struct Access {
    /// `ioc/v1/{city}/`
    prefix: String,
    users: HashMap<String, Account>,
    failures: DashMap<IpAddr, Failures>,
    /// One Argon2 at a time: it takes 19 MB and some ten milliseconds by design.
    checking: Semaphore,
    intake: Arc<Intake>,
}

struct Account {
    role: Role,
    /// None once the password is known by its digest from the start.
    hash: Option<String>,
    /// The digest of the password that was right: ten thousand devices that reconnect at once with one user cost
    /// one Argon2, not ten thousand.
    digest: OnceLock<[u8; 32]>,
}

#[derive(Clone, Copy)]
struct Failures {
    since: Time,
    count: u32,
}

impl Access {
    pub(super) fn new(city: &str, users: &[User], intake: &Arc<Intake>) -> Self {
        let account = |user: &User| {
            let digest_known = OnceLock::new();
            let hash = match &user.password {
                Password::Argon2(hash) => Some(hash.clone()),
                Password::Plain(password) => {
                    digest_known.get_or_init(|| digest(password.as_bytes()));
                    None
                }
            };
            let account = Account {
                role: user.role,
                hash,
                digest: digest_known,
            };
            (user.name.clone(), account)
        };
        Self {
            prefix: format!("ioc/v1/{city}/"),
            users: users.iter().map(account).collect(),
            failures: DashMap::new(),
            checking: Semaphore::new(1),
            intake: Arc::clone(intake),
        }
    }

    async fn check(&self, connect: &ConnectPacket, from: IpAddr) -> AuthResult {
        let (Some(name), Some(password)) = (&connect.username, &connect.password) else {
            return self.refuse(from, "no user name or no password");
        };
        let Some(account) = self.users.get(name) else {
            return self.refuse(from, "unknown user");
        };
        let given = digest(password);
        if account.digest.get().is_some_and(|right| *right == given) {
            return self.admit(name, account, connect);
        }
        if self.locked(from) {
            self.intake.counts.refused.one();
            return AuthResult::fail(ReasonCode::ConnectionRateExceeded);
        }
        if !self.verified(account, password).await {
            return self.refuse(from, "wrong password");
        }
        account.digest.get_or_init(|| given);
        self.admit(name, account, connect)
    }

    /// The password is right. A last will is published without another question, so it is asked about here.
    fn admit(&self, name: &str, account: &Account, connect: &ConnectPacket) -> AuthResult {
        if let Some(will) = &connect.will
            && !self.may_publish(name, account.role, &will.topic)
        {
            tracing::warn!(source = %self.intake.source(), user = name, topic = will.topic, "login refused: its last will is on a topic that is not the user's");
            self.intake.counts.refused.one();
            return AuthResult::fail(ReasonCode::NotAuthorized);
        }
        AuthResult::success_with_user(name)
    }

    async fn verified(&self, account: &Account, password: &[u8]) -> bool {
        let Some(hash) = account.hash.clone() else {
            return false;
        };
        let Ok(_permit) = self.checking.acquire().await else {
            return false;
        };
        let password = password.to_vec();
        let check = move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(&password, &hash).is_ok())
        };
        tokio::task::spawn_blocking(check)
            .await
            .unwrap_or_else(|error| {
                tracing::error!(%error, "a password check ended early");
                false
            })
    }

    fn refuse(&self, from: IpAddr, why: &str) -> AuthResult {
        tracing::warn!(source = %self.intake.source(), %from, why, "login refused");
        self.intake.counts.refused.one();
        if self.failures.len() >= MAX_ADDRESSES {
            self.failures.clear();
        }
        let now = self.intake.now();
        let mut failures = self.failures.entry(from).or_insert(Failures {
            since: now,
            count: 0,
        });
        if now.since(failures.since) >= FAILURE_WINDOW {
            *failures = Failures {
                since: now,
                count: 0,
            };
        }
        failures.count += 1;
        AuthResult::fail(ReasonCode::BadUsernameOrPassword)
    }

    fn locked(&self, from: IpAddr) -> bool {
        self.failures.get(&from).is_some_and(|failures| {
            failures.count >= MAX_FAILURES
                && self.intake.now().since(failures.since) < FAILURE_WINDOW
        })
    }

    fn may_publish(&self, user: &str, role: Role, topic: &str) -> bool {
        let Some(rest) = topic.strip_prefix(&self.prefix) else {
            return false;
        };
        match role {
            Role::Device => true,
            // domain/kind/id/class
            Role::Asset => rest.split('/').nth(2) == Some(user),
            Role::Reader => false,
        }
    }

    fn may_subscribe(&self, role: Role, filter: &str) -> bool {
        role == Role::Reader && filter.starts_with(&self.prefix)
    }

    fn allowed(&self, user: Option<&str>, may: impl FnOnce(&str, Role) -> bool) -> bool {
        let may = user
            .and_then(|name| Some((name, self.users.get(name)?)))
            .is_some_and(|(name, account)| may(name, account.role));
        if !may {
            self.intake.counts.refused.one();
        }
        may
    }
}

fn digest(password: &[u8]) -> [u8; 32] {
    Sha256::digest(password).into()
}

impl AuthProvider for Access {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        client_addr: SocketAddr,
    ) -> Answer<'a, mqtt5::error::Result<AuthResult>> {
        Box::pin(async move { Ok(self.check(connect, client_addr.ip()).await) })
    }

    fn authorize_publish<'a>(
        &'a self,
        _client: &str,
        user: Option<&'a str>,
        topic: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(
            async move { self.allowed(user, |name, role| self.may_publish(name, role, topic)) },
        )
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client: &str,
        user: Option<&'a str>,
        filter: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(async move { self.allowed(user, |_, role| self.may_subscribe(role, filter)) })
    }
}
