use super::Command;
use crate::Config;
use crate::config::{Directive, Line, Section};

impl Config {
    /// Does to the configuration what the command does to a running HAProxy; a server that is not there is no concern.
    pub fn apply(&mut self, command: &Command) {
        let Command::SetWeight {
            backend,
            server: name,
            weight,
        } = command;
        let mut within = false;
        for line in self.lines_mut() {
            match line {
                Line::Section(Section::Backend(section) | Section::Listen(section)) => {
                    within = section == backend;
                }
                Line::Section(_) => within = false,
                Line::Directive(Directive::Server(server)) if within && server.name == *name => {
                    server.weight = Some(*weight);
                }
                _ => {}
            }
        }
    }
}
