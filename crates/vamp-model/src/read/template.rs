use super::context::Context;
use super::fields::{Fields, is_empty};
use super::place::Place;
use super::values;
use crate::tree::Value;
use crate::{Kind, Metadata, Template};

pub(super) fn read(context: &mut Context, place: &Place<'_>) -> Option<Template> {
    let mut fields = Fields::of(context, place)?;
    let name = fields
        .required(context, "name")
        .and_then(|place| values::named(context, &place));
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let definition = fields.get_aliased_where("definition", "def", |beside| {
        matches!(beside, Value::Scalar(_)) || is_empty(beside)
    });
    let definition = definition.as_ref().and_then(Place::mapping);
    fields.check_kind(context, &[Kind::Template]);
    fields.finish(context);
    Some(Template {
        name: name?,
        metadata,
        // What is no mapping says nothing that could be imported.
        definition: definition.map_or_else(Metadata::new, crate::tree::mapping_to_json),
    })
}
