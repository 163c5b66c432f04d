//! `[sources.NAME]`: the brokers that readings come from, in this process or elsewhere.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use ingest::{
    BrokerAddress, Credentials, EmbeddedConfig, MqttVersion, Password, RemoteConfig, Role,
    SourceConfig, Store, TlsFiles, User,
};
use model::SourceName;

use super::layers::Layers;

/// Every source of the settings; what is wrong with one goes to the layers' problems.
pub(super) fn read(layers: &mut Layers) -> Vec<SourceConfig> {
    let names = layers.names_under("sources");
    names
        .iter()
        .filter_map(|name| {
            let key = format!("sources.{name}");
            let kind = layers.required(&format!("{key}.type"), one_of(&["embedded", "remote"]))?;
            if kind == "embedded" {
                embedded(layers, name, &key).map(SourceConfig::Embedded)
            } else {
                remote(layers, name, &key).map(SourceConfig::Remote)
            }
        })
        .collect()
}

fn embedded(layers: &mut Layers, name: &str, key: &str) -> Option<EmbeddedConfig> {
    let listen = layers.get(
        &format!("{key}.listen"),
        "127.0.0.1:1883",
        SocketAddr::from_str,
    );
    let rate = layers.get(&format!("{key}.messages_per_second"), "1000", u32::from_str);
    let folder = layers.optional(&format!("{key}.store"), PathBuf::from_str);
    let users: Vec<User> = layers
        .names_under(&format!("{key}.users"))
        .iter()
        .filter_map(|user| broker_user(layers, user, &format!("{key}.users.{user}")))
        .collect();
    let certificate = layers.optional(&format!("{key}.tls.cert"), PathBuf::from_str);
    let secret = layers.optional(&format!("{key}.tls.key"), PathBuf::from_str);
    if certificate.is_some() || secret.is_some() {
        // mqtt5 0.49.0 awaits each handshake in its accept loop, without a limit of time.
        let problem = format!(
            "'{key}.tls': the embedded broker speaks no TLS, because one connection that never finishes its handshake would keep all others out; put a TLS proxy before it or use a broker outside"
        );
        layers.problems.push(problem);
    }
    if users.is_empty() {
        let problem = format!("'{key}.users' names nobody; without users no device can connect");
        layers.problems.push(problem);
    }
    let mut config = EmbeddedConfig::new(SourceName::new(name), listen?, users);
    config.messages_per_second = rate?;
    config.store = folder.map_or(Store::Memory, Store::Folder);
    Some(config)
}

fn broker_user(layers: &mut Layers, name: &str, key: &str) -> Option<User> {
    let role = layers.get(
        &format!("{key}.role"),
        "device",
        one_of(&["device", "asset", "reader"]),
    );
    let hash = layers.secret(&format!("{key}.password_hash"));
    if !hash.as_ref().is_some_and(|h| h.starts_with("$argon2")) {
        let problem =
            format!("'{key}.password_hash' must be an Argon2 hash that begins with $argon2");
        layers.problems.push(problem);
    }
    Some(User {
        name: name.to_owned(),
        password: Password::Argon2(hash?),
        role: match role? {
            "reader" => Role::Reader,
            "asset" => Role::Asset,
            _ => Role::Device,
        },
    })
}

fn remote(layers: &mut Layers, name: &str, key: &str) -> Option<RemoteConfig> {
    let address = layers.required(&format!("{key}.url"), BrokerAddress::from_str);
    let version = layers.get(&format!("{key}.version"), "5", one_of(&["5", "3.1.1"]));
    let client_id = layers.get(
        &format!("{key}.client_id"),
        &format!("ioc-{name}"),
        String::from_str,
    );
    let user = layers.optional(&format!("{key}.user"), String::from_str);
    let password = layers.secret(&format!("{key}.password"));
    let ca = layers.optional(&format!("{key}.ca"), PathBuf::from_str);
    let mut topics = layers.list(&format!("{key}.topics"));
    if topics.is_empty() {
        topics.push("ioc/v1/#".to_owned());
    }
    let mut config = RemoteConfig::new(SourceName::new(name), address?, client_id?, topics);
    if version? == "3.1.1" {
        config.version = MqttVersion::V311;
    }
    config.credentials = user
        .zip(password)
        .map(|(user, password)| Credentials { user, password });
    config.tls = ca.map(|ca| TlsFiles { ca, identity: None });
    Some(config)
}

fn one_of(words: &'static [&'static str]) -> impl Fn(&str) -> Result<&'static str, String> {
    move |text| {
        let word = words.iter().find(|word| **word == text).copied();
        word.ok_or_else(|| format!("write one of {}", words.join(", ")))
    }
}
