//! Several artifacts in one text, requests to deploy, and deployments read back.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod check;
mod deployment;
mod request;
mod several;
mod value;
