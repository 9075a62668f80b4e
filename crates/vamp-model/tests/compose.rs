//! Files of Docker Compose as blueprints.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use vamp_model::compose::{self, Import};
use vamp_model::{Blueprint, Breed, Format, PortKind, Problem, Reference, code, read};

fn import(text: &str) -> Import {
    let import = compose::import(&"shop".parse().unwrap(), text).unwrap();
    // Whatever is made of a file reads as the same blueprint.
    let again: Blueprint = read(&import.to_string(), Format::Yaml).unwrap();
    assert_eq!(again, import.blueprint, "{import}");
    import
}

fn refused(text: &str) -> Problem {
    let problems = compose::import(&"shop".parse().unwrap(), text).unwrap_err();
    problems.first().clone()
}

fn breed<'i>(import: &'i Import, cluster: &str) -> &'i Breed {
    let services = &import.blueprint.clusters[cluster].services;
    assert_eq!(services.len(), 1);
    services[0].breed.inline().unwrap()
}

fn value(breed: &Breed, variable: &str) -> Option<String> {
    breed.environment_variables[variable].value.clone()
}

#[test]
fn each_service_becomes_a_cluster_of_one_breed() {
    let text = "
version: '2'
services:
  front:
    image: acme/front:7
    command: serve --port 80
    environment: [MODE=fast, 'LIST=a=b', EMPTY=, OPEN]
  worker: {image: acme/worker, command: [run, --all, 3]}
  store: {image: 'registry.example.org:5000/redis'}
";
    let import = import(text);
    let clusters: Vec<&str> = import
        .blueprint
        .clusters
        .keys()
        .map(|name| name.as_str())
        .collect();
    // S01-248: a cluster for each service, each with the one inline breed `service:1.0.0`.
    assert_eq!(clusters, ["front", "worker", "store"]);
    for (cluster, image) in [
        ("front", "acme/front:7"),
        ("worker", "acme/worker"),
        ("store", "registry.example.org:5000/redis"),
    ] {
        let breed = breed(&import, cluster);
        assert_eq!(breed.name.as_str(), format!("{cluster}:1.0.0"));
        assert_eq!(breed.deployable.kind.as_deref(), Some("container/docker"));
        assert_eq!(breed.deployable.definition, image);
    }
    let front = breed(&import, "front");
    let names: Vec<&str> = front
        .environment_variables
        .keys()
        .map(|name| name.as_str())
        .collect();
    // S01-248: variables of a list in its order; a value is what follows the first `=`, and a name alone is open.
    assert_eq!(names, ["MODE", "LIST", "EMPTY", "OPEN"]);
    let values: Vec<Option<String>> = names.iter().map(|name| value(front, name)).collect();
    assert_eq!(
        values,
        [Some("fast".into()), Some("a=b".into()), Some(String::new()), None]
    );
    let command = |cluster: &str| {
        import.blueprint.clusters[cluster].services[0]
            .dialects
            .get("docker")
            .cloned()
    };
    // S01-248: a command is the dialect of Docker; the words of a list are joined.
    assert_eq!(command("front"), Some("serve --port 80".into()));
    assert_eq!(command("worker"), Some("run --all 3".into()));
    assert_eq!(command("store"), None);
    assert_eq!(import.comments, ["Compose version: 2."]);
    assert!(
        import
            .to_string()
            .starts_with("# Compose version: 2.\n\nname: shop\n")
    );
}

#[test]
fn a_file_without_version_says_so() {
    let import = import("services: {a: {image: x}}");
    assert_eq!(import.comments, ["Compose version: undefined."]);
}

#[test]
fn ports_are_those_inside_the_container() {
    let cases = [
        // S01-249: of two numbers the second counts, and it speaks HTTP.
        ("'80:8079'", "port_8079", 8079, PortKind::Http, "8079"),
        // S01-252: alone, in ranges, with a host port, with an address, with a type.
        ("'3000'", "port_3000", 3000, PortKind::Http, "3000"),
        ("3000-3005", "port_3000", 3000, PortKind::Http, "3000"),
        ("'8000:8000'", "port_8000", 8000, PortKind::Http, "8000"),
        ("9090-9091:8080-8081", "port_8080", 8080, PortKind::Http, "8080"),
        ("'49100:22'", "port_22", 22, PortKind::Http, "22"),
        ("127.0.0.1:8001:8001", "port_8001", 8001, PortKind::Http, "8001"),
        (
            "127.0.0.1:5000-5010:5000-5010",
            "port_5000",
            5000,
            PortKind::Http,
            "5000",
        ),
        ("6060:6060/tcp", "port_6060", 6060, PortKind::Tcp, "6060/tcp"),
        ("6060/HTTP", "port_6060", 6060, PortKind::Http, "6060"),
        // Without quotes these are numbers of YAML, the second one of base 60.
        ("3000", "port_3000", 3000, PortKind::Http, "3000"),
        ("22:55", "port_55", 55, PortKind::Http, "55"),
        (
            "{target: 53, published: 5353, protocol: tcp}",
            "port_53",
            53,
            PortKind::Tcp,
            "53/tcp",
        ),
    ];
    for (written, name, number, kind, printed) in cases {
        let import = import(&format!("services: {{a: {{image: x, ports: [{written}]}}}}"));
        let breed = breed(&import, "a");
        assert_eq!(breed.ports.len(), 1, "{written}");
        let port = &breed.ports[name];
        assert_eq!(
            (port.number(), port.kind(), port.to_string().as_str()),
            (number, kind, printed),
            "{written}"
        );
        assert!(import.to_string().contains(printed), "{written}");
    }
}

