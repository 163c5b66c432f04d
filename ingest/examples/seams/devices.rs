//! Devices that send as fast as they may: packets encoded beforehand, written straight to the socket.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Messages in flight a device with QoS 1.
fn window(connections: u32) -> u16 {
    match connections {
        1 => 1_000,
        2..=100 => 100,
        _ => 4,
    }
}

/// `devices <addr> <connections> <qos>`, until killed.
pub(crate) fn main(mut args: impl Iterator<Item = String>) {
    let addr: SocketAddr = args
        .next()
        .and_then(|a| a.parse().ok())
        .expect("an address");
    let connections: u32 = args.next().and_then(|a| a.parse().ok()).expect("how many");
    let qos: u8 = args.next().and_then(|a| a.parse().ok()).expect("0 or 1");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut devices = tokio::task::JoinSet::new();
        for number in 0..connections {
            devices.spawn(async move { device(addr, number, qos, window(connections)).await });
        }
        while let Some(ended) = devices.join_next().await {
            if let Ok(Err(error)) = ended {
                eprintln!("a device ended: {error}");
            }
        }
    });
}

async fn device(addr: SocketAddr, number: u32, qos: u8, window: u16) -> std::io::Result<()> {
    // A thousand devices at one instant overrun the listen queue.
    tokio::time::sleep(Duration::from_micros(500) * number).await;
    let mut stream = TcpStream::connect(addr).await?;
    stream.set_nodelay(true)?;
    stream
        .write_all(&connect(&format!("device-{number}")))
        .await?;
    stream.read_exact(&mut [0; 4]).await?;
    let messages: Vec<Vec<u8>> = (0..8).map(|n| publish(number, n, qos)).collect();
    if qos == 0 {
        let batch: Vec<u8> = messages.concat().repeat(8);
        loop {
            stream.write_all(&batch).await?;
        }
    }
    confirmed(stream, &messages, window).await
}

/// Keeps `window` messages in flight: every PUBACK sends the next one under the same packet id.
async fn confirmed(
    mut stream: TcpStream,
    messages: &[Vec<u8>],
    window: u16,
) -> std::io::Result<()> {
    let mut out = Vec::new();
    for id in 1..=window {
        encode(&mut out, messages, id);
    }
    stream.write_all(&out).await?;
    let mut input = vec![0; 64 * 1024];
    let mut held = 0;
    loop {
        let read = stream.read(&mut input[held..]).await?;
        if read == 0 {
            return Ok(());
        }
        let end = held + read;
        out.clear();
        let whole = end / 4 * 4;
        for puback in input[..whole].chunks_exact(4) {
            encode(
                &mut out,
                messages,
                u16::from_be_bytes([puback[2], puback[3]]),
            );
        }
        input.copy_within(whole..end, 0);
        held = end - whole;
        stream.write_all(&out).await?;
    }
}

fn encode(out: &mut Vec<u8>, messages: &[Vec<u8>], id: u16) {
    let message = &messages[usize::from(id) % messages.len()];
    let at = out.len() + id_place(message);
    out.extend_from_slice(message);
    out[at..at + 2].copy_from_slice(&id.to_be_bytes());
}

/// Behind two bytes of length, the header and the topic.
fn id_place(message: &[u8]) -> usize {
    3 + 2 + usize::from(u16::from_be_bytes([message[3], message[4]]))
}

/// MQTT 3.1.1, clean session, with the user and password of the run.
fn connect(id: &str) -> Vec<u8> {
    let mut body = b"\0\x04MQTT\x04\xc2\0\x3c".to_vec();
    for text in [id, super::run::USER, super::run::PASSWORD] {
        body.extend((text.len() as u16).to_be_bytes());
        body.extend(text.as_bytes());
    }
    let mut packet = vec![0x10, body.len() as u8];
    packet.extend(body);
    packet
}

/// One access point's reading. The remaining length always takes two bytes: 128 to 16,383.
fn publish(device: u32, asset: u32, qos: u8) -> Vec<u8> {
    let domain = super::run::DOMAINS[asset as usize % super::run::DOMAINS.len()];
    let topic = format!("ioc/v1/tn/{domain}/ap/ap-{device}-{asset}/tele");
    let mut body = (topic.len() as u16).to_be_bytes().to_vec();
    body.extend(topic.as_bytes());
    if qos > 0 {
        body.extend([0, 0]);
    }
    body.extend(super::run::PAYLOAD.as_bytes());
    let mut packet = vec![
        0x30 | (qos << 1),
        (body.len() % 128) as u8 | 0x80,
        (body.len() / 128) as u8,
    ];
    packet.extend(body);
    packet
}
