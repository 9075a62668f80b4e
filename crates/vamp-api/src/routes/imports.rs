//! Documents with what they import from the store.

use std::cell::RefCell;
use std::collections::HashMap;

use vamp_engine::Engine;
use vamp_model::import::{Imported, Imports};
use vamp_model::{Kind, Problems};

use crate::http::Failure;

type Name = (Kind, String);

/// What is known of the artifacts that a document imports, and what else it names.
#[derive(Default)]
struct Known {
    artifacts: HashMap<Name, Imported>,
    wanted: RefCell<Vec<Name>>,
}

impl Imports for Known {
    fn import(&self, kind: Kind, name: &str) -> Imported {
        let key = (kind, name.to_owned());
        if let Some(known) = self.artifacts.get(&key) {
            return known.clone();
        }
        self.wanted.borrow_mut().push(key);
        Imported::Unknown
    }
}

/// What `read` makes of a document, with what the document imports. It is called again for as long as it asks for more.
pub(super) async fn reading<T>(
    engine: &Engine,
    read: impl Fn(&dyn Imports) -> Result<T, Problems>,
) -> Result<T, Failure> {
    let mut artifacts = HashMap::new();
    loop {
        let (outcome, wanted) = {
            let known = Known {
                artifacts: std::mem::take(&mut artifacts),
                wanted: RefCell::default(),
            };
            let outcome = read(&known);
            artifacts = known.artifacts;
            (outcome, known.wanted.into_inner())
        };
        if wanted.is_empty() {
            return outcome.map_err(|problems| Failure::problems(&problems));
        }
        for (kind, name) in wanted {
            let found = stored(engine, kind, &name).await?;
            artifacts.insert((kind, name), found);
        }
    }
}

async fn stored(engine: &Engine, kind: Kind, name: &str) -> Result<Imported, Failure> {
    let Some(found) = engine.get(kind, name).await? else {
        return Ok(Imported::Absent);
    };
    let expanded = engine.expand(&found.artifact).await?;
    match serde_json::to_value(&expanded) {
        Ok(value) => Ok(Imported::Found(value)),
        Err(error) => Err(Failure::internal(error)),
    }
}
