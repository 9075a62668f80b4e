//! Asking an HAProxy whether it would accept a configuration, before it is stored.
//!
//! Who has an HAProxy at hand implements [`ConfigurationCheck`]; who stores configurations asks it.

use std::fmt::Debug;
use std::net::IpAddr;

use async_trait::async_trait;

/// Something that knows what HAProxy thinks of a configuration.
#[async_trait]
pub trait ConfigurationCheck: Debug + Send + Sync {
    /// Asks about the gateways' part of a configuration, the text that [`generate`](crate::generate()) makes. The base before it is
    /// that of whoever answers.
    ///
    /// # Errors
    /// HAProxy could not be asked. That says nothing about the configuration.
    async fn check(&self, gateways_part: &str) -> Result<Verdict, CheckError>;

    /// Those of these ports that HAProxy would not get on this address, because another program has them. Ports that it has already
    /// are its own. Who cannot tell knows of none, which is the default.
    ///
    /// # Errors
    /// It could not be found out.
    async fn taken_ports(&self, address: IpAddr, ports: &[u16]) -> Result<Vec<u16>, CheckError> {
        let _ = (address, ports);
        Ok(Vec::new())
    }
}

/// What HAProxy thinks of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It would load it.
    Accepted {
        /// What it remarked, in its own words.
        warnings: Vec<String>,
    },
    /// It would not.
    Refused {
        /// Why; at least one.
        problems: Vec<Problem>,
    },
}

/// One reason why HAProxy refuses a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line of the gateways' part, from 1, where HAProxy names one. [`locate`](crate::locate()) tells whose it is.
    pub line: Option<usize>,
    /// HAProxy's own words.
    pub text: String,
}

/// HAProxy could not be asked; the same question may be answered later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("HAProxy could not be asked: {message}")]
pub struct CheckError {
    message: String,
}

impl CheckError {
    /// HAProxy could not be asked, for this reason.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// The reason.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
