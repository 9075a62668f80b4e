//! Documents with what they import from the store.

use std::cell::RefCell;
use std::collections::HashMap;

use vamp_engine::{Engine, ErrorKind};
use vamp_model::import::{Imported, Imports};
use vamp_model::{Kind, Problems};

use crate::http::Failure;

type Name = (Kind, String);

/// What is known of the artifacts that a text imports, and what else it names.
struct Known<'k> {
    artifacts: &'k HashMap<Name, Imported>,
    wanted: RefCell<Vec<Name>>,
}

impl Imports for Known<'_> {
    fn import(&self, kind: Kind, name: &str) -> Imported {
        let key = (kind, name.to_owned());
        if let Some(known) = self.artifacts.get(&key) {
            return known.clone();
        }
        self.wanted.borrow_mut().push(key);
        Imported::Unknown
    }
}

/// What `read` makes of a text, with what that imports. It is called again for as long as it asks for more.
pub(super) async fn reading<T>(
    engine: &Engine,
    read: impl Fn(&dyn Imports) -> Result<T, Problems>,
) -> Result<T, Failure> {
    let mut artifacts = HashMap::new();
    loop {
        let (outcome, wanted) = {
            let known = Known {
                artifacts: &artifacts,
                wanted: RefCell::default(),
            };
            (read(&known), known.wanted.into_inner())
        };
        if wanted.is_empty() {
            return outcome.map_err(|problems| Failure::problems(&problems));
        }
        for (kind, name) in wanted {
            if !artifacts.contains_key(&(kind, name.clone())) {
                let found = stored(engine, kind, &name).await?;
                artifacts.insert((kind, name), found);
            }
        }
    }
}

async fn stored(engine: &Engine, kind: Kind, name: &str) -> Result<Imported, Failure> {
    let Some(found) = engine.get(kind, name).await? else {
        return Ok(Imported::Absent);
    };
    let expanded = match engine.expand(&found.artifact).await {
        Err(error) if error.kind() == ErrorKind::Invalid => return Ok(broken(kind, name, &error)),
        expanded => expanded?,
    };
    match serde_json::to_value(&expanded) {
        Ok(value) => Ok(Imported::Found(value)),
        Err(error) => Err(Failure::internal(error)),
    }
}

/// An artifact that refers to what cannot be had.
fn broken(kind: Kind, name: &str, error: &vamp_engine::Error) -> Imported {
    let first = error.problems().first();
    Imported::Broken {
        code: first.map_or(vamp_engine::code::ARTIFACT_NOT_FOUND, |problem| problem.code),
        message: error.message(),
        hint: first.map(|problem| format!("the imported {kind}/{name} refers to it at {}", problem.path)),
    }
}
