//! Work on its way from the engine to the writer: joined into one group while it waits, the writer woken only when
//! that is worth it. Waking a thread costs more than applying a reading does.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ingest::Ack;
use model::Stamped;
use tokio::sync::oneshot;
use ws_gateway::CommandOutcome;

use crate::store::Commit;

/// What may usually wait, in inputs and records; then the engine waits, and the brokers with it. It bounds a group too,
/// so that its oldest acknowledgement is not kept waiting by its newest.
pub const CAPACITY: usize = 32_768;
/// Readings of QoS 0 that called nobody wait this long after the group before them: a sync costs the same for one
/// reading as for a hundred.
const GATHER: Duration = Duration::from_millis(5);

/// One drain of the engine's queues and everything it led to, or several of them joined.
#[derive(Debug, Default)]
pub struct Work {
    /// The inputs admitted, not yet logged.
    pub inputs: Vec<Stamped>,
    /// What to release once they are durable.
    pub acks: Vec<Ack>,
    /// What to commit; its `stands` is where the stream stands after this work.
    pub commit: Commit,
    /// Who waits for the outcome of a command.
    pub replies: Vec<Reply>,
}

/// An outcome and who waits for it.
#[derive(Debug)]
pub struct Reply {
    /// Where it goes.
    pub to: oneshot::Sender<CommandOutcome>,
    /// What became of the command.
    pub outcome: CommandOutcome,
}

impl Work {
    /// Adds what came after.
    pub fn join(&mut self, mut later: Self) {
        self.inputs.append(&mut later.inputs);
        self.acks.append(&mut later.acks);
        self.replies.append(&mut later.replies);
        self.commit.join(later.commit);
    }

    /// Inputs and records: what it takes of a bound.
    pub fn weight(&self) -> usize {
        self.inputs.len() + self.replies.len() + self.commit.records()
    }

    fn is_empty(&self) -> bool {
        self.weight() == 0 && self.acks.is_empty() && !self.commit.is_needed()
    }

    /// True when somebody is told of something of it once it is durable: a device, a screen, an operator.
    pub fn is_awaited(&self) -> bool {
        !self.acks.is_empty() || !self.replies.is_empty() || self.commit.is_needed()
    }

    /// True when that must be now.
    fn is_urgent(&self) -> bool {
        !self.acks.is_empty() || !self.replies.is_empty() || self.commit.is_urgent()
    }
}

/// The other end is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the other end of the queue is gone")]
pub struct Gone;

/// A queue that is full when work of this weight waits in it.
pub fn queue(capacity: usize) -> (WorkSender, WorkReceiver) {
    let shared = Arc::new(Shared {
        queue: Mutex::new(Queue {
            capacity,
            ..Queue::default()
        }),
        ..Shared::default()
    });
    let receiver = WorkReceiver {
        shared: Arc::clone(&shared),
        gather_until: Instant::now(),
    };
    (WorkSender { shared }, receiver)
}

/// The engine's end.
#[derive(Debug)]
pub struct WorkSender {
    shared: Arc<Shared>,
}

/// The writer's end.
#[derive(Debug)]
pub struct WorkReceiver {
    shared: Arc<Shared>,
    /// Until then only what is urgent goes at once.
    gather_until: Instant,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    came: Condvar,
    room: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Work,
    /// Some of it is urgent.
    urgent: bool,
    capacity: usize,
    sleeps: Sleeps,
    sender_gone: bool,
    receiver_gone: bool,
}

/// What wakes the writer.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Sleeps {
    /// It does not sleep, or is woken already.
    #[default]
    Not,
    /// Until anything comes.
    Idle,
    /// Until a time of its own, or until something urgent comes.
    Gathering,
}

impl Shared {
    // What a panicking end has left behind is whole: each change of the queue is one statement.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn is_urgent(&self) -> bool {
        self.urgent || self.is_full() || self.sender_gone
    }

    fn is_full(&self) -> bool {
        self.waiting.weight() >= self.capacity
    }

    /// Whether the writer must be woken now; it is woken once.
    fn wakes(&mut self) -> bool {
        let wakes = match self.sleeps {
            Sleeps::Not => false,
            Sleeps::Idle => true,
            Sleeps::Gathering => self.is_urgent(),
        };
        if wakes {
            self.sleeps = Sleeps::Not;
        }
        wakes
    }
}

impl WorkSender {
    /// Hands work over; waits while too much waits already.
    pub fn send(&self, work: Work) -> Result<(), Gone> {
        let mut queue = self.shared.lock();
        while queue.is_full() && !queue.receiver_gone {
            let woken = self.shared.room.wait(queue);
            queue = woken.unwrap_or_else(PoisonError::into_inner);
        }
        if queue.receiver_gone {
            return Err(Gone);
        }
        queue.urgent |= work.is_urgent();
        queue.waiting.join(work);
        if queue.wakes() {
            drop(queue);
            self.shared.came.notify_one();
        }
        Ok(())
    }
}

