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

mod arena;
mod gateway;
pub(crate) mod names;
mod omission;
mod options;
mod prepare;
mod prepared;
mod rewrites;
mod sheet;
mod taken;
mod virtual_hosts;
mod vocabulary;
mod warning;

pub use omission::{Omission, Omitted};
pub use options::{
    GenerateOptions, InvalidOptions, LONGEST_SOCKET_DIRECTORY, TlsBind, validate_socket_directory,
};
pub use rewrites::UnusableRewrite;
pub use warning::{Warned, Warning};

use std::path::PathBuf;

use vamp_model::Gateway;

use self::arena::Arena;
use self::prepare::Preparation;
use self::prepared::Prepared;
use self::sheet::Sheet;
use self::vocabulary::Vocabulary;
use crate::Config;

/// A configuration and what is missing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The gateways' part of the configuration. It follows a [base](crate::base).
    pub config: Config,
    /// Files that the configuration names: the map of virtual hosts, when there is to be one.
    pub files: Vec<GeneratedFile>,
    /// What was left out, so that one gateway that cannot work does not stop all others.
    pub omissions: Vec<Omission>,
    /// What is probably not meant as it is written, and is carried out all the same.
    pub warnings: Vec<Warning>,
}

/// A file that a configuration names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Where it has to be.
    pub path: PathBuf,
    /// What has to be in it.
    pub text: String,
}

/// What is told about the gateways on the way.
#[derive(Default)]
struct Reports {
    omissions: Vec<Omission>,
    warnings: Vec<Warning>,
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
    let mut reports = Reports::default();
    let arena = Arena::default();
    let prepared = Preparation::new(options, &arena).of_all(gateways, &mut reports);
    let vocabulary = Vocabulary::new(options);
    let mut sheet = Sheet {
        config: Config::with_capacity(prepared.iter().map(Prepared::bytes).sum()),
        vocabulary: &vocabulary,
    };
    sheet.heading("HAProxy - Frontends & Backends managed by Vamp");
    let map = virtual_hosts::write(&mut sheet, &prepared, options);
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
        config: sheet.config,
        files: map.into_iter().collect(),
        omissions: reports.omissions,
        warnings: reports.warnings,
    })
}
