//! Addresses and blocks of addresses: the network extension.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A block of addresses: one of them, and how many leading bits the others share with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is not an address or a block of addresses.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseNetworkError {
    /// Neither IPv4 nor IPv6.
    #[error("'{0}' is not an IP address; write 10.0.0.1 or 2001:db8::1")]
    Address(String),
    /// `fe80::1%eth0`: a zone means something on one machine only.
    #[error("'{0}' has a zone; leave out what follows the %")]
    Zone(String),
    /// `::ffff:10.0.0.1`: the same address has a shorter name.
    #[error("'{0}' is an IPv4 address within IPv6; write the IPv4 address alone")]
    Mapped(String),
    /// No slash, or no number of bits after it.
    #[error("'{0}' is not a block of addresses; write 10.0.0.0/8 or 2001:db8::/32")]
    Block(String),
}

/// An address; an IPv4 address in IPv6 form is the IPv4 address.
pub(crate) fn address(text: &str) -> Result<IpAddr, ParseNetworkError> {
    if text.contains('%') {
        return Err(ParseNetworkError::Zone(text.to_owned()));
    }
    let address = text.parse::<IpAddr>();
    let address = address.map_err(|_| ParseNetworkError::Address(text.to_owned()))?;
    if address.is_ipv6() && text.contains('.') {
        return Err(ParseNetworkError::Mapped(text.to_owned()));
    }
    Ok(address.to_canonical())
}

impl Cidr {
    /// Whether an address lies in the block; never one of the other family.
    pub(crate) fn contains(self, address: IpAddr) -> bool {
        masked(address, self.prefix) == masked(self.address, self.prefix)
            && address.is_ipv4() == self.address.is_ipv4()
    }

    /// Whether every address of the other block lies in this one.
    pub(crate) fn contains_block(self, other: Self) -> bool {
        self.prefix <= other.prefix && self.contains(other.address)
    }

    /// The block with the bits past its prefix set to zero.
    pub(crate) fn masked(self) -> Self {
        Self {
            address: masked(self.address, self.prefix),
            ..self
        }
    }

    pub(crate) fn address(self) -> IpAddr {
        self.address
    }

    pub(crate) fn prefix(self) -> u8 {
        self.prefix
    }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix.into()));
            IpAddr::V4((v4.to_bits() & mask.unwrap_or(0)).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(prefix.into()));
            IpAddr::V6((v6.to_bits() & mask.unwrap_or(0)).into())
        }
    }
}

impl FromStr for Cidr {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseNetworkError::Block(text.to_owned());
        let (before, bits) = text.split_once('/').ok_or_else(wrong)?;
        let address = match address(before) {
            Err(ParseNetworkError::Address(_)) => return Err(wrong()),
            address => address?,
        };
        let digits = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
        let prefix = bits.parse::<u8>().ok().filter(|_| digits);
        let most = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.filter(|p| *p <= most).ok_or_else(wrong)?;
        Ok(Self { address, prefix })
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}
