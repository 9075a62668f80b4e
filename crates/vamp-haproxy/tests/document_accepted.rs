//! HAProxy and a document agree on what is no configuration.

mod support;

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use support::configurations::{is_accepted, mutated};
use vamp_haproxy::Document;
use vamp_haproxy::document::Severity;
use vamp_testkit::{extent::pick, skip};

/// A configuration that HAProxy accepts, with something of everything.
const TEXT: &str = r#"global # settings
    maxconn 100
    no busy-polling

defaults base
	mode http
	timeout connect 5s
	timeout client "${CLIENT-5s}"
	timeout server 5s
	option httplog
	no option dontlognull

frontend web from base
  acl is_api path_beg -i /api '/v 1' # ours
  http-request set-header X-A "a \"b\" \\ \x41" if is_api
  use_backend api if is_api or { path / }
  default_backend api
.if defined(NO_SUCH_THING)
  bind :1
.elif streq("$A",b)
  .notice "a b"
.else
  log-format %{+Q}o\ %t
.endif
backend api
  balance roundrobin
  cookie S insert
  server s1 127.0.0.1:80 weight 10 cookie s1 check
userlist u
  user a insecure-password b
cache c
  total-max-size 4
"#;

/// What changes the words of a line, and asks for no names on the network.
const SOUP: &[&str] = &[
    "",
    "",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "#",
    "\"",
    "'",
    "\\",
    "\\x41",
    "$",
    "${A",
    "}",
    "[",
    "no ",
    "\n.if 0\n",
    "\n.endif\n",
    "\n.else\n",
    "backend ",
    "\nbackend\n",
    "\nglobal\n",
    " a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a",
    ".",
];

#[test]
fn haproxy_accepts_nothing_that_has_a_problem() {
    if skip::without("haproxy") {
        return;
    }
    assert!(is_accepted(TEXT));
    assert_eq!(Document::parse(TEXT).problems(), []);
    let texts = mutated(&[TEXT], SOUP);
    let mut runner = TestRunner::deterministic();
    let mut with_problems = 0;
    for _ in 0..pick(300, 20_000) {
        let text = texts.new_tree(&mut runner).unwrap().current();
        let problems = Document::parse(text.as_str()).problems();
        let refused = problems
            .iter()
            .find(|problem| problem.severity == Severity::Refused);
        if let Some(problem) = refused {
            with_problems += 1;
            assert!(!is_accepted(&text), "{problem}\n{text}");
        }
    }
    assert!(with_problems > 50, "{with_problems}");
}
