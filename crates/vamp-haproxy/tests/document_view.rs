//! What the typed view says of sections.

use vamp_haproxy::Document;
use vamp_haproxy::document::view::Condition;
use vamp_haproxy::document::{Prefix, SectionKind};

const TEXT: &str = r#"
frontend web
    bind :80,:443 ssl crt "/etc/a b.pem" alpn h2,http/1.1 name ssl
    bind unix@/run/x accept-proxy
    mode http
    acl is_api path_beg -i /api "/v 1" # ours
    acl is_old hdr(Host) old.example.com
    http-request set-header X-If "if" if is_api !is_old
    http-request deny unless is_api
    http-request set-path %[path,regsub(a,b)]
    use_backend api if is_api or { path / }
    use_backend %[req.hdr(x)]
    default_backend first
    default_backend second
    option httplog
    no option dontlognull
    option redispatch 1
    timeout client 30s
    timeout http-keep-alive 500

backend api
    balance roundrobin
    balance hdr(Host) use_domain_only
    cookie SRV insert indirect nocache
    default-server inter 2s fall 3
    server one 10.0.0.1:80 cookie weight weight 30 check
    server 'two' unix@/run/two weight 10 no-check check weight "$W"
    server three 10.0.0.3:80 source 10.0.0.9 track check
    server broken
    no server four 10.0.0.4:80
"#;

#[test]
fn frontends_show_their_binds_tests_and_rules() {
    let document = Document::parse(TEXT);
    let web = document.section(SectionKind::Frontend, "web").unwrap();
    let binds: Vec<_> = web.binds().collect();
    assert_eq!(binds.len(), 2);
    assert_eq!(
        (binds[0].line().number(), binds[0].address().written()),
        (3, ":80,:443")
    );
    assert_eq!(
        binds[0].parameter("crt").unwrap().value().unwrap().text(),
        "/etc/a b.pem"
    );
    assert_eq!(binds[0].parameter("name").unwrap().value().unwrap().text(), "ssl");
    let names: Vec<_> = binds[0]
        .parameters()
        .map(|parameter| parameter.name().text())
        .collect();
    assert_eq!(names, ["ssl", "crt", "alpn", "name"]);
    assert!(binds[1].parameter("accept-proxy").unwrap().value().is_none());

    let acls: Vec<_> = web
        .acls()
        .map(|acl| (acl.name().text(), acl.definition()))
        .collect();
    assert_eq!(acls[0], ("is_api".into(), "path_beg -i /api \"/v 1\""));
    assert_eq!(acls[1], ("is_old".into(), "hdr(Host) old.example.com"));

    let condition = |unless, text| Some(Condition { unless, text });
    let rules: Vec<_> = web
        .http_requests()
        .map(|rule| {
            let arguments: Vec<_> = rule.arguments().map(|word| word.written()).collect();
            (rule.action().written(), arguments, rule.condition())
        })
        .collect();
    assert_eq!(
        rules[0],
        (
            "set-header",
            vec!["X-If", "\"if\""],
            condition(false, "is_api !is_old")
        )
    );
    assert_eq!(rules[1], ("deny", vec![], condition(true, "is_api")));
    assert_eq!(rules[2], ("set-path", vec!["%[path,regsub(a,b)]"], None));

    let uses: Vec<_> = web
        .use_backends()
        .map(|found| (found.backend().written(), found.condition()))
        .collect();
    assert_eq!(uses[0], ("api", condition(false, "is_api or { path / }")));
    assert_eq!(uses[1], ("%[req.hdr(x)]", None));
    assert_eq!(web.default_backend().unwrap().backend().written(), "second");

    let options: Vec<_> = web
        .options()
        .map(|option| {
            (
                option.prefix(),
                option.name().written(),
                option.parameters().count(),
            )
        })
        .collect();
    let expected = [
        (None, "httplog", 0),
        (Some(Prefix::No), "dontlognull", 0),
        (None, "redispatch", 1),
    ];
    assert_eq!(options, expected);
    let timeouts: Vec<_> = web
        .timeouts()
        .map(|found| (found.name().written(), found.value().written()))
        .collect();
    assert_eq!(timeouts, [("client", "30s"), ("http-keep-alive", "500")]);
}

#[test]
fn backends_show_their_servers() {
    let document = Document::parse(TEXT);
    let api = document.section(SectionKind::Backend, "api").unwrap();
    assert_eq!(api.balance().unwrap().algorithm().written(), "hdr(Host)");
    assert_eq!(api.balance().unwrap().parameters().count(), 1);
    let cookie = api.cookie().unwrap();
    let parameters: Vec<_> = cookie.parameters().map(|word| word.written()).collect();
    assert_eq!(
        (cookie.name().written(), parameters),
        ("SRV", vec!["insert", "indirect", "nocache"])
    );
    assert_eq!(api.default_servers().next().unwrap().parameters().count(), 2);
    let servers: Vec<_> = api
        .servers()
        .map(|server| {
            let cookie = server.cookie().map(|cookie| cookie.written());
            (server.name().text(), server.weight(), cookie, server.is_checked())
        })
        .collect();
    let expected = [
        // The words after a name are its value, whatever they look like.
        ("one".into(), Some(30), Some("weight"), true),
        ("two".into(), None, None, true),
        ("three".into(), None, None, false),
    ];
    assert_eq!(servers, expected);
    let one = api.servers().next().unwrap();
    let weight = one.parameter("weight").unwrap();
    assert_eq!((one.address().written(), weight.word()), ("10.0.0.1:80", 5));
}
