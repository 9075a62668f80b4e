/// An argument of the container runtime: `privileged: true`, `hostname: web`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Argument {
    /// The name of the parameter.
    pub key: String,
    /// Its value, as text.
    pub value: String,
}

impl Argument {
    /// The key that asks for privileged mode; its value is `true` or `false` in any case.
    pub const PRIVILEGED: &'static str = "privileged";

    /// Whether the arguments ask for privileged mode: the first one of that key counts.
    #[must_use]
    pub fn asks_for_privileges(arguments: &[Self]) -> bool {
        arguments
            .iter()
            .find(|argument| argument.key == Self::PRIVILEGED)
            .is_some_and(|argument| argument.value.eq_ignore_ascii_case("true"))
    }
}
