//! The host names that a configuration knows.

use std::collections::HashSet;
use std::net::Ipv4Addr;

use memchr::memmem::Finder;
use vamp_model::VirtualHost;

use crate::Document;
use crate::document::{Line, Token};

/// The fetches that give the header `Host` of a request (configuration manual, section 7.3.6).
const FETCHES: [&str; 3] = ["hdr", "req.hdr", "req.fhdr"];

/// The converters that leave a host name what it is, or take the port off (section 7.3.1).
const CONVERTERS: [&str; 4] = ["lower", "field(1,:)", "word(1,:)", "host_only"];

/// The host names with which a configuration compares the header `Host` as a whole: those of virtual hosts, and of conditions that name
/// a host. In lower case, without port and without the dot at the end, each once.
///
/// Read are `acl` lines and tests in braces whose criterion is `hdr(host)`, `req.hdr(host)` or `req.fhdr(host)`, with nothing behind it but
/// converters that take the port off or make letters small; several values in one test are several names. A test that is negated counts,
/// too, and so does a line of a conditional block, whether its condition holds or not. Not read are tests for a part of the host
/// (`hdr_end(host)`, `-m beg`), files of values (`-f`) and maps. Values that are no host names, and addresses, are left out.
///
/// ```
/// use vamp_haproxy::{Document, hosts};
///
/// let text = "\
/// frontend web
///   acl shop hdr(host),field(1,:) -i Shop.example.org www.example.org:8080
///   use_backend pay if { req.hdr(host) -i pay.example.org }
///   use_backend all if { hdr_end(host) -i .example.com }
/// ";
/// let mut names: Vec<String> = hosts(&Document::parse(text)).into_iter().collect();
/// names.sort();
/// assert_eq!(names, ["pay.example.org", "shop.example.org", "www.example.org"]);
/// ```
#[must_use]
pub fn hosts(configuration: &Document) -> HashSet<String> {
    // What all fetches have in common: of most configurations few lines have it.
    let fetch = Finder::new("hdr(");
    let mut found = HashSet::new();
    for line in configuration.lines() {
        if fetch.find(line.text().as_bytes()).is_some() {
            add_hosts_of(line, &mut found);
        }
    }
    found
}

fn add_hosts_of(line: Line<'_>, found: &mut HashSet<String>) {
    let is_acl = line
        .keyword()
        .is_some_and(|keyword| keyword.prefix.is_none() && keyword.token.is("acl"));
    if is_acl {
        // The first argument is the name of the test.
        add_values(line.arguments().skip(1), found);
        return;
    }
    let mut words = line.arguments();
    while words.by_ref().any(|word| opens_test(&word)) {
        add_values(words.by_ref().take_while(|word| !word.is("}")), found);
    }
}

/// Whether a test in braces begins, negated or not.
fn opens_test(word: &Token<'_>) -> bool {
    word.text().trim_start_matches('!') == "{"
}

/// The hosts among the values of a test: criterion, flags, values.
fn add_values<'d>(mut test: impl Iterator<Item = Token<'d>>, found: &mut HashSet<String>) {
    let criterion = test.next();
    let is_about_host = criterion.is_some_and(|criterion| gives_host(&criterion.text()));
    if !is_about_host {
        // A test in braces is read to its end all the same.
        test.for_each(drop);
        return;
    }
    let mut flags_are_over = false;
    while let Some(word) = test.next() {
        let text = word.text();
        match &*text {
            _ if flags_are_over => found.extend(host_name(&text)),
            "--" => flags_are_over = true,
            "-i" | "-n" | "-M" => {}
            // Their argument is no value.
            "-f" | "-u" => drop(test.next()),
            "-m" => {
                if !test.next().is_some_and(|method| method.is("str")) {
                    test.for_each(drop);
                    return;
                }
            }
            _ => {
                flags_are_over = true;
                found.extend(host_name(&text));
            }
        }
    }
}

/// Whether a criterion is the whole host of a request, with its port or without.
fn gives_host(criterion: &str) -> bool {
    let Some((fetch, rest)) = criterion.split_once('(') else {
        return false;
    };
    let Some((arguments, converters)) = rest.split_once(')') else {
        return false;
    };
    // Behind the name may stand which of several headers is meant.
    let header = arguments.split(',').next().unwrap_or_default();
    FETCHES.contains(&fetch) && header.trim().eq_ignore_ascii_case("host") && keep_host(converters)
}

