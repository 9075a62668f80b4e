//! What the values of deployments and services refer to is filled in.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use indexmap::IndexMap;
use vamp_model::resolve::{
    DeploymentResolver, DeploymentScope, EffectiveVariable, ResolveError, ServerValues, ServiceValues,
    VariableLevel, are_resolved, check_values, clusters_of_dependencies, effective_variables,
    is_fulfilled_by,
};
use vamp_model::{
    Breed, Deployable, Deployment, DeploymentCluster, DeploymentService, EnvironmentVariable, Gateway,
    GatewayService, Intention, Name, Phase, Port, PortKind, Reference, Status, ValueTemplate, resolve,
};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn template(text: &str) -> ValueTemplate {
    text.parse().unwrap()
}

/// A breed with variables, some of them with an alias or without value, and constants.
fn breed(breed: &str, variables: &[(&str, Option<&str>)], constants: &[(&str, &str)]) -> Breed {
    let deployable = Deployable {
        kind: None,
        definition: "acme/x".to_owned(),
    };
    let mut breed = Breed::new(name(breed), deployable);
    for (key, value) in variables {
        let (variable, alias) = match key.split_once('[') {
            Some((variable, alias)) => (variable, Some(alias.trim_end_matches(']').to_owned())),
            None => (*key, None),
        };
        let variable = (name(variable), alias);
        breed.environment_variables.insert(
            variable.0,
            EnvironmentVariable {
                alias: variable.1,
                value: value.map(str::to_owned),
                interpolated: None,
            },
        );
    }
    for (constant, value) in constants {
        breed
            .constants
            .insert(constant.parse().unwrap(), (*value).to_owned());
    }
    breed
}

fn service(breed: Breed) -> DeploymentService {
    let since = "2031-05-06T07:08:09Z".parse().unwrap();
    DeploymentService {
        status: Status {
            intention: Intention::Deployment,
            since,
            phase: Phase::Done,
            phase_since: since,
        },
        breed,
        environment_variables: IndexMap::new(),
        scale: None,
        instances: Vec::new(),
        arguments: Vec::new(),
        health_checks: None,
        network: None,
        dependencies: IndexMap::new(),
        dialects: serde_json::Map::new(),
        health: None,
    }
}

/// A cluster whose port `port` other services reach at `10.1.1.9:number`.
fn cluster(deployment: &mut Deployment, cluster: &str, port: &str, number: u16, breeds: Vec<Breed>) {
    let mut gateway = Gateway::new(format!("shop/{cluster}/{port}").parse().unwrap());
    gateway.service = Some(GatewayService {
        host: "10.1.1.9".to_owned(),
        port: Port::new(number, PortKind::Http),
    });
    let content = DeploymentCluster {
        services: breeds.into_iter().map(service).collect(),
        gateways: IndexMap::from([(port.to_owned(), gateway)]),
        ..DeploymentCluster::default()
    };
    deployment.clusters.insert(name(cluster), content);
    deployment
        .ports
        .insert(format!("{cluster}.{port}"), number.to_string());
    deployment.hosts.insert(cluster.to_owned(), "10.0.0.7".to_owned());
}

/// Two clusters: `back`, whose breed `back:3` has a constant and variables, and `front`, whose breed needs it as `be`.
fn shop(front: &[(&str, Option<&str>)], constants: &[(&str, &str)]) -> Deployment {
    let mut shop = Deployment::new(name("shop"));
    let back_variables = [("CACHE_MB", Some("64")), ("RAW", Some("$CACHE_MB$$"))];
    let back = breed("back:3", &back_variables, &[("VERSION", "v2")]);
    let mut front = breed("front:7", front, constants);
    front
        .dependencies
        .insert("be".to_owned(), Reference::Named(name("back:*")));
    cluster(&mut shop, "front", "web", 40001, vec![front]);
    cluster(&mut shop, "back", "api", 40007, vec![back]);
    shop
}

