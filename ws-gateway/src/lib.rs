//! Live state goes out: HTTP and the live protocol on WebSocket.