/// Whether these converters, with a comma before each, keep a host name what it is.
fn keep_host(mut converters: &str) -> bool {
    while !converters.is_empty() {
        let Some(next) = converters.strip_prefix(',') else {
            return false;
        };
        let Some(rest) = CONVERTERS.iter().find_map(|known| next.strip_prefix(known)) else {
            return false;
        };
        converters = rest;
    }
    true
}

/// A value as a host name, if it is one.
fn host_name(value: &str) -> Option<String> {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit());
    let host = match value.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => value,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_name = host.parse::<VirtualHost>().is_ok() && host.parse::<Ipv4Addr>().is_err();
    is_name.then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{GenerateOptions, generate};

    fn found(text: &str) -> Vec<String> {
        let names: BTreeSet<String> = hosts(&Document::parse(text)).into_iter().collect();
        names.into_iter().collect()
    }

    #[test]
    fn a_host_that_is_compared_as_a_whole_is_known() {
        for test in [
            "acl x hdr(host),field(1,:) -i shop.vamp",
            "acl x hdr(host) -i shop.vamp",
            "acl x hdr(Host) -i SHOP.vamp",
            "acl x req.hdr(host) shop.vamp.",
            "acl x req.fhdr(host,1),host_only,lower -m str -i shop.vamp",
            "acl x \"hdr(host)\" -i 'shop.vamp' # the shop",
            "acl x hdr(host),word(1,:) -u 7 -n -i -- shop.vamp",
            "acl x hdr(host) -i shop.vamp:8080",
            "use_backend b if { hdr(host) -i shop.vamp }",
            "use_backend b if a !{ hdr(host) -i shop.vamp } or c",
            "http-request deny unless { req.hdr(host) -i shop.vamp } { src 10.0.0.0/8 }",
            "use_backend b if { path /x } { hdr(host) -i shop.vamp }",
        ] {
            assert_eq!(found(&format!("frontend f\n  {test}\n")), ["shop.vamp"], "{test}");
        }
    }

    #[test]
    fn several_values_and_several_tests_of_a_line_are_several_names() {
        let text = "frontend f\n acl x hdr(host) -i b.vamp a.vamp B.vamp\n\
                    use_backend y if { hdr(host) -i c.vamp d.vamp } or { hdr(host) -i e.vamp }\n";
        assert_eq!(found(text), ["a.vamp", "b.vamp", "c.vamp", "d.vamp", "e.vamp"]);
    }

    #[test]
    fn what_is_no_host_or_not_compared_as_a_whole_is_not_known() {
        for test in [
            "acl x hdr(user-agent) -i shop.vamp",
            "acl x hdr_end(host) -i shop.vamp",
            "acl x hdr_dom(host) -i shop.vamp",
            "acl x hdr(host) -i -m end shop.vamp",
            "acl x hdr(host),map(/etc/hosts.map) -i shop.vamp",
            "acl x hdr(host),field(2,:) -i shop.vamp",
            "acl x hdr(host),lowerish -i shop.vamp",
            "acl x hdr(host) -i -f shop.vamp",
            "acl x hdr(host) -m found",
            "acl hdr(host) path -i shop.vamp",
            "no acl x hdr(host) -i shop.vamp",
            "acl x res.hdr(host) -i shop.vamp",
            "acl x hdr(host) -i *.vamp -shop.vamp a..vamp [::1]:80 10.0.0.1 10.0.0.1:80 b\\ c \"${HOST}\"",
            "# acl x hdr(host) -i shop.vamp",
            "use_backend hdr(host) if shop.vamp",
            "use_backend b if { hdr(cookie) -i shop.vamp }",
        ] {
            assert_eq!(found(&format!("frontend f\n  {test}\n")), [""; 0], "{test}");
        }
    }

    #[test]
    fn the_virtual_hosts_of_gateways_are_known() {
        let mut gateway = vamp_model::Gateway::new("shop".parse().unwrap());
        gateway.port = Some(vamp_model::Port::new(9050, vamp_model::PortKind::Http));
        gateway.virtual_hosts = ["Shop.vamp", "www.example.org"]
            .map(|host| host.parse().unwrap())
            .into();
        let generated = generate(&[gateway], &GenerateOptions::new("/run/vamp")).unwrap();
        let names = hosts(&Document::from(&generated.config));
        assert_eq!(names, ["shop.vamp", "www.example.org"].map(str::to_owned).into());
    }

    #[test]
    fn a_test_in_braces_ends_at_its_brace() {
        let text =
            "frontend f\n use_backend b if { hdr_beg(host) -m beg a.vamp } { hdr(host) -i b.vamp } c.vamp\n";
        assert_eq!(found(text), ["b.vamp"]);
    }
}
