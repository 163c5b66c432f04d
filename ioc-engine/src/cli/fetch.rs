//! One `GET` of a running engine's API, for commands that look at it from outside.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use super::Failure;

/// The engine answers from memory; what takes longer is no answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than any pack's rules.
const MOST: u64 = 64 << 20;

/// The body of what the engine at `url` answers.
pub(super) fn get(url: &str, path: &str, token: &str) -> Result<String, Failure> {
    let host = host(url)?;
    if token.bytes().any(|b| !b.is_ascii_graphic()) {
        let line = "the token has characters no token has; see --token and IOC_TOKEN";
        return Err(Failure::CannotStart(line.to_owned()));
    }
    let answer = ask(host, path, token).map_err(|error| {
        Failure::CannotStart(format!(
            "no answer from {url}: {error}; see that the engine runs, or name another with --url"
        ))
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1).unwrap_or("nothing");
    match status {
        "200" => Ok(body.to_owned()),
        "401" => Err(Failure::CannotStart(format!(
            "{url} does not know the token; give one with --token or IOC_TOKEN"
        ))),
        _ => Err(Failure::CannotStart(format!(
            "{url} answers {status} to {path}"
        ))),
    }
}

/// Host and port of a URL.
fn host(url: &str) -> Result<&str, Failure> {
    let host = url
        .strip_prefix("http://")
        .map(|rest| rest.trim_end_matches('/'));
    let plain = |host: &&str| !host.is_empty() && !host.contains(['/', '?', '#', '@']);
    host.filter(plain).ok_or_else(|| {
        Failure::CannotStart(format!(
            "'{url}' is not the address of an engine; write http://host:port, its own port and not that of a TLS proxy"
        ))
    })
}

fn ask(host: &str, path: &str, token: &str) -> std::io::Result<String> {
    let named = if host
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok())
    {
        host.to_owned()
    } else {
        format!("{host}:80")
    };
    let address = named
        .to_socket_addrs()?
        .next()
        .ok_or(std::io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // HTTP/1.0: the body is what comes until the end, in one piece.
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.take(MOST).read_to_string(&mut answer)?;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_over_http() {
        for (url, is) in [
            ("http://127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("http://[::1]:8080/", Some("[::1]:8080")),
            ("https://wall.example", None),
            ("127.0.0.1:8080", None),
            ("http://", None),
            ("http://host/wall", None),
        ] {
            assert_eq!(host(url).ok(), is, "{url}");
        }
    }
}
