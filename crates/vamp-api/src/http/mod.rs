//! HTTP, whatever is asked for: bodies, notations, errors, headers, paths, pages.

pub(crate) mod adapter;
pub(crate) mod answer;
pub(crate) mod ask;
mod body;
pub(crate) mod caller;
mod cors;
mod engine;
pub(crate) mod failure;
mod guard;
pub(crate) mod layout;
mod negotiate;
pub(crate) mod outer;
pub(crate) mod paging;
pub(crate) mod query;

pub(crate) use answer::Answer;
pub(crate) use ask::Ask;
pub(crate) use failure::Failure;
pub(crate) use negotiate::Notation;
pub(crate) use paging::Paging;
