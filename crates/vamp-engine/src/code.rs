//! The stable names of problems that the engine finds, beside those of [`vamp_model::code`].

macro_rules! codes {
    ($($name:ident = $text:literal, $doc:literal;)*) => {
        $(#[doc = $doc] pub const $name: &str = $text;)*
    };
}

codes! {
    ARTIFACT_NOT_FOUND = "ArtifactNotFound", "An artifact that is referred to does not exist.";
    INCONSISTENT_NAME = "InconsistentArtifactName", "The name of the request and that in its body differ.";
    INCONSISTENT_KIND = "InconsistentArtifactKind", "The artifact is of a kind that is not made this way.";
    NON_UNIQUE_BREED_REFERENCE = "NonUniqueBreedReferenceError", "Two services of a deployment have the same breed.";
    UNRESOLVED_VARIABLE_VALUE = "UnresolvedVariableValueError", "A variable of a breed that must be set is not.";
    UNAVAILABLE_GATEWAY_PORT = "UnavailableGatewayPortError", "The port of a gateway is in use.";
    NO_AVAILABLE_PORT = "NoAvailablePortError", "No port of the range is free.";
    INTERNAL_GATEWAY_CREATE = "InternalGatewayCreateError", "Gateways of clusters are made with their cluster only.";
    INTERNAL_GATEWAY_UPDATE = "InternalGatewayUpdateError", "Routes of a cluster's gateway come and go with its services only.";
    INTERNAL_GATEWAY_REMOVE = "InternalGatewayRemoveError", "Gateways of clusters go with their cluster only.";
    INVALID_ROUTE_WEIGHT = "InvalidRouteWeight", "A service that still has weight would be removed.";
    UNSUPPORTED_DEPLOYABLE = "UnsupportedDeployableType", "No driver runs deployables of this type.";
    INVALID_DEPLOYABLE = "InvalidDeployable", "A driver says that the service cannot work as it is defined.";
    INVALID_EXTERNAL_ADDRESS = "InvalidExternalAddress", "A route's external address is not of the form host:port.";
    GATEWAY_CYCLE = "GatewayCycleError", "Gateways that lead to one another in a circle.";
    REFUSED_BY_HAPROXY = "RefusedByHAProxy", "HAProxy would not load a configuration with this.";
    EVENT_WITHOUT_TAGS = "NoTagEventError", "An event has no tags.";
    EVENT_TYPE = "EventTypeError", "An event's type has characters that it may not have.";
    NOT_STORABLE = "NotStorable", "The store does not take it: too large, or no name.";
}
