use super::context::Context;
use super::fields::Fields;
use super::place::Place;
use super::{Position, reference, values};
use crate::tree::{Plain, Scalar, Value};
use crate::{Kind, Memory, Quantity, Reference, Scale};

pub(super) fn read(context: &mut Context, place: &Place<'_>, position: Position) -> Option<Scale> {
    let mut fields = Fields::of(context, place)?;
    let name = match position {
        Position::TopLevel => {
            let place = fields.required(context, "name");
            place.and_then(|place| values::named(context, &place)).map(Some)
        }
        Position::Inline => reference::anonymous(context, &mut fields, Kind::Scale).map(|()| None),
    };
    let metadata = fields.get("metadata");
    let metadata = context.metadata(metadata);
    let cpu = fields
        .required(context, "cpu")
        .and_then(|place| quantity(context, &place));
    let memory = fields
        .required(context, "memory")
        .and_then(|place| context.parsed(&place, Memory::EXPECTED));
    let instances = fields
        .get("instances")
        .map_or(Some(1), |place| instances(context, &place));
    fields.check_kind(context, &[Kind::Scale]);
    fields.finish(context);
    Some(Scale {
        name: name?,
        metadata,
        cpu: cpu?,
        memory: memory?,
        instances: instances?,
    })
}

/// A scale by name, or written out without one.
pub(super) fn reference(context: &mut Context, place: &Place<'_>) -> Option<Reference<Scale>> {
    reference::weak(context, place, Kind::Scale, |context, place| {
        read(context, place, Position::Inline)
    })
}

fn quantity(context: &mut Context, place: &Place<'_>) -> Option<Quantity> {
    let number = match &place.node.value {
        // No whole number of cores is so large that a float cannot tell it.
        Value::Scalar(Scalar {
            plain: Plain::Int(number),
            ..
        }) => *number as f64,
        Value::Scalar(Scalar {
            plain: Plain::Float(number),
            ..
        }) => *number,
        Value::Scalar(Scalar {
            plain: Plain::Text, ..
        }) => {
            return context.parsed(place, Quantity::EXPECTED);
        }
        _ => f64::NAN,
    };
    let quantity = Quantity::new(number).ok();
    if quantity.is_none() {
        context.wrong_type(place, Quantity::EXPECTED);
    }
    quantity
}

fn instances(context: &mut Context, place: &Place<'_>) -> Option<u32> {
    let instances = u32::try_from(context.integer(place)?).ok();
    if instances.is_none() {
        context.wrong_type(place, "a number of instances, zero or more");
    }
    instances
}