#[test]
fn what_is_left_out_of_a_port_is_told() {
    let import = import(
        "services: {a: {image: x, ports: ['3000', '8000:80', '127.0.0.1:81:81', '90-95', {target: 7, published: 8}]}}",
    );
    assert_eq!(
        import.comments[1..],
        [
            "Port 8000:80 of service a: host port 8000 is ignored.",
            "Port 127.0.0.1:81:81 of service a: address 127.0.0.1 and host port 81 are ignored.",
            "Port 90-95 of service a: only 90 is used, the range up to 95 is ignored.",
            "Unsupported field a.ports.published: 8",
        ]
    );
}

#[test]
fn a_variable_that_names_a_service_becomes_a_reference() {
    let text = "
services:
  shop:
    image: acme/shop
    depends_on: [user-db, cache]
    environment: ['DB=user-db:27017', 'CACHE=cache:6379', 'URL=http://user-db:27017', 'OWN=shop:80', 'OTHER=nobody:1']
  user-db: {image: mongo}
  cache: {image: redis, ports: ['6379/tcp']}
";
    let import = import(text);
    let shop = breed(&import, "shop");
    // S01-250: the value refers to host and port of the service that it names.
    assert_eq!(
        value(shop, "DB").unwrap(),
        "$user-db.host:$user-db.ports.port_27017"
    );
    assert_eq!(
        value(shop, "CACHE").unwrap(),
        "$cache.host:$cache.ports.port_6379"
    );
    // Only a whole value is a link, and none to itself or to what the file does not have.
    assert_eq!(value(shop, "URL").unwrap(), "http://user-db:27017");
    assert_eq!(value(shop, "OWN").unwrap(), "shop:80");
    assert_eq!(value(shop, "OTHER").unwrap(), "nobody:1");
    let dependencies: Vec<(&str, &Reference<Breed>)> = shop
        .dependencies
        .iter()
        .map(|(alias, breed)| (alias.as_str(), breed))
        .collect();
    let named = |name: &str| Reference::Named(name.parse().unwrap());
    // S01-250: the service needs the breeds that it links to, each once whatever `depends_on` says.
    assert_eq!(
        dependencies,
        [
            ("user-db", &named("user-db:1.0.0")),
            ("cache", &named("cache:1.0.0"))
        ]
    );
    let ports = |cluster: &str| -> Vec<String> {
        let ports = breed(&import, cluster).ports.iter();
        ports.map(|(name, port)| format!("{name} {port}")).collect()
    };
    // S01-250: the breed that is linked to gets the port; one that it has already stays as it is.
    assert_eq!(ports("user-db"), ["port_27017 27017"]);
    assert_eq!(ports("cache"), ["port_6379 6379/tcp"]);
    assert_eq!(
        import.comments[1..],
        [
            "Port reference to user-db created in variable DB of service shop.",
            "Port reference to cache created in variable CACHE of service shop.",
            "Port port_27017 created in breed user-db:1.0.0.",
        ]
    );
}

#[test]
fn fields_without_counterpart_are_told_with_their_values() {
    let text = "
version: '3'
services:
  web:
    image: acme/web
    environment: {MODE: fast, WORKERS: 4, DEBUG: true, OPEN: ~}
    depends_on: [db]
    restart: always
    volumes: ['./a:/a', data:/b]
  db:
    image: postgres
    deploy: {resources: {limits: {cpus: 2}}}
volumes:
  db_data: {}
networks: ~
";
    let import = import(text);
    let web = breed(&import, "web");
    // S01-251: variables of a mapping, whatever the types of their values.
    assert_eq!(value(web, "MODE").unwrap(), "fast");
    assert_eq!(value(web, "WORKERS").unwrap(), "4");
    assert_eq!(value(web, "DEBUG").unwrap(), "true");
    assert_eq!(value(web, "OPEN"), None);
    // S01-251: what a service depends on is a dependency of its breed.
    assert_eq!(web.dependencies["db"].named().unwrap().as_str(), "db:1.0.0");
    // S01-251: other fields change nothing, and each is named in a comment.
    assert_eq!(
        import.comments[1..],
        [
            "Unsupported field web.restart: \"always\"",
            "Unsupported field web.volumes: [\"./a:/a\",\"data:/b\"]",
            "Unsupported field db.deploy.resources.limits.cpus: 2",
            "Unsupported field volumes.db_data: {}",
            "Unsupported field networks: null",
        ]
    );
}

