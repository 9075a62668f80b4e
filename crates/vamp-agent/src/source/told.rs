use vamp_kv::handover::HandedOver;

/// What the agent was told last, so that it is told only what is new.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Hash of the last text, and from which ones a shrink is meant.
    text: Option<(String, Vec<String>)>,
    /// What was told since then, if it was no text.
    nothing: Option<HandedOver>,
    /// Whether an outage was told since then.
    outage: bool,
}

impl Told {
    /// What stands there now, if it is to be told: when it is another one than before, and once after an outage, whatever it is.
    pub(super) fn news(&mut self, found: HandedOver) -> Option<HandedOver> {
        let after_outage = std::mem::take(&mut self.outage);
        match found {
            HandedOver::Text(received) | HandedOver::Again(received) => {
                let now = (received.hash.clone(), received.shrink_meant_from.clone());
                let after_nothing = self.nothing.take().is_some();
                if self.text.as_ref() != Some(&now) {
                    self.text = Some(now);
                    return Some(HandedOver::Text(received));
                }
                (after_nothing || after_outage).then_some(HandedOver::Again(received))
            }
            nothing => {
                let known = self.nothing.as_ref() == Some(&nothing);
                (!known || after_outage).then(|| self.nothing.insert(nothing).clone())
            }
        }
    }

    /// An outage is told.
    pub(super) fn outage(&mut self) {
        self.outage = true;
    }
}

#[cfg(test)]
mod tests {
    use vamp_kv::handover::Received;

    use super::*;

    fn text(hash: &str, shrink_meant_from: Option<&str>) -> HandedOver {
        HandedOver::Text(Received {
            text: "x".to_owned(),
            hash: hash.to_owned(),
            revision: 0,
            shrink_meant_from: shrink_meant_from.map(str::to_owned).into_iter().collect(),
        })
    }

    fn again(told: Option<&HandedOver>) -> bool {
        matches!(told, Some(HandedOver::Again(_)))
    }

    #[test]
    fn a_text_is_told_once_and_again_after_nothing_or_an_outage() {
        let mut told = Told::default();
        assert_eq!(told.news(text("a", None)), Some(text("a", None)));
        assert_eq!(told.news(text("a", None)), None);
        assert_eq!(told.news(HandedOver::Absent), Some(HandedOver::Absent));
        assert_eq!(told.news(HandedOver::Absent), None);
        assert!(again(told.news(text("a", None)).as_ref()));
        told.outage();
        assert!(again(told.news(text("a", None)).as_ref()));
        assert_eq!(told.news(text("a", None)), None);
        assert_eq!(told.news(text("b", None)), Some(text("b", None)));
    }

    #[test]
    fn the_same_text_is_told_when_it_says_something_new_about_a_shrink() {
        let mut told = Told::default();
        told.news(text("a", None));
        assert_eq!(told.news(text("a", Some("b"))), Some(text("a", Some("b"))));
        assert_eq!(told.news(text("a", Some("b"))), None);
    }

    #[test]
    fn nothing_is_told_again_after_an_outage() {
        let mut told = Told::default();
        told.news(HandedOver::Absent);
        told.outage();
        assert_eq!(told.news(HandedOver::Absent), Some(HandedOver::Absent));
    }
}