fn set(deployment: &mut Deployment, full_name: &str, variable: EnvironmentVariable) {
    deployment
        .environment_variables
        .insert(full_name.to_owned(), variable);
}

/// What the service `front:7` sees of itself.
fn front_values(shop: &Deployment) -> Result<ServiceValues, ResolveError> {
    let globals = ServerValues {
        configuration: &|path| (path == "acme.mode").then(|| "canary".to_owned()),
        environment: &|_| None,
    };
    let service = &shop.clusters["front"].services[0];
    let variables = effective_variables(
        &service.breed,
        "front",
        &shop.environment_variables,
        &service.environment_variables,
    );
    let clusters = clusters_of_dependencies(&service.breed, shop)?;
    let resolver = DeploymentResolver::new(shop, &globals).for_service(&clusters);
    resolver.values(&variables, &service.breed.constants)
}

fn front_environment(shop: &Deployment) -> IndexMap<String, String> {
    front_values(shop).unwrap().container_environment()
}

/// The value of a variable of `front:7`, as its containers see it.
fn seen_by_front(value: &str) -> String {
    front_environment(&shop(&[("X", Some(value))], &[]))["X"].clone()
}

#[test]
fn containers_see_the_address_of_what_they_depend_on() {
    let front = [
        ("BACK_URL", Some("http://$be.host:$be.ports.api")),
        ("MODE[APP_MODE]", Some("${config://acme.mode}")),
    ];
    let environment = front_environment(&shop(&front, &[]));
    assert_eq!(environment["BACK_URL"], "http://10.1.1.9:40007");
    assert_eq!(environment["APP_MODE"], "canary");
    assert_eq!(environment.len(), 2);
}

#[test]
fn references_to_clusters_are_looked_up_by_alias_or_by_name() {
    let cases = [
        // A host and a port of the same cluster are one address.
        ("$be.host:$be.ports.api", "10.1.1.9:40007"),
        ("$back.host:$be.ports.api/", "10.1.1.9:40007/"),
        ("<${be.host}:${be.ports.other}>", "<>"),
        // On their own, and with anything else between them, they are not.
        ("$be.host", "10.0.0.7"),
        ("${be.hosts.host} ${be.hosts.x}", "10.0.0.7 "),
        ("$be.ports.api", "40007"),
        ("$be.host::$be.ports.api", "10.0.0.7::40007"),
        ("$be.host $be.ports.api", "10.0.0.7 40007"),
        ("$front.host:$be.ports.api", "10.0.0.7:40007"),
        ("$be.host:$be.constants.VERSION", "10.0.0.7:v2"),
        // Constants and variables of another cluster, as they are written there.
        ("$be.constants.VERSION ${back.constants.VERSION}", "v2 v2"),
        ("$be.environment_variables.CACHE_MB", "64"),
        ("$be.environment_variables.RAW", "$CACHE_MB$$"),
        // What is not known is empty.
        ("<$unknown.host:${unknown.ports.api}>", "<>"),
        ("<$unknown.host:${back.ports.none}>", "<:>"),
        ("<$be.others.x $be.constants.NONE ${none}>", "<  >"),
        ("<${vamp://token}${env://NONE}>", "<>"),
        ("5$$", "5$"),
        ("", ""),
    ];
    for (value, expected) in cases {
        assert_eq!(seen_by_front(value), expected, "{value}");
    }
}

#[test]
fn an_address_is_empty_until_host_and_port_are_known() {
    let address = |change: &dyn Fn(&mut Deployment)| {
        let mut shop = shop(&[("X", Some("<${be.host}:${be.ports.api}>"))], &[]);
        change(&mut shop);
        front_environment(&shop)["X"].clone()
    };
    assert_eq!(address(&|_| ()), "<10.1.1.9:40007>");
    let without_port = address(&|shop| {
        shop.ports.shift_remove("back.api");
    });
    assert_eq!(without_port, "<>");
    let without_service = address(&|shop| {
        shop.clusters["back"].gateways["api"].service = None;
    });
    assert_eq!(without_service, "<>");
}

