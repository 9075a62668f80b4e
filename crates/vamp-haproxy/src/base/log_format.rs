//! The log lines: JSON objects whose keys and their order other programs know.
//!
//! `ft` is the name of the frontend. `%ft` adds a `~` to that of one with encrypted connections, and metrics would not find it: such a
//! frontend has `%f` in its place.

/// The form of a log line of an HTTP frontend, unquoted: section 8.2.4 of HAProxy's configuration manual.
#[must_use]
pub const fn http_log_format() -> &'static str {
    concat!(
        r#"{"ci":"%ci","cp":%cp,"t":"%t","ft":"%ft","b":"%b","s":"%s","#,
        r#""Tq":%Tq,"Tw":%Tw,"Tc":%Tc,"Tr":%Tr,"Tt":%Tt,"ST":%ST,"B":%B,"CC":"%CC","CS":"%CS","tsc":"%tsc","#,
        r#""ac":%ac,"fc":%fc,"bc":%bc,"sc":%sc,"rc":%rc,"sq":%sq,"bq":%bq,"hr":"%hr","hs":"%hs","r":%{+Q}r}"#,
    )
}

/// The form of a log line of a TCP frontend, unquoted.
#[must_use]
pub const fn tcp_log_format() -> &'static str {
    concat!(
        r#"{"ci":"%ci","cp":%cp,"t":"%t","ft":"%ft","b":"%b","s":"%s","Tw":%Tw,"Tc":%Tc,"Tt":%Tt,"B":%B,"ts":"%ts","#,
        r#""ac":%ac,"fc":%fc,"bc":%bc,"sc":%sc,"rc":%rc,"sq":%sq,"bq":%bq}"#,
    )
}
