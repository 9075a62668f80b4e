use std::collections::BTreeMap;

use crate::{Error, ErrorKind, Result};

/// What can be made to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// [`Driver::list`](crate::Driver::list).
    List,
    /// [`Driver::deploy`](crate::Driver::deploy).
    Deploy,
    /// [`Driver::undeploy`](crate::Driver::undeploy).
    Undeploy,
}

impl Operation {
    fn verb(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Deploy => "deploy",
            Self::Undeploy => "undeploy",
        }
    }
}

/// How often the platform was asked, failures included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls {
    /// [`Driver::list`](crate::Driver::list).
    pub list: u64,
    /// [`Driver::deploy`](crate::Driver::deploy).
    pub deploy: u64,
    /// [`Driver::undeploy`](crate::Driver::undeploy).
    pub undeploy: u64,
}

/// Which calls fail.
#[derive(Debug, Default)]
pub(super) struct Faults {
    calls: Calls,
    unavailable: bool,
    failing: BTreeMap<Operation, (u32, ErrorKind)>,
}

impl Faults {
    pub(super) fn calls(&self) -> Calls {
        self.calls
    }

    pub(super) fn set_unavailable(&mut self, unavailable: bool) {
        self.unavailable = unavailable;
    }

    pub(super) fn fail(&mut self, operation: Operation, times: u32, kind: ErrorKind) {
        self.failing.insert(operation, (times, kind));
    }

    /// Counts a call and says whether it goes well.
    pub(super) fn call(&mut self, operation: Operation, subject: &str) -> Result<()> {
        let counter = match operation {
            Operation::List => &mut self.calls.list,
            Operation::Deploy => &mut self.calls.deploy,
            Operation::Undeploy => &mut self.calls.undeploy,
        };
        *counter += 1;
        if self.unavailable {
            return Err(Error::new(ErrorKind::Unavailable, operation.verb(), subject));
        }
        match self.failing.get_mut(&operation) {
            Some((times, kind)) if *times > 0 => {
                *times -= 1;
                Err(Error::new(kind.clone(), operation.verb(), subject).saying("a simulated failure"))
            }
            _ => Ok(()),
        }
    }
}
