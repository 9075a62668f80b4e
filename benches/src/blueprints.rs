//! Blueprints as people write them.

use std::fmt::Write as _;

/// A blueprint of 62 lines: a shop of three clusters, one of them in two versions behind a gateway with a condition.
pub const BLUEPRINT: &str = include_str!("blueprint.yaml");

/// A blueprint of at least so many bytes, of clusters that are alike. It reads without a problem.
#[must_use]
pub fn large_blueprint(bytes: usize) -> String {
    let mut text = "name: large\nclusters:\n".to_owned();
    let mut cluster = 0;
    while text.len() < bytes {
        cluster += 1;
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "  cluster-{cluster}:
    services:
    - breed:
        name: service-{cluster}:1.0.0
        deployable: registry.example.com/acme/service-{cluster}:1.0.0
        ports:
          http: 8080/http
        environment_variables:
          LOG_LEVEL: info
          UPSTREAM: \"http://upstream-{cluster}.example.com:8080/path?a=b\"
      scale: {{cpu: 500m, memory: 64MB, instances: 2}}
"
        );
    }
    text
}

/// The same blueprint with a mistake in so many of its clusters.
#[must_use]
pub fn with_mistakes(blueprint: &str, count: usize) -> String {
    blueprint.replacen("cpu: 500m", "cpu: plenty", count)
}

/// A blueprint of a kilobyte whose aliases stand for a billion values.
#[must_use]
pub fn alias_bomb() -> String {
    let mut text = "name: bomb\nmetadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  a{level}: &a{level} [{aliases}]");
    }
    while text.len() < 1000 {
        text.push_str("# padding\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use vamp_model::{Blueprint, Format, code, read};

    use super::*;

    #[test]
    fn the_blueprints_are_what_they_are_said_to_be() {
        assert_eq!(BLUEPRINT.lines().count(), 62);
        read::<Blueprint>(BLUEPRINT, Format::Yaml).unwrap();
        let large = large_blueprint(100_000);
        assert!(large.len() >= 100_000);
        read::<Blueprint>(&large, Format::Yaml).unwrap();
        let broken = read::<Blueprint>(&with_mistakes(&large, 200), Format::Yaml);
        assert_eq!(broken.unwrap_err().len(), 200);
        let bomb = read::<Blueprint>(&alias_bomb(), Format::Yaml).unwrap_err();
        assert_eq!(bomb.first().code, code::LIMIT);
    }
}
