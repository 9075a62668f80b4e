//! Where the API lives: one path for what callers write in several ways.

use axum::http::Uri;
use percent_encoding::percent_decode_str;

use crate::ApiOptions;

/// The path of the API.
pub(crate) const API: &str = "/api/v1";

/// The path below [`API`], with its leading slash, of a request for the API; nothing for any other.
///
/// Leading segments are dropped as set, repeated slashes and the namespace in front of `api` too, and one slash at the end.
pub(super) fn path<'u>(uri: &'u Uri, options: &ApiOptions) -> Option<&'u str> {
    let path = strip(uri.path(), options.strip_path_segments)?;
    let path = without_namespace(path, &options.namespace).unwrap_or(path);
    let below = path.trim_start_matches('/').strip_prefix("api/v1")?;
    match below {
        "" | "/" => Some(""),
        _ if below.starts_with('/') => Some(below.strip_suffix('/').unwrap_or(below)),
        _ => None,
    }
}

fn strip(mut path: &str, segments: usize) -> Option<&str> {
    for _ in 0..segments {
        let rest = path.strip_prefix('/')?;
        path = &rest[rest.find('/')?..];
    }
    Some(path)
}

/// The path behind the namespace, if the API follows it.
fn without_namespace<'p>(path: &'p str, namespace: &str) -> Option<&'p str> {
    let (first, _) = path.trim_start_matches('/').split_once('/')?;
    if percent_decode_str(first).decode_utf8().ok()? != namespace {
        return None;
    }
    let rest = &path.trim_start_matches('/')[first.len()..];
    let next = rest.trim_start_matches('/').strip_prefix("api/v1")?;
    (next.is_empty() || next.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(uri: &str, strip_path_segments: usize, namespace: &str) -> Option<String> {
        let options = ApiOptions {
            strip_path_segments,
            namespace: namespace.to_owned(),
            ..ApiOptions::default()
        };
        path(&uri.parse().unwrap(), &options).map(str::to_owned)
    }

    #[test]
    fn the_api_is_found_below_its_namespace_and_behind_what_is_stripped() {
        for (uri, segments, wanted) in [
            ("/api/v1/info", 0, Some("/info")),
            ("/api/v1/info/?on=jvm", 0, Some("/info")),
            ("/api/v1", 0, Some("")),
            ("/api/v1/", 0, Some("")),
            ("//api/v1/info", 0, Some("/info")),
            ("/lab/api/v1/info", 0, Some("/info")),
            ("//lab//api/v1/info", 0, Some("/info")),
            ("/l%61b/api/v1/info", 0, Some("/info")),
            ("/other/api/v1/info", 0, None),
            ("/lab/lab/api/v1/info", 0, None),
            ("/lab/info", 0, None),
            ("/api/v12/info", 0, None),
            ("/info", 0, None),
            ("/", 0, None),
            ("/x/y/api/v1/info", 2, Some("/info")),
            ("/x/y/lab/api/v1/info", 2, Some("/info")),
            ("/api/v1/info", 2, None),
            ("/x", 2, None),
            ("/api/v1/gateways/a/b%2F/", 0, Some("/gateways/a/b%2F")),
        ] {
            assert_eq!(found(uri, segments, "lab").as_deref(), wanted, "{uri}");
        }
        assert_eq!(found("/api/api/v1/info", 0, "api").as_deref(), Some("/info"));
        assert_eq!(found("/api/v1/info", 0, "api").as_deref(), Some("/info"));
    }
}
