//! Functions of addresses and blocks of addresses.

use std::net::IpAddr;

use super::no_overload;
use crate::Value;
use crate::network::{Cidr, ParseNetworkError, address};
use crate::operators::Fault;

type Result<T = Value> = std::result::Result<T, Fault>;

impl From<ParseNetworkError> for Fault {
    fn from(error: ParseNetworkError) -> Self {
        Self::Argument(error.to_string())
    }
}

/// A function of the extension; none where it has no such function.
pub(super) fn call(name: &str, args: &[Value]) -> Option<Result> {
    let text = match args {
        [Value::String(text)] => text,
        [Value::Ip(_)] if name == "ip" => return Some(Ok(args[0].clone())),
        [Value::Cidr(_)] if name == "cidr" => return Some(Ok(args[0].clone())),
        _ if matches!(name, "ip" | "isIP" | "cidr" | "isCIDR" | "ip.isCanonical") => {
            return Some(Err(no_overload(name, args)));
        }
        _ => return None,
    };
    Some(match name {
        "ip" => address(text).map(Value::Ip).map_err(Fault::from),
        "isIP" => Ok(Value::Bool(address(text).is_ok())),
        "cidr" => text.parse().map(Value::Cidr).map_err(Fault::from),
        "isCIDR" => Ok(Value::Bool(text.parse::<Cidr>().is_ok())),
        "ip.isCanonical" => address(text)
            .map(|found| Value::Bool(found.to_string() == **text))
            .map_err(Fault::from),
        _ => return None,
    })
}

/// A method of an address; none where it has no such method.
pub(super) fn of_address(ip: IpAddr, name: &str, args: &[Value]) -> Option<Result> {
    if !args.is_empty() {
        return None;
    }
    let link_local = match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let link_local_multicast = match ip {
        IpAddr::V4(v4) => v4.octets()[..3] == [224, 0, 0],
        IpAddr::V6(v6) => v6.segments()[0] & 0xff0f == 0xff02,
    };
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast());
    let elsewhere = ip.is_unspecified() || ip.is_loopback() || ip.is_multicast();
    Some(Ok(Value::Bool(match name {
        "family" => return Some(Ok(Value::Int(if ip.is_ipv4() { 4 } else { 6 }))),
        "isUnspecified" => ip.is_unspecified(),
        "isLoopback" => ip.is_loopback(),
        "isLinkLocalUnicast" => link_local,
        "isLinkLocalMulticast" => link_local_multicast,
        "isGlobalUnicast" => !(elsewhere || link_local || broadcast),
        _ => return None,
    })))
}

/// A method of a block of addresses; none where it has no such method.
pub(super) fn of_block(block: Cidr, name: &str, args: &[Value]) -> Option<Result> {
    Some(match (name, args) {
        ("containsIP", [Value::Ip(ip)]) => Ok(Value::Bool(block.contains(*ip))),
        ("containsIP", [Value::String(text)]) => address(text)
            .map(|ip| Value::Bool(block.contains(ip)))
            .map_err(Fault::from),
        ("containsCIDR", [Value::Cidr(other)]) => Ok(Value::Bool(block.contains_block(*other))),
        ("containsCIDR", [Value::String(text)]) => text
            .parse()
            .map(|other| Value::Bool(block.contains_block(other)))
            .map_err(Fault::from),
        ("ip", []) => Ok(Value::Ip(block.address())),
        ("masked", []) => Ok(Value::Cidr(block.masked())),
        ("prefixLength", []) => Ok(Value::Int(block.prefix().into())),
        _ => return None,
    })
}
