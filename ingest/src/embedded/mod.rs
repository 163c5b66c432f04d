//! The embedded broker: a whole way in for the demo and for small sites, in this process.
//!
//! The broker is the crate `mqtt5`; this folder is the only place that knows it. Its publish hook is the way in: what
//! it is given has passed authentication and the access rules, and holding it back holds the PUBACK back. Its unsafe
//! defaults are replaced here one by one: anonymous access, 256 MB packets, files in the working directory.

mod access;
mod config;
mod hook;
mod pace;
mod wills;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use model::Input;
use mqtt5::broker::config::{BrokerConfig, StorageConfig};
use mqtt5::broker::{BrokerShutdownHandle, MqttBroker, StorageBackendType};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::intake::{Intake, Message};
use crate::{Delivery, IngestError, QoS, SourceState};
use access::Access;
pub use config::{EmbeddedConfig, Password, Role, Store, User};
use hook::Hook;

/// How long connections get to close by themselves. Clients that wait for a PUBACK which will never come do not.
const CLOSING: Duration = Duration::from_millis(500);

/// The broker at work.
pub(crate) struct Embedded {
    addr: SocketAddr,
    hook: Arc<Hook>,
    shutdown: BrokerShutdownHandle,
    running: Option<JoinHandle<()>>,
    /// The broker has a runtime of its own: a client held in the hook without an acknowledgement can be let go in no
    /// other way than with its runtime, and sending it a PUBACK would be a lie.
    runtime: Option<Runtime>,
}

impl Embedded {
    pub(crate) async fn start(
        config: EmbeddedConfig,
        city: &str,
        intake: Arc<Intake>,
    ) -> Result<Self, IngestError> {
        let failed = |cause: String| IngestError::Broker {
            source_name: intake.source().clone(),
            listen: config.listen,
            cause,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(config.threads.max(1))
            .thread_name("ioc-broker")
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let hook = Arc::new(Hook::new(Arc::clone(&intake), &config));
        let access = Arc::new(Access::new(city, &config.users, &intake));
        let broker_config = broker_config(&config, Arc::clone(&hook));
        let binding = runtime.spawn(MqttBroker::with_config(broker_config));
        let broker = match binding.await {
            Ok(Ok(broker)) => broker.with_auth_provider(access),
            Ok(Err(error)) => {
                runtime.shutdown_background();
                return Err(failed(error.to_string()));
            }
            Err(error) => return Err(failed(error.to_string())),
        };
        let addr = broker
            .local_addr()
            .ok_or_else(|| failed("the broker listens nowhere".to_owned()))?;
        let shutdown = broker.shutdown_handle();
        let running = runtime.spawn(run(broker, intake));
        Ok(Self {
            addr,
            hook,
            shutdown,
            running: Some(running),
            runtime: Some(runtime),
        })
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Closes every connection. Nothing that is not durable yet is acknowledged.
    pub(crate) async fn stop(mut self) {
        // Our own end is no device's: wills that the broker fires now say nothing.
        self.hook.close();
        self.shutdown.shutdown();
        if let Some(running) = self.running.take()
            && tokio::time::timeout(CLOSING, running).await.is_err()
        {
            tracing::debug!("connections that still waited for an acknowledgement were closed");
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.hook.close();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn run(mut broker: MqttBroker, intake: Arc<Intake>) {
    let mut ready = broker.ready_receiver();
    let router = broker.router();
    let at_work = async {
        let outcome = broker.run().await;
        match outcome {
            Ok(()) => intake.stands(SourceState::Stopped),
            Err(error) => {
                tracing::error!(source = %intake.source(), %error, "the embedded broker ended");
                intake.stands(SourceState::Down(error.to_string()));
                let source = intake.source().clone();
                send(
                    &intake,
                    Delivery::unacknowledged(Input::SourceDown { source }),
                )
                .await;
            }
        }
    };
    let up = async {
        if ready.wait_for(|ready| *ready).await.is_err() {
            return;
        }
        // What the store kept from before the restart is a snapshot, as a remote broker's retained messages are.
        for kept in router.get_retained_messages("#").await {
            let message = Message {
                topic: &kept.topic_name,
                payload: kept.payload.clone(),
                qos: QoS::AtMostOnce,
                retain: true,
            };
            if let Some(delivery) = intake.take(message, None, false) {
                send(&intake, delivery).await;
            }
        }
        intake.stands(SourceState::Up);
        let source = intake.source().clone();
        send(
            &intake,
            Delivery::unacknowledged(Input::SourceUp { source }),
        )
        .await;
    };
    tokio::join!(at_work, up);
}

/// Waits for room. A closed queue means that the engine is gone: then there is nobody to tell.
async fn send(intake: &Intake, delivery: Delivery) {
    if intake.out().send(delivery).await.is_err() {
        tracing::debug!(source = %intake.source(), "the engine is gone");
    }
}

/// Every default of the broker that is unsafe, or that we depend on, said in full.
fn broker_config(config: &EmbeddedConfig, hook: Arc<Hook>) -> BrokerConfig {
    let store = StorageConfig::new()
        .with_persistence(true) // without it the broker forgets sessions: a reconnect loses its subscriptions
        .with_max_queued_messages_per_client(1_000)
        .with_max_queued_bytes_per_client(4 * 1024 * 1024);
    let store = match &config.store {
        Store::Memory => store.with_backend(StorageBackendType::Memory),
        Store::Folder(dir) => store
            .with_backend(StorageBackendType::File)
            .with_base_dir(dir.clone()),
    };
    let mut broker = BrokerConfig::new()
        .with_bind_address(config.listen)
        .with_max_clients(config.max_clients)
        .with_max_packet_size(config.packet_bytes)
        .with_max_retained_messages(config.max_retained)
        .with_max_retained_message_size(config.packet_bytes)
        .with_max_subscriptions_per_client(32)
        .with_session_expiry(config.session_expiry)
        .with_sys_topics_enabled(false)
        .with_storage(store)
        .with_event_handler(hook);
    // Replaced by `Access` before the first connection is accepted. The broker refuses to be built with nobody allowed
    // and no password file; ours are in memory.
    broker.auth_config.allow_anonymous = true;
    // Ours in `pace.rs` hold back what these would drop.
    broker.max_message_rate_per_client = 0;
    broker.max_bandwidth_per_client = 0;
    broker.client_channel_capacity = 1_000;
    // A topic alias a device may hold costs us a table per connection; ids in topics are short enough.
    broker.topic_alias_maximum = 0;
    broker
}
