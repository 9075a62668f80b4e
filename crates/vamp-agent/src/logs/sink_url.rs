//! Sinks as addresses.

use std::path::PathBuf;
use std::time::Duration;

use super::config::{Format, SinkConfig, Target};
use super::index::IndexName;
use crate::error::{Error, ErrorKind, Result};

/// Default size of a file.
const FILE_BYTES: u64 = 100 * 1024 * 1024;

/// Default number of files that were full.
const FILES_KEPT: usize = 2;

pub(super) fn parse(url: &str) -> Result<SinkConfig> {
    let wrong =
        |reason: String| Error::new(ErrorKind::Configuration, "use the log sink", masked(url), reason);
    let (scheme, rest) = url
        .split_once(':')
        .ok_or_else(|| wrong("it has no scheme, as in udp://host:port".to_owned()))?;
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = place.strip_prefix("//").unwrap_or(place);
    let mut keys = Keys::read(query).map_err(&wrong)?;
    let target = match scheme {
        "udp" => Target::Udp {
            address: address(place).map_err(&wrong)?,
        },
        "tcp" => Target::Tcp {
            address: address(place).map_err(&wrong)?,
        },
        "file" => Target::File {
            path: path(place).map_err(&wrong)?,
            most_bytes: keys
                .taken("max-size", size)
                .map_err(&wrong)?
                .unwrap_or(FILE_BYTES),
            keep: keys.taken("keep", count).map_err(&wrong)?.unwrap_or(FILES_KEPT),
        },
        "http" | "https" => elasticsearch(scheme, place).map_err(&wrong)?,
        "vamp+http" | "vamp+https" => {
            let server = format!("{}://{place}", scheme.trim_start_matches("vamp+"));
            server_of(&server).map_err(&wrong)?;
            Target::Events { url: server }
        }
        "stdout" if place.is_empty() => Target::Stdout,
        _ => {
            return Err(wrong(
                "there are udp://, tcp://, http:// and https:// (of Elasticsearch), vamp+http://, vamp+https://, file:// and stdout:".to_owned(),
            ));
        }
    };
    let mut sink = SinkConfig::new(target);
    // Documents have one form.
    let has_format = !matches!(sink.target, Target::Elasticsearch { .. } | Target::Events { .. });
    if has_format && let Some(format) = keys.taken("format", format).map_err(&wrong)? {
        sink.format = format;
    }
    if let Some(patience) = keys.taken("timeout", seconds).map_err(&wrong)? {
        sink.patience = patience;
    }
    keys.finish().map_err(&wrong)?;
    Ok(sink)
}

/// The address without user and password. What stands before any `@` may be a password that was not encoded.
pub(super) fn masked(url: &str) -> String {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    match rest.rsplit_once('@') {
        Some((_, rest)) => format!("{scheme}://***@{rest}"),
        None => url.to_owned(),
    }
}

/// What stands behind the question mark and is not read yet.
struct Keys<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Keys<'a> {
    fn read(query: &'a str) -> Result<Self, String> {
        let mut keys: Vec<(&str, &str)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("the key '{pair}' has no value"))?;
            if keys.iter().any(|(known, _)| *known == key) {
                return Err(format!("the key '{key}' stands there twice"));
            }
            keys.push((key, value));
        }
        Ok(Self(keys))
    }

    fn taken<T>(&mut self, name: &str, read: fn(&str) -> Option<T>) -> Result<Option<T>, String> {
        let Some(at) = self.0.iter().position(|(key, _)| *key == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.remove(at);
        match read(value) {
            Some(value) => Ok(Some(value)),
            None => Err(format!("the key '{name}' cannot be '{value}'")),
        }
    }

    fn finish(self) -> Result<(), String> {
        match self.0.first() {
            Some((key, _)) => Err(format!("the key '{key}' is unknown here")),
            None => Ok(()),
        }
    }
}

fn address(text: &str) -> Result<String, String> {
    let valid = text
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0));
    if valid {
        Ok(text.to_owned())
    } else {
        Err(format!("'{text}' is no host and port"))
    }
}

/// The last part of the path is the index.
fn elasticsearch(scheme: &str, place: &str) -> Result<Target, String> {
    let (server, index) = place.rsplit_once('/').unwrap_or((place, ""));
    let url = server_of(&format!("{scheme}://{server}"))?;
    let index = match index {
        "" => IndexName::of_agents(""),
        name => IndexName::parse(name).ok_or_else(|| format!("'{name}' is no name of an index"))?,
    };
    Ok(Target::Elasticsearch { url, index })
}

