//! Our settings and the user's, put together.

use std::borrow::Cow;
use std::collections::HashMap;

use super::body::{Block, Branch, Entry, Node};
use super::place::At;

/// A section of ours with what the user says in it.
#[derive(Debug, Default)]
pub(super) struct Woven<'d> {
    /// What is left of ours.
    pub(super) ours: Vec<Node<'d>>,
    /// What the user says. Where that depends on conditions, ours stands for the other cases.
    pub(super) own: Vec<Node<'d>>,
    pub(super) replaced: Vec<Replaced>,
    pub(super) ambiguous: Vec<Ambiguous>,
}

/// A setting of ours that the user says.
#[derive(Debug)]
pub(super) struct Replaced {
    pub(super) ours: At,
    pub(super) own: At,
    pub(super) setting: String,
    /// Whether ours holds in the other cases.
    pub(super) conditionally: bool,
}

/// A setting of ours that the user says in two blocks: nobody can tell in which cases ours should hold.
#[derive(Debug)]
pub(super) struct Ambiguous {
    pub(super) setting: String,
    pub(super) first: At,
    pub(super) second: At,
}

/// Takes out of ours what the user says. What he says within a conditional block is completed by ours for the other cases.
pub(super) fn weave<'d>(ours: Vec<Node<'d>>, own: Vec<Node<'d>>) -> Woven<'d> {
    let mut woven = Woven {
        ours,
        own,
        ..Woven::default()
    };
    let mut settings: Vec<(String, At)> = Vec::new();
    for node in &woven.ours {
        node.settings(&mut |setting, at| {
            if let Some(at) = at
                && settings.iter().all(|(known, _)| known != setting)
            {
                settings.push((setting.to_owned(), at));
            }
        });
    }
    let said = said_by(&woven.own);
    for (setting, ours) in settings {
        let Some(own) = said.get(&setting) else {
            continue;
        };
        match complete(&mut woven, &setting, own) {
            Ok(conditionally) => woven.replaced.push(Replaced {
                ours,
                own: own.first,
                setting,
                conditionally,
            }),
            Err(ambiguous) => woven.ambiguous.push(ambiguous),
        }
    }
    woven
}

/// Where the user says a setting.
struct Said {
    first: At,
    /// In all cases.
    always: bool,
    /// The top nodes that are blocks and say it.
    blocks: Vec<usize>,
}

fn said_by(own: &[Node<'_>]) -> HashMap<String, Said> {
    let mut said: HashMap<String, Said> = HashMap::new();
    for (position, node) in own.iter().enumerate() {
        let is_block = matches!(node, Node::Block(_));
        node.settings(&mut |setting, at| {
            let Some(first) = at else {
                return;
            };
            let entry = said.entry(setting.to_owned()).or_insert_with(|| Said {
                first,
                always: false,
                blocks: Vec::new(),
            });
            entry.always |= !is_block;
            if is_block && entry.blocks.last() != Some(&position) {
                entry.blocks.push(position);
            }
        });
    }
    said
}

/// Moves our lines of a setting to where they still hold, if anywhere. Returns whether they do.
fn complete(woven: &mut Woven<'_>, setting: &str, own: &Said) -> Result<bool, Ambiguous> {
    let is_it = |entry: &Entry<'_>| entry.setting.as_deref() == Some(setting);
    if !own.always {
        let block = only_block(&mut woven.own, &own.blocks, setting)?;
        let ours: Vec<Node<'_>> = woven.ours.iter().filter_map(|node| node.only(&is_it)).collect();
        if let Some(block) = block {
            complete_block(block, setting, &ours)?;
        }
    }
    woven.ours = woven
        .ours
        .iter()
        .filter_map(|node| node.only(&|entry| !is_it(entry)))
        .collect();
    Ok(!own.always)
}

/// The one block that says a setting; an error where two do.
fn only_block<'n, 'd>(
    nodes: &'n mut [Node<'d>],
    blocks: &[usize],
    setting: &str,
) -> Result<Option<&'n mut Block<'d>>, Ambiguous> {
    let place = |position: &usize| nodes.get(*position).and_then(|node| node.place_of(setting));
    if let [first, second, ..] = blocks
        && let (Some(first), Some(second)) = (place(first), place(second))
    {
        return Err(Ambiguous {
            setting: setting.to_owned(),
            first,
            second,
        });
    }
    let node = blocks.first().and_then(|position| nodes.get_mut(*position));
    Ok(match node {
        Some(Node::Block(block)) => Some(block),
        _ => None,
    })
}

/// Puts ours into each branch of a block that does not say the setting.
fn complete_block<'d>(block: &mut Block<'d>, setting: &str, ours: &[Node<'d>]) -> Result<(), Ambiguous> {
    for branch in &mut block.branches {
        let said = said_by(&branch.nodes);
        match said.get(setting) {
            Some(said) if said.always => {}
            Some(said) => {
                if let Some(inner) = only_block(&mut branch.nodes, &said.blocks, setting)? {
                    complete_block(inner, setting, ours)?;
                }
            }
            None => branch.nodes.extend_from_slice(ours),
        }
    }
    if block.branches.iter().all(|branch| !branch.is_else) {
        block.branches.push(Branch {
            head: Entry {
                text: Cow::Borrowed(".else\n"),
                at: None,
                setting: None,
                says: true,
            },
            is_else: true,
            nodes: ours.to_vec(),
        });
    }
    Ok(())
}
