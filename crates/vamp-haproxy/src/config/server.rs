use crate::text::Word;

/// A server of a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name, unique within the backend.
    pub name: Word,
    /// `address:port`, or `unix@` and the path of a socket.
    pub address: Word,
    /// What follows, in its order.
    pub parameters: Vec<Parameter>,
}

/// One parameter of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameter {
    /// `send-proxy`: connections begin with a header of the PROXY protocol, version 1.
    SendProxy,
    /// `send-proxy-v2`: the same in version 2.
    SendProxyV2,
    /// `cookie`: the value of the cookie that leads to this server.
    Cookie(Word),
    /// `weight`: the server's part of the traffic, 0 to 256, relative to the other servers of the backend.
    Weight(u16),
    /// `check`: connections are tried now and then, and a server that does not accept them is left out.
    Check,
    /// Any other word.
    Other(Word),
}

impl Server {
    /// The heaviest weight that HAProxy takes.
    pub const MAX_WEIGHT: u16 = 256;

    /// The weight, where the line gives one exactly.
    #[must_use]
    pub fn weight(&self) -> Option<u16> {
        let mut weights = self.parameters.iter().filter_map(|parameter| match parameter {
            Parameter::Weight(weight) => Some(*weight),
            _ => None,
        });
        weights.next().filter(|_| weights.next().is_none())
    }

    /// Gives the server another weight, where its line has one.
    pub(crate) fn set_weight(&mut self, wanted: u16) {
        for parameter in &mut self.parameters {
            if let Parameter::Weight(weight) = parameter {
                *weight = wanted;
            }
        }
    }

    /// Whether the two differ in nothing but weights.
    pub(crate) fn is_same_but_weight(&self, other: &Self) -> bool {
        let same = |(mine, others): (&Parameter, &Parameter)| {
            mine == others || matches!((mine, others), (Parameter::Weight(_), Parameter::Weight(_)))
        };
        self.name == other.name
            && self.address == other.address
            && self.parameters.len() == other.parameters.len()
            && self.parameters.iter().zip(&other.parameters).all(same)
    }

    /// Whether each word of the line is understood.
    pub(crate) fn is_understood(&self) -> bool {
        !self
            .parameters
            .iter()
            .any(|parameter| matches!(parameter, Parameter::Other(_)))
    }
}