fn server_of(text: &str) -> Result<reqwest::Url, String> {
    let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no host".to_owned());
    }
    Ok(url)
}

fn path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_absolute() && path.file_name().is_some() {
        Ok(path)
    } else {
        Err(format!("'{text}' is no absolute path of a file"))
    }
}

fn format(text: &str) -> Option<Format> {
    match text {
        "raw" => Some(Format::Raw),
        "message" => Some(Format::Message),
        "json" => Some(Format::Json),
        _ => None,
    }
}

fn count(text: &str) -> Option<usize> {
    text.parse().ok()
}

fn seconds(text: &str) -> Option<Duration> {
    let seconds: u64 = text.strip_suffix('s').unwrap_or(text).parse().ok()?;
    (1..=3600)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

/// Reads a number of bytes: `4096`, `64k`, `100M`, `2G`, in powers of 1024, with `iB` or `B` behind it or not; never 0.
#[must_use]
pub fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(digits)?;
    let power = match unit.trim_end_matches(['B', 'b']).trim_end_matches('i') {
        "" => 0,
        "k" | "K" => 1,
        "m" | "M" => 2,
        "g" | "G" => 3,
        _ => return None,
    };
    let bytes = number.parse::<u64>().ok()?.checked_mul(1024_u64.pow(power))?;
    (bytes > 0).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sinks_are_read_from_their_addresses() {
        let udp = parse("udp://logstash:10001").unwrap();
        assert_eq!(
            (udp.format, udp.name().as_str()),
            (Format::Raw, "udp://logstash:10001")
        );
        assert_eq!(parse("udp://a:1?format=json").unwrap().format, Format::Json);
        assert_eq!(parse("tcp://[::1]:5000").unwrap().format, Format::Json);
        let elasticsearch = parse("https://joe:secret@es:9200/logstash-%{+YYYY.MM.dd}").unwrap();
        assert_eq!(elasticsearch.name(), "https://es:9200/logstash-%{+YYYY.MM.dd}");
        let usual = parse("http://es:9200").unwrap();
        assert_eq!(usual.name(), "http://es:9200/vamp-vga-%{+yyyy-MM-dd}");
        assert_eq!(
            parse("vamp+http://vamp:8080").unwrap().name(),
            "vamp+http://vamp:8080"
        );
        assert_eq!(parse("stdout:").unwrap().target, Target::Stdout);
        let file = parse("file:///var/log/haproxy.log?max-size=2M&keep=5").unwrap();
        let expected = Target::File {
            path: "/var/log/haproxy.log".into(),
            most_bytes: 2 << 20,
            keep: 5,
        };
        assert_eq!(file.target, expected);
    }

    #[test]
    fn what_a_sink_does_not_know_is_named() {
        for (url, reason) in [
            ("udp://a:1?fromat=json", "the key 'fromat' is unknown here"),
            ("udp://a:1?keep=1", "the key 'keep' is unknown here"),
            ("udp://a:1?format=xml", "the key 'format' cannot be 'xml'"),
            (
                "udp://a:1?format=raw&format=raw",
                "the key 'format' stands there twice",
            ),
            ("udp://a:1?format", "the key 'format' has no value"),
            ("udp://a", "'a' is no host and port"),
            ("file://logs/x", "'logs/x' is no absolute path of a file"),
            ("file:///x?max-size=0", "the key 'max-size' cannot be '0'"),
            ("kafka://a:1", "there are udp://, tcp://, http://"),
            ("http://es:9200/Lines", "'Lines' is no name of an index"),
            ("http://es:9200?format=raw", "the key 'format' is unknown here"),
            ("logstash", "it has no scheme"),
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains(url), "{url}: {error}");
        }
    }

    #[test]
    fn no_password_is_told() {
        let error = parse("http://joe:secret@es:9200/x?y=1").unwrap_err().to_string();
        assert!(
            error.contains("http://***@es:9200/x?y=1") && !error.contains("secret"),
            "{error}"
        );
    }

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in [
            ("4096", Some(4096)),
            ("64k", Some(65_536)),
            ("24MiB", Some(24 << 20)),
            ("1GB", Some(1 << 30)),
            ("0", None),
            ("M", None),
            ("1T", None),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
    }
}
