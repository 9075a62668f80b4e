//! Conditions on requests: what a condition asks for, its normal form, and whether a request meets it.
//!
//! ```
//! use vamp_model::Condition;
//! use vamp_model::boolean::{TERMS, Truth};
//! use vamp_model::condition::{Leaf, Request};
//!
//! let condition: Condition = "User-Agent = Firefox and (has cookie beta or header X-Group has b)".parse()?;
//! let request = Request::new().user_agent("Mozilla/5.0 Gecko/20100101 Firefox/140.0").cookie("beta", "1");
//! assert_eq!(condition.matches(&request), Truth::Yes);
//! assert_eq!(condition.matches(&Request::new().cookie("beta", "1")), Truth::No);
//!
//! let normal = condition.to_dnf(TERMS)?;
//! assert_eq!(normal.to_expression().leaves().count(), 4);
//!
//! let condition: Condition = "User-Agent = Firefox 5".parse()?;
//! let error = condition.syntax_error().unwrap();
//! assert_eq!(error.to_string(), "character 22: expected `and`, `or` or the end");
//! assert!(matches!(condition.tree().leaves().next(), Some(Leaf::Value(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod browser;
mod definition;
mod grammar;
mod leaf;
mod request;

pub use browser::{BROWSERS, browser};
pub use definition::{Condition, InvalidCondition};
pub use leaf::{InvalidLeaf, Leaf};
pub use request::Request;
