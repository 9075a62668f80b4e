//! From gateways to a configuration.
//!
//! ```text
//! client ─► frontend L ──condition──► backend im_R ─┬─► server R   (strength)
//!                │                                  └─► server o_L (the rest)
//!                └──otherwise──► backend o_L ───► server R, R2, …  (weights)
//!
//! server R ─► R.sock ─► frontend R ─► backend R ─► instances
//! ```
//!
//! A server that is a socket of the same process makes a share independent of the number of instances behind it.

mod gateway;
pub(crate) mod names;
mod omission;
mod options;
mod prepare;
mod prepared;
mod raw;
mod sheet;
mod taken;
mod virtual_hosts;
mod vocabulary;

pub use omission::{Omission, Omitted};
pub use options::{GenerateOptions, InvalidOptions, LONGEST_SOCKET_DIRECTORY, validate_socket_directory};
pub use raw::InvalidRaw;

use vamp_model::Gateway;

use self::prepared::Prepared;
use self::sheet::Sheet;
use crate::Config;

/// A configuration and what is missing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The gateways' part of the configuration. It follows a [base](crate::base).
    pub config: Config,
    /// What was left out, so that one gateway that cannot work does not stop all others.
    pub omissions: Vec<Omission>,
}

/// The gateways' part of a configuration.
///
/// The same gateways give the same text, in whatever order they come. Routes without weight share what the others leave, as
/// [`fill_weights`](vamp_model::gateway::fill_weights) says. A route without targets gets nothing as long as another route with a weight has
/// some.
///
/// # Errors
/// The options cannot work. A gateway that cannot is left out, and found among the [omissions](Generated::omissions).
pub fn generate<'g>(
    gateways: impl IntoIterator<Item = &'g Gateway>,
    options: &GenerateOptions,
) -> Result<Generated, InvalidOptions> {
    options.validate()?;
    let mut omissions = Vec::new();
    let prepared = prepare::prepare(gateways, options, &mut omissions);
    let mut sheet = Sheet::new(prepared.iter().map(Prepared::lines).sum());
    sheet.heading("HAProxy - Frontends & Backends managed by Vamp");
    if let Some(address) = options.virtual_hosts {
        virtual_hosts::write(&mut sheet, &prepared, address);
    }
    if !prepared.is_empty() {
        sheet.blank();
        sheet.heading("Port mapping");
    }
    for prepared in &prepared {
        gateway::write_frontends(&mut sheet, prepared);
    }
    for prepared in &prepared {
        gateway::write_backends(&mut sheet, prepared);
    }
    Ok(Generated {
        config: Config::of(sheet.lines),
        omissions,
    })
}