#[test]
fn references_of_compose_are_passed_through() {
    let import = import("services: {a: {image: x, environment: ['HOME=${NAME}/x', 'COST=5$$']}}");
    // S01-254: the text stays, to be read as a reference of ours.
    assert_eq!(value(breed(&import, "a"), "HOME").unwrap(), "${NAME}/x");
    assert_eq!(value(breed(&import, "a"), "COST").unwrap(), "5$$");
    assert_eq!(import.comments.len(), 2);
    assert!(import.comments[1].starts_with("Variable HOME of service a refers to ${NAME}:"));
}

#[test]
fn a_service_that_the_file_does_not_have_is_told_where_it_is_named() {
    let told = |service: &str| {
        let text =
            format!("services:\n  web: {{image: a, depends_on: [{service}]}}\n  user-db: {{image: b}}\n");
        let problem = refused(&text);
        let hint = problem.hint.unwrap();
        (problem.code, text[problem.span].to_owned(), hint)
    };
    let code = code::UNRESOLVED_BREED_DEPENDENCY;
    let meant = |written: &str, hint: &str| (code, written.to_owned(), hint.to_owned());
    assert_eq!(told("user-bd"), meant("user-bd", "did you mean `user-db`?"));
    assert_eq!(told("cache"), meant("cache", "the file has no service `cache`"));
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let service = |fields: &str| format!("services:\n  a:\n    image: x\n    {fields}\n");
    let cases = [
        // S01-253: only HTTP and TCP.
        (
            service("ports: ['53:53/udp']"),
            code::UNSUPPORTED_PROTOCOL,
            "services.a.ports[0]",
            4,
        ),
        (
            service("ports: [a]"),
            code::UNEXPECTED_TYPE,
            "services.a.ports[0]",
            4,
        ),
        (
            service("ports: ['1:2:3:4']"),
            code::UNEXPECTED_TYPE,
            "services.a.ports[0]",
            4,
        ),
        (
            service("ports: ['80:70000']"),
            code::UNEXPECTED_TYPE,
            "services.a.ports[0]",
            4,
        ),
        (service("ports: 80"), code::UNEXPECTED_TYPE, "services.a.ports", 4),
        (
            service("environment: text"),
            code::UNEXPECTED_TYPE,
            "services.a.environment",
            4,
        ),
        (
            service("environment: ['a/b=c']"),
            code::ILLEGAL_NAME,
            "services.a.environment[0]",
            4,
        ),
        (
            service("environment: {A: [b]}"),
            code::UNEXPECTED_TYPE,
            "services.a.environment.A",
            4,
        ),
        (
            service("environment: ['A=5$ x']"),
            code::PARSER,
            "services.a.environment[0]",
            4,
        ),
        (
            service("environment: {A: $b.host}"),
            code::UNRESOLVED_DEPENDENCY_IN_TRAIT_VALUE,
            "services.a.environment.A",
            4,
        ),
        (
            service("depends_on: [b]"),
            code::UNRESOLVED_BREED_DEPENDENCY,
            "services.a.depends_on[0]",
            4,
        ),
        (
            service("command: {a: b}"),
            code::UNEXPECTED_TYPE,
            "services.a.command",
            4,
        ),
        (
            "services: {a: {build: .}}".to_owned(),
            code::MISSING_PATH_VALUE,
            "services.a",
            1,
        ),
        (
            "services: {a: text}".to_owned(),
            code::UNEXPECTED_TYPE,
            "services.a",
            1,
        ),
        (
            "services: {a/b: {image: x}}".to_owned(),
            code::ILLEGAL_NAME,
            "services.a/b",
            1,
        ),
        ("services: []".to_owned(), code::UNEXPECTED_TYPE, "services", 1),
        ("services: {}".to_owned(), code::NO_SERVICE, "", 1),
        ("web: {image: x}".to_owned(), code::NO_SERVICE, "", 1),
        ("[a]".to_owned(), code::UNEXPECTED_TYPE, "", 1),
    ];
    for (text, code, path, line) in cases {
        let problem = refused(&text);
        assert_eq!(
            (problem.code, problem.path.as_str(), problem.line),
            (code, path, line),
            "{text}: {problem}"
        );
    }
    let build = refused("services: {a: {build: .}}");
    assert_eq!(build.message, "Can't find any value for path: /image");
    assert!(build.hint.unwrap().contains("build the image first"));
}

#[test]
fn a_comment_is_one_line_whatever_it_shows() {
    let import = import("services: {\"a\": {image: x, labels: [\"two\\nlines: {\"], command: \"a\\nb\"}}");
    assert!(
        import
            .to_string()
            .lines()
            .filter(|line| line.starts_with('#'))
            .count()
            == 2
    );
}
