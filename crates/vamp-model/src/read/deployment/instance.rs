//! Instances of a service, and how many there are of which sort.

use indexmap::IndexMap;

use super::super::context::Context;
use super::super::fields::Fields;
use super::super::place::Place;
use super::{elements, entries};
use crate::tree::{Plain, Value};
use crate::{Health, Instance};

/// A list of instances; what is wrong with one is reported.
pub(in crate::read) fn read_all(context: &mut Context, place: Option<Place<'_>>) -> Vec<Instance> {
    elements(context, place)
        .into_iter()
        .filter_map(|element| read(context, &element))
        .collect()
}

fn read(context: &mut Context, place: &Place<'_>) -> Option<Instance> {
    let mut fields = Fields::of(context, place)?;
    // Printed with every instance, and never with anything in it.
    fields.ignore(&["metadata"]);
    let mut text = |key| {
        let place = fields.required(context, key)?;
        context.text(&place).map(str::to_owned)
    };
    let (name, host) = (text("name"), text("host"));
    let ports = fields.get("ports");
    let ports = ports.map_or_else(IndexMap::new, |place| {
        entries(context, &place)
            .into_iter()
            .filter(|(_, place)| !says_no_port(place))
            .filter_map(|(key, place)| Some((key.to_owned(), context.parsed(&place, "a port number")?)))
            .collect()
    });
    let deployed = fields
        .required(context, "deployed")
        .and_then(|place| context.boolean(&place));
    fields.finish(context);
    Some(Instance {
        name: name?,
        host: host?,
        ports,
        deployed: deployed?,
    })
}

/// Ports that some platforms report and that are none: null and fractions.
fn says_no_port(place: &Place<'_>) -> bool {
    matches!(&place.node.value, Value::Scalar(scalar) if matches!(scalar.plain, Plain::Null | Plain::Float(_)))
}

/// The counts of instances, all of which are there.
pub(in crate::read) fn health(context: &mut Context, place: &Place<'_>) -> Option<Health> {
    let mut fields = Fields::of(context, place)?;
    let mut count = |key| {
        let place = fields.required(context, key)?;
        context.parsed::<u32>(&place, "a number of instances")
    };
    let (staged, running) = (count("staged"), count("running"));
    let (healthy, unhealthy) = (count("healthy"), count("unhealthy"));
    fields.finish(context);
    Some(Health {
        staged: staged?,
        running: running?,
        healthy: healthy?,
        unhealthy: unhealthy?,
    })
}
