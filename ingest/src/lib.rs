//! Readings come in: MQTT sessions, the embedded broker, decoders, dead letters.
