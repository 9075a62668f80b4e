//! A configuration while it is written.

use super::vocabulary::Vocabulary;
use crate::Config;
use crate::acl::{Acl, Acls, When};
use crate::config::{Directive, Label, Line, Section, Server};
use crate::text::{Text, Word};

pub(super) struct Sheet<'v> {
    pub(super) config: Config,
    pub(super) vocabulary: &'v Vocabulary,
}

impl Sheet<'_> {
    pub(super) fn heading(&mut self, text: &str) {
        self.config.push(Line::heading(Label::None, Text::trusted(text)));
    }

    pub(super) fn blank(&mut self) {
        self.config.push(Line::Blank);
    }

    pub(super) fn frontend(&mut self, title: &Text<'_>, id: &Word<'_>) {
        self.blank();
        self.config.push(Line::heading(Label::Frontend, title.by_ref()));
        self.config.push(Section::Frontend(id.by_ref()));
    }

    pub(super) fn backend(&mut self, title: &Text<'_>, id: &Word<'_>) {
        self.blank();
        self.config.push(Line::heading(Label::Backend, title.by_ref()));
        self.config.push(Section::Backend(id.by_ref()));
    }

    pub(super) fn say(&mut self, directive: Directive<'_>) {
        self.config.push(directive);
    }

    /// An address that clients connect to.
    pub(super) fn bind(&mut self, address: Word<'_>) {
        self.say(Directive::Bind {
            address,
            accept_proxy: false,
        });
    }

    /// A socket that other proxies of this process connect to.
    pub(super) fn bind_socket(&mut self, socket: &Word<'_>) {
        self.say(Directive::Bind {
            address: socket.by_ref(),
            accept_proxy: true,
        });
    }

    pub(super) fn default_backend(&mut self, title: &Text<'_>, id: &Word<'_>) {
        self.config.push(Line::note(Label::Backend, title.by_ref()));
        self.say(Directive::DefaultBackend(id.by_ref()));
    }

    /// Tests, and the backend of the requests that pass them. One that nothing passes is left out.
    pub(super) fn condition(&mut self, title: &Text<'_>, acls: &Acls, backend: &Word<'_>) {
        let conditions: Vec<Option<&Text<'_>>> = match &acls.when {
            When::Never => return,
            When::Always => vec![None],
            When::Alternatives(alternatives) => alternatives.iter().map(Some).collect(),
        };
        self.config.push(Line::note(Label::Destination, title.by_ref()));
        for Acl { name, definition } in &acls.tests {
            self.say(Directive::Acl {
                name: name.by_ref(),
                definition: definition.by_ref(),
            });
        }
        for condition in conditions {
            self.say(Directive::UseBackend {
                backend: backend.by_ref(),
                condition: condition.map(Text::by_ref),
            });
        }
    }

    pub(super) fn server(&mut self, title: &Text<'_>, server: Server<'_>) {
        self.config.push(Line::note(Label::Server, title.by_ref()));
        self.say(Directive::Server(server));
    }
}
