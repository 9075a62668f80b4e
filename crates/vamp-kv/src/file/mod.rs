//! A directory as a store, for the processes of one host.
//!
//! The value of a key stands in a file `value` in the directory of the key: `/vamp/default/gateways` in
//! `<directory>/vamp/default/gateways/value`. It may be read and edited with any program; an edit is a change with a version of its own.
//! Segments that would not do as a file name are written with `%`; what a store needs beside the values is in `<directory>/.vamp`.
//!
//! Can: values of any size, guards, leases, durable values: a file is flushed before it takes the place of the old one, which is never seen half
//! written. Cannot: tell each change; of several changes of one key that come together the last one is told.
//!
//! Not for network file systems: neither their locks nor their notices of changes reach other hosts. A file system must keep the times
//! of its files to the nanosecond, as ext4, XFS, Btrfs and tmpfs do: the time of a file is its version. The store sets it so that it is given
//! once; a file with any other time was edited by somebody else, and its version is taken from its time, place and content.

mod backend;
mod config;
mod files;
mod layout;
mod lease;
mod watch;

pub use backend::FileStore;
pub use config::FileConfig;
