//! A configuration while it is written.

use super::GenerateOptions;
use super::vocabulary::Vocabulary;
use crate::acl::{Acl, Acls, When};
use crate::config::{Directive, Label, Line, Section, Server};
use crate::text::{Text, Word};

pub(super) struct Sheet {
    pub(super) lines: Vec<Line>,
    pub(super) vocabulary: Vocabulary,
}

impl Sheet {
    pub(super) fn new(capacity: usize, options: &GenerateOptions) -> Self {
        Self {
            lines: Vec::with_capacity(capacity),
            vocabulary: Vocabulary::new(options),
        }
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.lines.push(Line::heading(Label::None, Text::trusted(text)));
    }

    pub(super) fn blank(&mut self) {
        self.lines.push(Line::Blank);
    }

    pub(super) fn frontend(&mut self, title: &Text, id: &Word) {
        self.blank();
        self.lines.push(Line::heading(Label::Frontend, title.clone()));
        self.lines.push(Section::Frontend(id.clone()).into());
    }

    pub(super) fn backend(&mut self, title: &Text, id: &Word) {
        self.blank();
        self.lines.push(Line::heading(Label::Backend, title.clone()));
        self.lines.push(Section::Backend(id.clone()).into());
    }

    pub(super) fn say(&mut self, directive: Directive) {
        self.lines.push(directive.into());
    }

    /// An address that clients connect to.
    pub(super) fn bind(&mut self, address: Word) {
        self.say(Directive::Bind {
            address,
            accept_proxy: false,
        });
    }

    /// A socket that other proxies of this process connect to.
    pub(super) fn bind_socket(&mut self, socket: &Word) {
        self.say(Directive::Bind {
            address: socket.clone(),
            accept_proxy: true,
        });
    }

    pub(super) fn default_backend(&mut self, title: &Text, id: &Word) {
        self.lines.push(Line::note(Label::Backend, title.clone()));
        self.say(Directive::DefaultBackend(id.clone()));
    }

    /// Tests, and the backend of the requests that pass them. One that nothing passes is left out.
    pub(super) fn condition(&mut self, title: &Text, acls: &Acls, backend: &Word) {
        let conditions: Vec<Option<&Text>> = match &acls.when {
            When::Never => return,
            When::Always => vec![None],
            When::Alternatives(alternatives) => alternatives.iter().map(Some).collect(),
        };
        self.lines.push(Line::note(Label::Destination, title.clone()));
        for Acl { name, definition } in &acls.tests {
            self.say(Directive::Acl {
                name: name.clone(),
                definition: definition.clone(),
            });
        }
        for condition in conditions {
            self.say(Directive::UseBackend {
                backend: backend.clone(),
                condition: condition.cloned(),
            });
        }
    }

    pub(super) fn server(&mut self, title: &Text, server: Server) {
        self.lines.push(Line::note(Label::Server, title.clone()));
        self.say(Directive::Server(Box::new(server)));
    }
}
