use serde_core::{Serialize, Serializer};

use crate::Argument;

impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&self.key, &self.value)])
    }
}
