//! Texts to read, what they are made of, and what HAProxy says of them.

use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Configurations as people write them.
pub(crate) const TEXTS: &[&str] = &[
    "global\n    daemon\n    maxconn 256 # many\n\ndefaults\n    mode http\n    timeout connect 5000ms\n",
    "frontend web from base\n\tbind :80,:443 ssl crt \"/etc/a b.pem\" alpn h2\n\tacl a path_beg -i /x\n\tuse_backend b if a or { path / }\n\tdefault_backend b\n",
    "backend b\r\n  balance roundrobin\r\n  cookie S insert indirect\r\n  server s1 10.0.0.1:80 weight 10 check # c\r\n  server 's 2' 10.0.0.2:80 cookie s2\r\n",
    ".if defined(X) && streq(\"$X\",yes)\nlisten l\n  bind \"fd@${FD-3}\"\n  .if !feature(Y)\n    no option httplog\n  .else\n    .alert \"not so\"\n  .endif\n.elif version_atleast(2.4)\n.endif\n",
    "frontend f\n http-request set-path '%[path,regsub(\"^/(here)(/|$)\",\"my/\\1\",g)]'\n log-format \"%{+Q}o %t\"' %s'\\ %{-Q}r\n http-request set-var(txn.foo) str(\\\\\\'foo\\\\\\')\n",
    "userlist u\n user a password $6$x.y/z\npeers p\n peer a 1.2.3.4:10\nresolvers r\n nameserver n 1.1.1.1:53\ncache c\n total-max-size 4\nring g\n size 1000\n",
];

/// Lines to put somewhere.
pub(crate) const LINES: &[&str] = &[
    "",
    "# c",
    "global",
    "backend b",
    "  server s 1.2.3.4:5",
    ".if 1",
    ".endif",
    ".else",
    "a \"b",
    "no x",
    "[s]",
    "\tx\\",
];

/// What means something to a parser.
pub(crate) const SOUP: &[&str] = &[
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\u{b}",
    "#",
    "\"",
    "'",
    "\\",
    "\\\\",
    "\\ ",
    "\\x41",
    "\\xg",
    "\\x00",
    "\\xff",
    "\\n",
    "$",
    "$X",
    "${",
    "${X}",
    "${X-",
    "${X[*]}",
    "}",
    "[",
    "]",
    "-",
    "a",
    "1",
    "é",
    "\u{feff}",
    "no ",
    "default ",
    "backend",
    "\nbackend b\n",
    "global",
    "\nserver s a:1 weight 1",
    " if ",
    ".if",
    "\n.if 1\n",
    "\n.else\n",
    "\n.endif\n",
    ".notice",
    "bind",
];

/// A configuration, parts of which were taken out, doubled, or replaced by what means something to a parser.
pub(crate) fn mutated(
    texts: &[&'static str],
    soup: &[&'static str],
) -> impl Strategy<Value = String> + use<> {
    let mutation = (any::<Index>(), 0_usize..12, select(soup.to_vec()));
    (select(texts.to_vec()), vec(mutation, 0..12)).prop_map(|(text, mutations)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (at, length, replacement) in mutations {
            let start = at.index(characters.len() + 1);
            let end = (start + length).min(characters.len());
            characters.splice(start..end, replacement.chars());
        }
        characters.into_iter().collect()
    })
}

/// Whether HAProxy finds nothing wrong. It answers 2 for a configuration in which nothing listens.
pub(crate) fn is_accepted(text: &str) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("haproxy.cfg");
    std::fs::write(&file, text).unwrap();
    let program = vamp_testkit::skip::find("haproxy").unwrap();
    let output = Command::new(program)
        .arg("-c")
        .arg("-f")
        .arg(&file)
        .output()
        .unwrap();
    matches!(output.status.code(), Some(0 | 2))
}
