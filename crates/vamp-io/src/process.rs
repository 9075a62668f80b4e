//! Processes, known by their id *and* the kernel's start time, so that a reused id is never mistaken for an old friend.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::process::{
    Pid, PidfdFlags, Signal, kill_process, kill_process_group, pidfd_open, pidfd_send_signal,
};
use serde::{Deserialize, Serialize};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// What a process can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tell {
    /// SIGTERM: end in good order.
    Terminate,
    /// SIGKILL: end now.
    Kill,
    /// SIGUSR1: HAProxy's soft stop.
    SoftStop,
    /// SIGUSR2: the reload of HAProxy's master.
    Reload,
}

impl Tell {
    const fn signal(self) -> Signal {
        match self {
            Self::Terminate => Signal::TERM,
            Self::Kill => Signal::KILL,
            Self::SoftStop => Signal::USR1,
            Self::Reload => Signal::USR2,
        }
    }
}

/// One run of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProcessIdentity {
    /// Process id.
    pub pid: u32,
    /// When the kernel started it, in clock ticks since the machine's own start.
    pub start_time: u64,
}

impl ProcessIdentity {
    /// The process that has this id now; none when there is no such process, or only what is left of one.
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        Stat::of(pid).map(|stat| stat.identity)
    }

    /// Whether this very process still runs. One that has ended and was not yet collected by its parent does not.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        Self::of(self.pid) == Some(*self)
    }

    /// Tells the process something; says whether it was there.
    ///
    /// # Errors
    /// The process belongs to somebody else.
    pub fn tell(&self, what: Tell) -> io::Result<bool> {
        self.deliver(|pid| match pidfd_open(pid, PidfdFlags::empty()) {
            // What is opened cannot be mixed up any more; whether it is the right one is looked at once more.
            Ok(descriptor) if self.is_alive() => pidfd_send_signal(descriptor, what.signal()),
            Ok(_) => Err(rustix::io::Errno::SRCH),
            Err(rustix::io::Errno::NOSYS) => kill_process(pid, what.signal()),
            Err(error) => Err(error),
        })
    }

    /// Tells the process and all of its group, which it must lead; says whether it was there. What is left of a group whose leader
    /// has ended is not told.
    ///
    /// # Errors
    /// The process belongs to somebody else.
    pub fn tell_group(&self, what: Tell) -> io::Result<bool> {
        self.deliver(|pid| kill_process_group(pid, what.signal()))
    }

    fn deliver(&self, send: impl FnOnce(Pid) -> rustix::io::Result<()>) -> io::Result<bool> {
        let Some(pid) = self.is_alive().then(|| pid(self.pid)).flatten() else {
            return Ok(false);
        };
        match send(pid) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::SRCH) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits for the end of the process, be it a child or not; says whether it came within the limit.
    ///
    /// # Errors
    /// The kernel does not let the process be watched.
    pub async fn ended_within(&self, limit: Duration) -> io::Result<bool> {
        match tokio::time::timeout(limit, self.ended()).await {
            Ok(ended) => ended.map(|()| true),
            Err(_) => Ok(!self.is_alive()),
        }
    }

    /// Waits for the end of the process, be it a child or not.
    ///
    /// # Errors
    /// The kernel does not let the process be watched.
    pub async fn ended(&self) -> io::Result<()> {
        let Some(pid) = pid(self.pid) else { return Ok(()) };
        let descriptor = match pidfd_open(pid, PidfdFlags::NONBLOCK) {
            Ok(descriptor) => descriptor,
            Err(rustix::io::Errno::SRCH) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        // Between the two the id may have gone to another process: what is watched must be what was meant.
        if !self.is_alive() {
            return Ok(());
        }
        #[expect(
            deprecated,
            reason = "the replacement is an unsafe function, whose condition an owned descriptor meets"
        )]
        let descriptor = AsyncFd::with_interest(descriptor, Interest::READABLE)?;
        descriptor.readable().await.map(drop)
    }
}