#[test]
fn variables_and_constants_of_a_service_refer_to_each_other_in_any_order() {
    let front = [
        ("URL", Some("$SCHEME://$HOST/${PATH}?price=5$$")),
        ("HOST", Some("$be.host:$be.ports.api")),
        ("PATH", Some("from-variable")),
        ("UNSET", None),
        ("ALSO", Some("<${UNSET}>")),
    ];
    let constants = [
        ("SCHEME", "http$SUFFIX"),
        ("SUFFIX", "s"),
        ("PATH", "hidden"),
        ("UNSET", "constant"),
    ];
    let values = front_values(&shop(&front, &constants)).unwrap();
    let environment = values.container_environment();
    assert_eq!(
        environment["URL"],
        "https://10.1.1.9:40007/from-variable?price=5$"
    );
    assert_eq!(environment["ALSO"], "<constant>");
    assert!(!environment.contains_key("UNSET"), "it is nowhere set");
    assert!(!environment.contains_key("SCHEME"), "no container sees constants");
    assert_eq!(values.local("SCHEME"), Some("https"));
    assert_eq!(values.local("PATH"), Some("from-variable"));
    assert_eq!(values.local("NONE"), None);
}

#[test]
fn variables_that_refer_to_each_other_in_a_circle_are_refused() {
    let front = [("URL", Some("$A")), ("A", Some("x$B")), ("B", Some("$A"))];
    let refused = front_values(&shop(&front, &[])).unwrap_err();
    assert_eq!(refused.code(), "ParserError");
    assert_eq!(
        refused.to_string(),
        "Cannot parse: values refer to each other in a circle: A → B → A."
    );
}

#[test]
fn the_highest_level_that_sets_a_variable_counts() {
    let front = [
        ("A", Some("breed")),
        ("B[BB]", Some("breed")),
        ("C", Some("breed")),
        ("D", Some("breed")),
        ("E", None),
    ];
    let mut shop = shop(&front, &[]);
    let empty = EnvironmentVariable::default;
    set(
        &mut shop,
        "front.environment_variables.B",
        EnvironmentVariable::of("cluster"),
    );
    set(
        &mut shop,
        "front.environment_variables.C",
        EnvironmentVariable::of("cluster"),
    );
    set(&mut shop, "front.environment_variables.D", empty());
    set(
        &mut shop,
        "front.environment_variables.OTHER",
        EnvironmentVariable::of("x"),
    );
    set(
        &mut shop,
        "back.environment_variables.A",
        EnvironmentVariable::of("other cluster"),
    );
    let service = &mut shop.clusters["front"].services[0];
    for (key, variable) in [("C", EnvironmentVariable::of("service")), ("A", empty())] {
        service.environment_variables.insert(name(key), variable);
    }
    let service = &shop.clusters["front"].services[0];
    let variables = effective_variables(
        &service.breed,
        "front",
        &shop.environment_variables,
        &service.environment_variables,
    );
    let levels: Vec<(&str, Option<&str>, VariableLevel)> = variables
        .iter()
        .map(|(name, variable)| (name.as_str(), variable.value.as_deref(), variable.level))
        .collect();
    assert_eq!(
        levels,
        [
            ("A", Some("breed"), VariableLevel::Breed),
            ("B", Some("cluster"), VariableLevel::Cluster),
            ("C", Some("service"), VariableLevel::Service),
            ("D", Some("breed"), VariableLevel::Breed),
            ("E", None, VariableLevel::Breed),
        ]
    );
    assert_eq!(
        front_environment(&shop)["BB"],
        "cluster",
        "the alias is the breed's"
    );
    let missing = check_values(&service.breed, &variables).unwrap_err();
    assert_eq!(missing.code(), "UnresolvedVariableValueError");
    assert_eq!(
        missing.to_string(),
        "Unresolved value of variable 'E' for breed 'front:7'."
    );
}