impl WorkReceiver {
    /// The next group: at once when somebody waits for it or nothing was written lately, else once the gathering is over.
    /// None when nothing came for `patience`.
    pub fn receive(&mut self, patience: Option<Duration>) -> Result<Option<Work>, Gone> {
        let give_up = patience.map(|patience| Instant::now() + patience);
        let mut queue = self.shared.lock();
        loop {
            let now = Instant::now();
            let gathering = now < self.gather_until;
            if !queue.waiting.is_empty() && (queue.is_urgent() || !gathering) {
                break;
            }
            if queue.sender_gone && queue.waiting.is_empty() {
                return Err(Gone);
            }
            if give_up.is_some_and(|give_up| now >= give_up) && queue.waiting.is_empty() {
                return Ok(None);
            }
            queue.sleeps = if gathering {
                Sleeps::Gathering
            } else {
                Sleeps::Idle
            };
            let until = if gathering {
                Some(self.gather_until)
            } else {
                give_up
            };
            queue = self.shared.sleep(queue, until.map(|until| until - now));
        }
        self.gather_until = Instant::now() + GATHER;
        Ok(Some(self.shared.take(queue)))
    }

    /// Takes what waits after `pause`, whoever waits for it.
    pub fn receive_after(&mut self, pause: Duration) -> Work {
        std::thread::sleep(pause);
        self.shared.take(self.shared.lock())
    }
}

impl Shared {
    fn sleep<'a>(
        &self,
        queue: MutexGuard<'a, Queue>,
        at_most: Option<Duration>,
    ) -> MutexGuard<'a, Queue> {
        let mut woken = match at_most {
            None => self
                .came
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner),
            Some(time) => {
                let woken = self.came.wait_timeout(queue, time);
                woken.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        woken.sleeps = Sleeps::Not;
        woken
    }

    fn take(&self, mut queue: MutexGuard<'_, Queue>) -> Work {
        let was_full = queue.is_full();
        let work = std::mem::take(&mut queue.waiting);
        queue.urgent = false;
        drop(queue);
        if was_full {
            self.room.notify_all();
        }
        work
    }
}

impl Drop for WorkSender {
    fn drop(&mut self) {
        self.shared.lock().sender_gone = true;
        self.shared.came.notify_one();
    }
}

impl Drop for WorkReceiver {
    fn drop(&mut self) {
        self.shared.lock().receiver_gone = true;
        self.shared.room.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use model::{Input, SourceName, Time};

    use super::*;

    fn readings(count: usize) -> Work {
        let input = Stamped {
            stamp: Time::from_millis(1),
            input: Input::SourceUp {
                source: SourceName::new("s"),
            },
        };
        Work {
            inputs: vec![input; count],
            ..Work::default()
        }
    }

    fn command() -> (Work, oneshot::Receiver<CommandOutcome>) {
        let (to, told) = oneshot::channel();
        let outcome = CommandOutcome::Done;
        let work = Work {
            replies: vec![Reply { to, outcome }],
            ..Work::default()
        };
        (work, told)
    }

    #[test]
    fn what_waits_is_one_group_and_what_is_urgent_ends_the_gathering() {
        let (sender, mut receiver) = queue(100);
        sender.send(readings(1)).unwrap();
        let first = receiver.receive(None).unwrap().unwrap();
        // The gathering will not end by itself.
        receiver.gather_until = Instant::now() + Duration::from_hours(1);
        sender.send(readings(2)).unwrap();
        let (asked, _told) = command();
        sender.send(asked).unwrap();
        let second = receiver.receive(None).unwrap().unwrap();
        assert_eq!((first.inputs.len(), second.inputs.len()), (1, 2));
        assert_eq!(second.replies.len(), 1);
    }

    #[test]
    fn readings_wait_for_each_other_after_a_group_and_no_longer() {
        let (sender, mut receiver) = queue(100);
        sender.send(readings(1)).unwrap();
        receiver.receive(None).unwrap();
        let until = receiver.gather_until;
        sender.send(readings(3)).unwrap();
        let group = receiver.receive(None).unwrap().unwrap();
        assert_eq!(group.inputs.len(), 3);
        assert!(Instant::now() >= until);
    }

    #[test]
    fn a_full_queue_holds_the_engine_until_the_writer_takes_it() {
        let (sender, mut receiver) = queue(100);
        sender.send(readings(100)).unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let engine = std::thread::spawn(move || {
            tell.send(()).unwrap();
            sender.send(readings(7)).unwrap();
        });
        told.recv().unwrap();
        let first = receiver.receive(None).unwrap().unwrap();
        let second = receiver.receive(None).unwrap().unwrap();
        assert_eq!((first.inputs.len(), second.inputs.len()), (100, 7));
        engine.join().unwrap();
    }

    #[test]
    fn what_was_handed_over_comes_before_the_end() {
        let (sender, mut receiver) = queue(100);
        assert!(receiver.receive(Some(Duration::ZERO)).unwrap().is_none());
        sender.send(readings(1)).unwrap();
        drop(sender);
        assert_eq!(receiver.receive(None).unwrap().unwrap().inputs.len(), 1);
        assert_eq!(receiver.receive(None).unwrap_err(), Gone);
        let (sender, receiver) = queue(100);
        drop(receiver);
        assert_eq!(sender.send(readings(1)), Err(Gone));
    }
}
