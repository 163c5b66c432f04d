//! The broker of a command: its address, who asks, whom to trust.

use std::path::PathBuf;

use clap::Args;
use simulators::Broker;

use super::Failure;

#[derive(Args, Debug)]
pub(crate) struct At {
    /// The broker: mqtt://HOST:PORT, or mqtts://HOST:PORT with --ca
    #[arg(long, value_name = "URL")]
    mqtt: String,
    /// User at the broker
    #[arg(long, requires = "password", env = "IOC_SIM_USER")]
    user: Option<String>,
    /// Password at the broker; the environment keeps it out of the process list
    #[arg(
        long,
        requires = "user",
        env = "IOC_SIM_PASSWORD",
        hide_env_values = true
    )]
    password: Option<String>,
    /// For mqtts://, the authorities to trust, as PEM
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

impl At {
    pub(super) fn broker(self) -> Result<Broker, Failure> {
        let login = self.user.zip(self.password);
        Broker::parse(&self.mqtt, login, self.ca.as_deref())
            .map_err(|error| Failure::usage(error.to_string()))
    }
}
