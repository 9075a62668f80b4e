//! `vga render`.

use vamp_haproxy::base::{BaseOptions, base};
use vamp_haproxy::merge::{Conflict, Ours, OwnFile, merge};
use vamp_haproxy::{Config, Document, GenerateOptions, generate};
use vamp_model::{Gateway, GatewayName, Port, PortKind, read_stored_list};

use super::arguments::RenderArguments;
use crate::client::output::Output;
use crate::display::Complaint;
use crate::input::Input;
use crate::{Error, Exit, Result};

pub(super) fn run(output: &Output, arguments: &RenderArguments) -> Result<Exit> {
    let input = Input::read(&arguments.file)?;
    let gateways: Vec<Gateway> = read_stored_list(&input.text, input.format).map_err(|problems| {
        let message = format!("{} holds no gateways that can be read", input.name);
        Error::new(Exit::Invalid, message).at(input.complaints(&problems))
    })?;
    let mut options = GenerateOptions::new(&arguments.socket_dir);
    options.bind_address = arguments.bind;
    options.virtual_hosts = arguments.virtual_hosts.0;
    options.entrances = arguments.entrances;
    let generated =
        generate(&gateways, &options).map_err(|error| Error::usage(error.to_string()).because(error))?;
    if arguments.own.is_empty() {
        if arguments.base {
            output.text(&format!("{}\n", base(&BaseOptions::default())))?;
        }
        output.text(&generated.config.to_string())?;
    } else {
        output.text(&merged(output, &generated.config, &arguments.own)?)?;
    }
    for warning in &generated.warnings {
        output.remark(&format!("warning: {warning}"));
    }
    let is_rendered = |gateway: &&Gateway| {
        let name = name(gateway);
        !generated
            .omissions
            .iter()
            .any(|omission| omission.gateway == name)
    };
    for dead_end in gateways.iter().filter(is_rendered).flat_map(dead_ends) {
        output.remark(&format!("warning: {dead_end}"));
    }
    let complaint = |message: String| Complaint {
        file: Some(input.name.clone()),
        message,
        ..Complaint::default()
    };
    let omissions: Vec<Complaint> = generated
        .omissions
        .iter()
        .map(|omission| complaint(omission.to_string()))
        .collect();
    let message = match omissions.len() {
        0 => return Ok(Exit::Success),
        1 => "something was left out".to_owned(),
        count => format!("{count} things were left out"),
    };
    Err(Error::new(Exit::Invalid, message).at(omissions))
}

fn name(gateway: &Gateway) -> &str {
    gateway.name.as_ref().map_or("", GatewayName::as_str)
}

/// Routes without a target. A server fills targets in; here they have to be written.
fn dead_ends(gateway: &Gateway) -> impl Iterator<Item = String> {
    let name = name(gateway);
    let becomes = match gateway.port.as_ref().map(Port::kind) {
        Some(PortKind::Tcp) => "connections to it are closed",
        _ => "requests to it are answered with 503",
    };
    let empty = gateway
        .inline_routes()
        .filter(|(_, route)| route.targets.is_empty());
    empty.map(move |(path, _)| format!("route '{path}' of gateway '{name}' has no targets: {becomes}"))
}

/// The whole configuration with the user's own files; what of them does not hold for gateways is remarked.
fn merged(output: &Output, gateways: &Config, own: &[String]) -> Result<String> {
    let own: Vec<OwnFile> = own
        .iter()
        .map(|file| Input::read(file).map(|input| OwnFile::new(input.name, input.text)))
        .collect::<Result<_>>()?;
    let [base, gateways] = [&base(&BaseOptions::default()), gateways].map(Document::from);
    let merged = merge(&Ours::new(&base, &gateways), &own).map_err(|conflicts| {
        let complaint = |conflict: &Conflict| Complaint {
            message: conflict.to_string(),
            ..Complaint::default()
        };
        let message = "your configuration cannot stand beside ours".to_owned();
        Error::new(Exit::Invalid, message).at(conflicts.iter().map(complaint).collect())
    })?;
    for replacement in &merged.replaced {
        output.remark(&replacement.to_string());
    }
    for only_own in &merged.only_own {
        output.remark(&only_own.to_string());
    }
    Ok(merged.document.to_string())
}
