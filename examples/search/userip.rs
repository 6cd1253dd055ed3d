//! The address of the user: found in the connection, carried by the context, handed on to the backend.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use ctx_core::ctx_key;

/// Carries [`UserIp`] to the backend.
pub(crate) const HEADER: &str = "x-user-ip";

ctx_key! {
    /// The address that a request came from.
    #[derive(Clone, Copy)]
    pub(crate) struct UserIp(pub(crate) IpAddr);
}

impl UserIp {
    /// The other end of the connection that brought `request`.
    pub(crate) fn of(request: &Request) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self(
            peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |ConnectInfo(address)| {
                address.ip()
            }),
        )
    }
}