fn pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// A process and what it belongs to, as `/proc/<pid>/stat` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stat {
    /// The process.
    pub identity: ProcessIdentity,
    /// The process id of its parent.
    pub parent: u32,
    /// The process group, which is the process id of its leader.
    pub group: u32,
    /// The session, which is the process id of its leader.
    pub session: u32,
}

impl Stat {
    /// The process that has this id now; none when there is no such process, or only what is left of one.
    ///
    /// ```
    /// use vamp_io::process::{ProcessIdentity, Stat};
    ///
    /// let own = Stat::of(std::process::id()).ok_or("it runs")?;
    /// assert_eq!(ProcessIdentity::of(std::process::id()), Some(own.identity));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn of(pid: u32) -> Option<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Self::parse(pid, &text)
    }

    fn parse(pid: u32, text: &str) -> Option<Self> {
        // The second field is the command in parentheses and may contain anything, blanks and parentheses included.
        let (_, fields) = text.rsplit_once(')')?;
        let mut fields = fields.split_ascii_whitespace();
        if matches!(fields.next()?, "Z" | "X") {
            return None;
        }
        Some(Self {
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
            identity: ProcessIdentity {
                pid,
                start_time: fields.nth(15)?.parse().ok()?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_command_with_parentheses_does_not_confuse_the_fields() {
        let line =
            |state| format!("4711 (a) b (c)) {state} 1 4710 4709 0 -1 4194304 9 9 9 9 9 9 9 9 9 9 9 9 815 9");
        let stat = Stat::parse(4711, &line("S")).unwrap();
        assert_eq!((stat.parent, stat.group, stat.session), (1, 4710, 4709));
        assert_eq!((stat.identity.pid, stat.identity.start_time), (4711, 815));
        assert_eq!(Stat::parse(4711, &line("Z")), None);
    }

    #[tokio::test]
    async fn a_process_is_known_while_it_runs_and_its_end_is_seen() {
        let mut child = Command::new("/bin/cat").stdin(Stdio::piped()).spawn().unwrap();
        let identity = ProcessIdentity::of(child.id()).unwrap();
        assert!(identity.is_alive());
        assert!(!identity.ended_within(Duration::from_millis(1)).await.unwrap());

        drop(child.stdin.take());
        assert!(identity.ended_within(Duration::from_secs(10)).await.unwrap());
        assert!(
            !identity.is_alive(),
            "what is left for the parent to collect is no running process"
        );
        child.wait().unwrap();
        assert!(!identity.tell(Tell::Terminate).unwrap());
    }

    #[tokio::test]
    async fn what_is_told_reaches_the_process_or_its_whole_group() {
        use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
        let mut one = Command::new("/bin/cat").stdin(Stdio::piped()).spawn().unwrap();
        let identity = ProcessIdentity::of(one.id()).unwrap();
        assert!(identity.tell(Tell::Terminate).unwrap());
        assert_eq!(one.wait().unwrap().signal(), Some(15));

        let mut leader = Command::new("/bin/sh")
            .args(["-c", "sleep 1000 & echo $!; wait"])
            .process_group(0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(leader.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let member = ProcessIdentity::of(line.trim().parse().unwrap()).unwrap();
        assert!(
            ProcessIdentity::of(leader.id())
                .unwrap()
                .tell_group(Tell::Kill)
                .unwrap()
        );
        assert_eq!(leader.wait().unwrap().signal(), Some(9));
        assert!(member.ended_within(Duration::from_secs(10)).await.unwrap());
    }

    #[test]
    fn another_process_with_the_same_id_is_another_process() {
        let own = ProcessIdentity::of(std::process::id()).unwrap();
        let other = ProcessIdentity {
            start_time: own.start_time + 1,
            ..own
        };
        assert!(own.is_alive());
        assert!(!other.is_alive());
    }
}
