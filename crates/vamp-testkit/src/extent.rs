//! How far a test goes: as far as fits into every run, or the full counts of `cargo xtask soak`.

/// The environment variable that asks for full counts, when it is set to anything but `0` or nothing; `cargo xtask soak` sets it.
pub const SOAK: &str = "VAMP_SOAK";

/// `full` in a soak, else `normal`.
///
/// ```
/// let reloads = vamp_testkit::extent::pick(8, 200);
/// # assert!(reloads == 8 || reloads == 200);
/// ```
#[must_use]
pub fn pick<T>(normal: T, full: T) -> T {
    if is_soak() { full } else { normal }
}

/// True in a soak.
#[must_use]
pub fn is_soak() -> bool {
    std::env::var_os(SOAK).is_some_and(|value| !value.is_empty() && value != "0")
}
