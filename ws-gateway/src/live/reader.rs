//! Reading: requests to the hub, commands and their answers, the token's expiry, silence.

use std::pin::Pin;
use std::time::Duration;

use futures_util::stream::FuturesUnordered;
use futures_util::{Stream, StreamExt};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::connection::{Context, ending};
use super::limits::Allowance;
use crate::hub::{ClientId, Event, Outbox};
use crate::protocol::{Asked, End, Failure, Hello, Request, error, result};
use crate::stats::Stats;
use crate::{CommandOutcome, CommandRequest, Role, Session};

/// Commands of one client that may wait for the engine at once; then its next messages wait.
const MOST_COMMANDS: usize = 16;
/// A token is looked at again at least this often, so that a clock that jumps is noticed.
const LONGEST_TRUST: Duration = Duration::from_mins(1);

/// And not more often, whatever the token says of itself.
const SHORTEST_TRUST: Duration = Duration::from_millis(100);

/// The answer to one command, with the client's reference.
type Answer = Pin<Box<dyn Future<Output = (Option<String>, CommandOutcome)> + Send>>;

/// The receiving half of one connection.
pub(super) struct Reader<'a> {
    context: &'a Context,
    client: ClientId,
    token: String,
    session: Session,
    outbox: Outbox,
    allowance: Allowance,
    answers: FuturesUnordered<Answer>,
    /// Since when the token has expired.
    expired: Option<Instant>,
    /// The hub was told of it, and not yet that it is over.
    suspended: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        context: &'a Context,
        client: ClientId,
        token: String,
        session: Session,
        outbox: Outbox,
    ) -> Self {
        Self {
            context,
            client,
            token,
            session,
            outbox,
            allowance: Allowance::new(context.config.max_messages_per_s),
            answers: FuturesUnordered::new(),
            expired: None,
            suspended: false,
        }
    }

    /// Reads until something ends it.
    pub(super) async fn run(
        &mut self,
        stream: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    ) -> End {
        let silence = self.context.config.ping_after * 3;
        let mut heard = Instant::now();
        loop {
            let check = self.next_check();
            let step = tokio::select! {
                message = stream.next(), if self.answers.len() < MOST_COMMANDS => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(message)) => self.take(message).await,
                        Some(Err(error)) => Err(ending(&error)),
                        None => Err(End::Left),
                    }
                }
                Some((reference, outcome)) = self.answers.next() => {
                    self.say(result(reference.as_deref(), &outcome)).await;
                    Ok(())
                }
                () = tokio::time::sleep_until(check) => self.check_token().await,
                () = tokio::time::sleep_until(heard + silence) => Err(End::Idle),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn take(&mut self, message: Message) -> Result<(), End> {
        // Pings count too: answering them is work.
        if !self.allowance.take() {
            return Err(End::TooManyMessages);
        }
        let text = match message {
            Message::Text(text) => text,
            Message::Ping(body) => {
                self.outbox.pong(body);
                return Ok(());
            }
            Message::Pong(_) => return Ok(()),
            Message::Binary(_) | Message::Frame(_) => return Err(End::Violation),
            Message::Close(_) => return Err(End::Closed),
        };
        match Request::parse(&text) {
            Ok(Request::Hello(hello)) => return self.renew(hello).await,
            Ok(Request::Act(asked)) => self.act(asked).await,
            Ok(Request::Subscribe(request)) => {
                let client = self.client;
                self.context
                    .tell_hub(Event::Subscribe { client, request })
                    .await;
            }
            Ok(Request::Unsubscribe(sub)) => {
                let client = self.client;
                self.context
                    .tell_hub(Event::Unsubscribe { client, sub })
                    .await;
            }
            Err(failure) => self.say(error(&failure)).await,
        }
        Ok(())
    }

    /// Waits for room: who does not take answers is not asked for more commands.
    async fn say(&mut self, text: String) {
        let frame = self.context.frame(text);
        self.outbox.urgent_when_there_is_room(frame).await;
    }

    async fn act(&mut self, asked: Asked) {
        let refusal = if self.expired.is_some() {
            Some(("token_expired", "send a hello with a fresh token first"))
        } else if self.session.role < Role::Operator {
            Some(("forbidden", "a viewer cannot act on alerts"))
        } else {
            None
        };
        let reference = asked.reference.clone();
        if let Some((code, message)) = refusal {
            Stats::command(code);
            let message = message.to_owned();
            let outcome = CommandOutcome::Refused { code, message };
            return self.say(result(reference.as_deref(), &outcome)).await;
        }
        let (reply, answer) = oneshot::channel();
        let request = CommandRequest {
            command: asked.by(&self.session.name),
            reply,
        };
        let session = self.session.clone();
        self.context.tell_hub(Event::Act { session, request }).await;
        self.answers.push(Box::pin(async move {
            let outcome = answer
                .await
                .unwrap_or_else(|_dropped| CommandOutcome::Refused {
                    code: "unavailable",
                    message: "the engine stopped before it answered; send it again".to_owned(),
                });
            (reference, outcome)
        }));
    }

    /// When the token is to be looked at next; once it has expired, when patience ends.
    fn next_check(&self) -> Instant {
        if let Some(expired) = self.expired {
            return expired + self.context.config.renew_timeout;
        }
        let left = self.session.expires.since(self.context.clock.now());
        // One millisecond more, so that the check does not come just before the expiry.
        let left = Duration::from_millis(left.millis().max(0) as u64 + 1);
        Instant::now() + left.clamp(SHORTEST_TRUST, LONGEST_TRUST)
    }

    async fn check_token(&mut self) -> Result<(), End> {
        if self.expired.is_some() {
            return Err(End::Unauthorized);
        }
        if let Some(session) = self.context.tokens.check(&self.token) {
            return self.go_on(session).await;
        }
        self.expired = Some(Instant::now());
        self.suspended = true;
        let client = self.client;
        self.context.tell_hub(Event::Suspend { client }).await;
        let failure = Failure::new("token_expired", "send a hello with a fresh token");
        self.say(error(&failure)).await;
        Ok(())
    }

    async fn renew(&mut self, hello: Hello) -> Result<(), End> {
        let token = hello.token.unwrap_or_else(|| self.token.clone());
        let session = self.context.tokens.check(&token).ok_or(End::Unauthorized)?;
        self.token = token;
        self.expired = None;
        let welcome = self.context.welcome(&self.context.edition(), &session);
        self.go_on(session).await?;
        self.say(welcome).await;
        Ok(())
    }

    /// The same connection for the same areas. Other areas are other subscriptions: those begin with a new connection.
    async fn go_on(&mut self, session: Session) -> Result<(), End> {
        if session.areas != self.session.areas {
            return Err(End::Unauthorized);
        }
        if session == self.session && !self.suspended {
            return Ok(());
        }
        self.suspended = false;
        self.session = session.clone();
        let client = self.client;
        self.context
            .tell_hub(Event::Renew { client, session })
            .await;
        Ok(())
    }
}
