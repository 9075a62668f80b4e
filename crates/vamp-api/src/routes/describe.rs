//! Words for the description of the API.

use utoipa::ToSchema;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Content, ContentBuilder, Ref, RefOr, Required};
use vamp_client::wire::{ErrorBody, JSON, YAML};

/// An operation with the answers that every operation may give.
pub(super) fn operation(tag: &str, id: &str, summary: &str) -> OperationBuilder {
    OperationBuilder::new()
        .tag(tag)
        .operation_id(Some(id))
        .summary(Some(summary))
        .response(
            "400",
            failure("The request is wrong, or at odds with what exists."),
        )
        .response(
            "403",
            failure("The request comes from a web page that may not call, or calls the server by a name that it does not have."),
        )
        .response("500", failure("The server failed."))
        .response(
            "503",
            failure("The server could not answer in time, or could not ask its store."),
        )
}

/// A schema of the wire types.
pub(super) fn schema<T: ToSchema>() -> RefOr<Schema> {
    named(&T::name())
}

/// A schema by its name.
pub(super) fn named(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}

/// A list of such values.
pub(super) fn list_of(schema: RefOr<Schema>) -> RefOr<Schema> {
    Schema::Array(ArrayBuilder::new().items(schema).build()).into()
}

fn simple(kind: Type) -> RefOr<Schema> {
    let object = ObjectBuilder::new().schema_type(SchemaType::Type(kind));
    Schema::Object(object.build()).into()
}

/// The name at the end of a path.
pub(super) fn name(description: &str) -> Parameter {
    segment("name", description)
}

/// A name in a path.
pub(super) fn segment(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(description))
        .schema(Some(simple(Type::String)))
        .build()
}

fn query(name: &str, kind: Type, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(simple(kind)))
        .build()
}

/// The schema of a text.
pub(super) fn plain_text() -> RefOr<Schema> {
    simple(Type::String)
}

/// A parameter that is on or off.
pub(super) fn flag(name: &str, description: &str) -> Parameter {
    query(name, Type::Boolean, description)
}

/// A parameter with any text.
pub(super) fn text(name: &str, description: &str) -> Parameter {
    query(name, Type::String, description)
}

/// A parameter that may come several times.
pub(super) fn texts(name: &str, description: &str) -> Parameter {
    ParameterBuilder::from(query(name, Type::String, description))
        .schema(Some(list_of(simple(Type::String))))
        .explode(Some(true))
        .build()
}

/// `page` and `per_page`.
pub(super) fn pages() -> [Parameter; 2] {
    [
        query("page", Type::Integer, "The number of the page, from 1."),
        query(
            "per_page",
            Type::Integer,
            "Elements a page, 1 to 30; 30 where it is absent.",
        ),
    ]
}

/// `validate_only`.
pub(super) fn validate_only() -> Parameter {
    flag("validate_only", "Only say what would happen; change nothing.")
}

/// A header that may be absent.
pub(super) fn header(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(simple(Type::String)))
        .build()
}

/// `If-Match` and `If-None-Match`.
pub(super) fn preconditions() -> [Parameter; 2] {
    [
        header(
            "If-Match",
            "The revision that the artifact must have, as in `ETag`; `*` for any. Otherwise 412.",
        ),
        header(
            "If-None-Match",
            "`*`: the artifact must not exist. Otherwise 412.",
        ),
    ]
}

fn content(schema: &RefOr<Schema>) -> Content {
    ContentBuilder::new().schema(Some(schema.clone())).build()
}

/// A document in either notation.
pub(super) fn document(description: &str, required: Required, schema: &RefOr<Schema>) -> RequestBody {
    RequestBodyBuilder::new()
        .description(Some(description))
        .required(Some(required))
        .content(JSON, content(schema))
        .content(YAML, content(schema))
        .build()
}

/// An answer in either notation.
pub(super) fn answer(description: &str, schema: &RefOr<Schema>) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content(JSON, content(schema))
        .content(YAML, content(schema))
        .build()
}

/// An answer in one notation.
pub(super) fn answer_as(description: &str, media_type: &str, schema: &RefOr<Schema>) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content(media_type, content(schema))
        .build()
}

/// An answer without body.
pub(super) fn nothing(description: &str) -> Response {
    ResponseBuilder::new().description(description).build()
}

/// An answer with the words of a failure.
pub(super) fn failure(description: &str) -> Response {
    answer(description, &schema::<ErrorBody>())
}