#[test]
fn a_value_for_a_whole_cluster_knows_neither_aliases_nor_names_alone() {
    let mut shop = shop(&[("A", None), ("B", Some("b"))], &[]);
    let value = EnvironmentVariable::of("<${be.host}|${B}|${back.host}:${back.ports.api}>");
    set(&mut shop, "front.environment_variables.A", value);
    assert_eq!(front_environment(&shop)["A"], "<||10.1.1.9:40007>");
}

#[test]
fn what_is_resolved_already_stays() {
    let mut shop = shop(&[("A", Some("$be.host")), ("B", Some("<${A}>"))], &[]);
    let service = &mut shop.clusters["front"].services[0];
    let known = EnvironmentVariable {
        interpolated: Some("$known".to_owned()),
        ..EnvironmentVariable::of("$be.host")
    };
    service.environment_variables.insert(name("A"), known);
    let environment = front_environment(&shop);
    assert_eq!(environment["A"], "$known");
    assert_eq!(environment["B"], "<$known>");
}

#[test]
fn a_service_is_ready_once_all_its_variables_are_resolved() {
    let breed = breed("a:1", &[("A", Some("1")), ("B", None)], &[]);
    let resolved = EnvironmentVariable {
        interpolated: Some("1".to_owned()),
        ..EnvironmentVariable::default()
    };
    let mut variables = IndexMap::from([(name("A"), resolved.clone())]);
    assert!(!are_resolved(&breed, &variables), "fewer than declared");
    variables.insert(name("B"), EnvironmentVariable::of("2"));
    assert!(!are_resolved(&breed, &variables), "not resolved");
    variables.insert(name("B"), resolved);
    assert!(are_resolved(&breed, &variables));
}

#[test]
fn a_dependency_is_fulfilled_by_its_name_or_by_what_begins_like_it() {
    let cases = [
        ("db:1", "db:1", true),
        ("db:1", "db:10", false),
        ("db:*", "db:10", true),
        ("db:*", "dbx", false),
        ("*", "anything", true),
        ("d*:1", "db:1", false),
    ];
    for (dependency, breed, expected) in cases {
        assert_eq!(
            is_fulfilled_by(dependency, breed),
            expected,
            "{dependency} {breed}"
        );
    }
}

#[test]
fn a_dependency_leads_to_the_first_cluster_with_such_a_breed_other_than_its_own() {
    let mut shop = shop(&[], &[]);
    shop.clusters["front"].services[0].breed.dependencies = [("any", "*"), ("same", "back:3")]
        .map(|(alias, breed)| (alias.to_owned(), Reference::Named(name(breed))))
        .into_iter()
        .collect();
    let clusters = clusters_of_dependencies(&shop.clusters["front"].services[0].breed, &shop).unwrap();
    assert_eq!(
        clusters["any"], "back",
        "a breed does not fulfil its own dependency"
    );
    assert_eq!(clusters["same"], "back");

    let missing = Reference::Named(name("cache:1"));
    let breed = &mut shop.clusters["front"].services[0].breed;
    breed.dependencies.insert("cache".to_owned(), missing);
    let refused = front_values(&shop).unwrap_err();
    assert_eq!(refused.code(), "UnresolvedDependencyError");
    assert_eq!(
        refused.to_string(),
        "Unresolved dependency 'cache:1' for breed 'front:7'."
    );
}

#[test]
fn errors_of_values_reach_the_caller() {
    let refused = |value: &str| front_values(&shop(&[("X", Some(value))], &[])).unwrap_err();
    assert_eq!(
        refused("cost: 5$ each").to_string(),
        "Cannot parse: 'cost: 5$ each': no name follows a `$`; `$$` stands for one `$` (character 8)."
    );
    assert_eq!(
        refused("$config://acme.mood").to_string(),
        "Cannot parse: nothing is configured at 'acme.mood'."
    );
}

