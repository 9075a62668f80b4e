//! Who may call by way of a browser: pages of which origins, and under which names the server is reached.

mod authority;
mod hosts;
mod malformed;
mod origins;

pub(crate) use authority::Authority;
pub use hosts::{HostName, Hosts};
pub use malformed::Malformed;
pub use origins::{Origin, Origins};
