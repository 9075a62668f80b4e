//! A configuration while it is written.

use super::vocabulary::Vocabulary;
use crate::config::{Directive, Label, Line, Section, Server};
use crate::text::{Text, Word};

pub(super) struct Sheet {
    pub(super) lines: Vec<Line>,
    pub(super) vocabulary: Vocabulary,
}

impl Sheet {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            lines: Vec::with_capacity(capacity),
            vocabulary: Vocabulary::new(),
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

    /// A test, and the backend of the requests that pass it.
    pub(super) fn condition(&mut self, title: &Text, acl: &Word, definition: &Text, backend: &Word) {
        self.lines.push(Line::note(Label::Destination, title.clone()));
        self.say(Directive::Acl {
            name: acl.clone(),
            definition: definition.clone(),
        });
        let condition = Some(Text::trusted(acl.as_str()));
        self.say(Directive::UseBackend {
            backend: backend.clone(),
            condition,
        });
    }

    pub(super) fn server(&mut self, title: &Text, server: Server) {
        self.lines.push(Line::note(Label::Server, title.clone()));
        self.say(Directive::Server(Box::new(server)));
    }
}