#[test]
fn a_value_that_would_become_too_long_is_refused() {
    let shop = shop(&[], &[]);
    let resolver = DeploymentResolver::new(&shop, &()).with_longest(8);
    assert_eq!(resolver.resolve(&template("10.0.0.7")).as_deref(), Ok("10.0.0.7"));
    assert_eq!(
        resolver.resolve(&template("$back.host")).as_deref(),
        Ok("10.0.0.7")
    );
    for value in ["$back.host/", "123456789", "$back.host:$back.ports.api"] {
        let refused = resolver.resolve(&template(value));
        assert_eq!(refused, Err(ResolveError::TooLong { most: 8 }), "{value}");
    }
}

#[test]
fn dialects_of_a_service_know_its_values_and_those_of_a_cluster_do_not() {
    let shop = shop(&[("TAG", Some("$be.constants.VERSION"))], &[]);
    let values = front_values(&shop).unwrap();
    let breed = &shop.clusters["front"].services[0].breed;
    let clusters = clusters_of_dependencies(breed, &shop).unwrap();
    let in_deployment = DeploymentResolver::new(&shop, &());
    let in_service = in_deployment.for_service(&clusters);
    let dialect = serde_json::json!({"labels": ["${TAG}", "${be.ports.api}", 5]});
    let of_service = resolve::resolve_texts(&dialect, &|text| in_service.resolve(text, &values)).unwrap();
    assert_eq!(of_service, serde_json::json!({"labels": ["v2", "40007", 5]}));
    let of_cluster = resolve::resolve_texts(&dialect, &|text| in_deployment.resolve(text)).unwrap();
    assert_eq!(of_cluster, serde_json::json!({"labels": ["", "", 5]}));
}

#[test]
fn variables_of_a_deployment_stay_as_they_are_where_their_cluster_is_not_resolved() {
    let mut shop = shop(&[], &[]);
    set(
        &mut shop,
        "front.environment_variables.A",
        EnvironmentVariable::of("$back.host"),
    );
    set(
        &mut shop,
        "back.environment_variables.B",
        EnvironmentVariable::of("x"),
    );
    let resolver = DeploymentResolver::new(&shop, &());
    let resolved = |cluster: Option<&str>| resolver.variables(&shop.environment_variables, cluster).unwrap();
    // S01-223: without a cluster, and for a cluster that no variable belongs to, none is touched.
    assert_eq!(resolved(None), shop.environment_variables);
    assert_eq!(resolved(Some("other")), shop.environment_variables);
    let front = resolved(Some("front"));
    assert_eq!(
        front["front.environment_variables.A"].interpolated.as_deref(),
        Some("10.0.0.7")
    );
    assert_eq!(
        front["back.environment_variables.B"],
        shop.environment_variables["back.environment_variables.B"]
    );
}

#[test]
fn variables_of_a_deployment_see_each_other_as_they_are_written() {
    let mut shop = shop(&[], &[]);
    let known = EnvironmentVariable {
        interpolated: Some("known".to_owned()),
        ..EnvironmentVariable::of("$back.host")
    };
    for (key, variable) in [
        (
            "front.environment_variables.PORT",
            EnvironmentVariable::of("$back.ports.api"),
        ),
        (
            "front.environment_variables.URL",
            EnvironmentVariable::of("http://$back.environment_variables.HOST"),
        ),
        (
            "front.environment_variables.SELF",
            EnvironmentVariable::of("$front.environment_variables.PORT"),
        ),
        (
            "front.environment_variables.SEEN",
            EnvironmentVariable::of("$front.environment_variables.KNOWN"),
        ),
        ("front.environment_variables.KNOWN", known.clone()),
        (
            "front.environment_variables.EMPTY",
            EnvironmentVariable::default(),
        ),
        ("back.environment_variables.HOST", EnvironmentVariable::of("$x")),
    ] {
        set(&mut shop, key, variable);
    }
    let resolver = DeploymentResolver::new(&shop, &());
    let resolved = resolver
        .variables(&shop.environment_variables, Some("front"))
        .unwrap();
    let of_front = |variable: &str| &resolved[&format!("front.environment_variables.{variable}")];
    // S01-224: each variable of the cluster that has none gets a resolved value beside the one written, a port's number or
    // the raw value of another variable, in which nothing is resolved again.
    assert_eq!(of_front("PORT").interpolated.as_deref(), Some("40007"));
    assert_eq!(of_front("PORT").value.as_deref(), Some("$back.ports.api"));
    assert_eq!(of_front("URL").interpolated.as_deref(), Some("http://$x"));
    assert_eq!(of_front("SELF").interpolated.as_deref(), Some("$back.ports.api"));
    assert_eq!(*of_front("KNOWN"), known);
    assert_eq!(of_front("SEEN").interpolated.as_deref(), Some("known"));
    assert_eq!(of_front("EMPTY").interpolated, None);
}

#[test]
fn a_value_of_many_sources_becomes_one_text() {
    let mut shop = shop(&[], &[]);
    set(
        &mut shop,
        "front.environment_variables.USER",
        EnvironmentVariable::of("amy"),
    );
    let value =
        "http://$front.host/${back.constants.VERSION}?price=$$5&user=${front.environment_variables.USER}";
    set(
        &mut shop,
        "front.environment_variables.URL",
        EnvironmentVariable::of(value),
    );
    let resolver = DeploymentResolver::new(&shop, &());
    let resolved = resolver
        .variables(&shop.environment_variables, Some("front"))
        .unwrap();
    // S01-225: a host, a constant of another cluster, an escaped `$` and another variable in one text.
    assert_eq!(
        resolved["front.environment_variables.URL"]
            .interpolated
            .as_deref(),
        Some("http://10.0.0.7/v2?price=$5&user=amy")
    );
}

#[test]
fn a_caller_may_keep_a_deployment_in_any_form() {
    #[derive(Debug)]
    struct Fixed;

    impl DeploymentScope for Fixed {
        fn port(&self, cluster: &str, port: &str) -> Option<String> {
            Some(format!("port({cluster},{port})"))
        }

        fn service_host(&self, cluster: &str, port: &str) -> Option<String> {
            Some(format!("service({cluster},{port})"))
        }

        fn host(&self, cluster: &str) -> Option<String> {
            Some(format!("host({cluster})"))
        }

        fn variable(&self, cluster: &str, name: &str) -> Option<String> {
            Some(format!("variable({cluster},{name})"))
        }

        fn constant(&self, cluster: &str, name: &str) -> Option<String> {
            Some(format!("constant({cluster},{name})"))
        }
    }

    let clusters = IndexMap::from([("be".to_owned(), "back".to_owned())]);
    let resolver = DeploymentResolver::new(&Fixed, &()).for_service(&clusters);
    let values = ServiceValues {
        variables: IndexMap::from([(
            name("X"),
            EffectiveVariable {
                alias: None,
                value: None,
                interpolated: Some("x".to_owned()),
                level: VariableLevel::Service,
            },
        )]),
        constants: IndexMap::new(),
    };
    let cases = [
        ("$be.host:$be.ports.api", "service(back,api):port(back,api)"),
        ("$be.host", "host(back)"),
        ("$other.hosts.host", "host(other)"),
        ("${be.environment_variables.a.b}", "variable(back,a.b)"),
        ("$be.constants.c", "constant(back,c)"),
        ("$X", "x"),
    ];
    for (value, expected) in cases {
        let resolved = resolver.resolve(&template(value), &values).unwrap();
        assert_eq!(resolved, expected, "{value}");
    }
}
