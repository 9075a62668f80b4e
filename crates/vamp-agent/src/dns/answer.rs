//! A question and its answer, without any IO.

use std::io;
use std::net::{IpAddr, SocketAddr};

use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{
    Edns, Header, HeaderCounts, LowerQuery, MessageType, Metadata, OpCode, ResponseCode,
};
use hickory_server::proto::rr::rdata::SOA;
use hickory_server::proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_server::proto::serialize::binary::{
    BinDecodable as _, BinDecoder, BinEncodable as _, BinEncoder,
};
use hickory_server::server::Request;
use hickory_server::zone_handler::MessageResponseBuilder;

/// An answer by UDP has at most so many bytes, whatever the asker says that it can take: longer ones may be cut into fragments on
/// their way, and those are lost at times.
const DATAGRAM: u16 = 1232;

/// An answer by UDP to somebody who does not say what it can take: RFC 1035, section 4.2.1.
const OLD_DATAGRAM: u16 = 512;

/// Nobody is to be written to about a name: RFC 6303, section 3.
const NOBODY: &str = "nobody.invalid.";

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Answered,
    Refused,
    Invalid,
    Failed,
}

/// A message that came, and what is needed to answer it.
pub(super) struct Asked<'m, K, A> {
    pub(super) message: &'m [u8],
    pub(super) asker: SocketAddr,
    pub(super) protocol: Protocol,
    /// Whether a name, in lower case and without the dot at its end, is known.
    pub(super) knows: K,
    /// The addresses of all names.
    pub(super) addresses: A,
    /// In seconds.
    pub(super) ttl: u32,
}

/// What is said in answer to a question.
struct Said {
    code: ResponseCode,
    outcome: Outcome,
    records: Vec<Record>,
    /// How long it holds that there are no records.
    nothing: Option<Record>,
}

impl<K, A> Asked<'_, K, A>
where
    K: Fn(&str) -> bool,
    A: FnOnce() -> io::Result<Vec<IpAddr>>,
{
    /// The answer, and what it amounts to. None to what is no question at all: an answer to that might be answered in turn, for ever.
    pub(super) fn answer(self) -> Option<(Vec<u8>, Outcome)> {
        let header = Header::read(&mut BinDecoder::new(self.message)).ok()?;
        if header.metadata.message_type == MessageType::Response {
            return None;
        }
        let without_question = |code| Some((bare(&header, code)?, Outcome::Invalid));
        if header.metadata.op_code != OpCode::Query {
            return without_question(ResponseCode::NotImp);
        }
        // Before it is read: room would be made for as many questions as it says it has.
        if header.counts.queries != 1 {
            return without_question(ResponseCode::FormErr);
        }
        let protocol = self.protocol;
        let read = || Request::from_bytes(self.message.to_vec(), self.asker, protocol);
        // The library warns of what it cannot read in a message: whoever sends such messages would fill the log.
        let Ok(request) = tracing::dispatcher::with_default(&tracing::Dispatch::none(), read) else {
            return without_question(ResponseCode::FormErr);
        };
        let said = match request.queries.queries() {
            [_] if request.version() > 0 => Said::nothing(ResponseCode::BADVERS, Outcome::Invalid),
            [query] => self.said(query),
            _ => return without_question(ResponseCode::FormErr),
        };
        Some((said.written(&request, protocol)?, said.outcome))
    }

    fn said(self, query: &LowerQuery) -> Said {
        let asked = query.query_type();
        let is_transfer = matches!(asked, RecordType::AXFR | RecordType::IXFR);
        let name = query.original().name();
        if query.query_class() != DNSClass::IN || is_transfer || !(self.knows)(&spelled(name)) {
            return Said::nothing(ResponseCode::Refused, Outcome::Refused);
        }
        let addresses = match (self.addresses)() {
            Ok(addresses) => addresses,
            Err(error) => {
                tracing::debug!(asker = %self.asker, %error, "the address by which the asker of a name reaches this machine is not known");
                return Said::nothing(ResponseCode::ServFail, Outcome::Failed);
            }
        };
        let records: Vec<Record> = addresses
            .into_iter()
            .filter(|address| is_asked_for(*address, asked))
            .map(|address| Record::from_rdata(name.clone(), self.ttl, data(address)))
            .collect();
        Said {
            code: ResponseCode::NoError,
            outcome: Outcome::Answered,
            nothing: records.is_empty().then(|| start_of_authority(name, self.ttl)),
            records,
        }
    }
}

impl Said {
    fn nothing(code: ResponseCode, outcome: Outcome) -> Self {
        Self {
            code,
            outcome,
            records: Vec::new(),
            nothing: None,
        }
    }

    fn written(&self, request: &Request, protocol: Protocol) -> Option<Vec<u8>> {
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.response_code = self.code;
        metadata.authoritative = self.outcome == Outcome::Answered;
        let mut extension = Edns::new();
        extension.set_max_payload(DATAGRAM);
        let mut response = MessageResponseBuilder::from_message_request(request);
        if request.edns.is_some() {
            response.edns(&extension);
        }
        let limit = match protocol {
            Protocol::Udp if request.edns.is_none() => OLD_DATAGRAM,
            Protocol::Udp => request.max_payload().min(DATAGRAM),
            _ => u16::MAX,
        };
        let mut bytes = Vec::with_capacity(usize::from(OLD_DATAGRAM));
        let mut encoder = BinEncoder::new(&mut bytes);
        encoder.set_max_size(limit);
        let response = response.build(metadata, &self.records, &[], &self.nothing, &[]);
        // Only an answer of which not even the question fits cannot be written.
        response.destructive_emit(&mut encoder).ok()?;
        Some(bytes)
    }
}

/// An answer that does not repeat the question.
fn bare(header: &Header, code: ResponseCode) -> Option<Vec<u8>> {
    let mut metadata = Metadata::response_from_request(&header.metadata);
    metadata.response_code = code;
    let answer = Header {
        metadata,
        counts: HeaderCounts::default(),
    };
    answer.to_bytes().ok()
}

/// A name as the names of virtual hosts are spelled. What they may not contain is escaped.
fn spelled(name: &Name) -> String {
    let mut text = name.to_ascii();
    text.make_ascii_lowercase();
    if text.ends_with('.') {
        text.pop();
    }
    text
}

fn is_asked_for(address: IpAddr, asked: RecordType) -> bool {
    match asked {
        RecordType::A => address.is_ipv4(),
        RecordType::AAAA => address.is_ipv6(),
        asked => asked == RecordType::ANY,
    }
}

fn data(address: IpAddr) -> RData {
    match address {
        IpAddr::V4(address) => RData::A(address.into()),
        IpAddr::V6(address) => RData::AAAA(address.into()),
    }
}

/// For how long it holds that a name has no such record: RFC 2308, section 2.2. Each name is a zone of its own.
fn start_of_authority(name: &Name, ttl: u32) -> Record {
    let seconds = i32::try_from(ttl).unwrap_or(i32::MAX);
    let nobody = Name::from_ascii(NOBODY).unwrap_or_default();
    let zone = SOA::new(name.clone(), nobody, 1, seconds, seconds, seconds, ttl);
    Record::from_rdata(name.clone(), ttl, RData::SOA(zone))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use hickory_server::proto::op::{Message, Query};

    use super::*;

    const ADDRESSES: [&str; 3] = ["10.0.0.5", "10.0.0.6", "2001:db8::5"];

    fn long_name() -> String {
        format!("{}.vamp", "a".repeat(60))
    }

    fn ask_by(protocol: Protocol, message: &[u8], addresses: &[&str]) -> Option<(Message, Outcome)> {
        let asked = Asked {
            message,
            asker: "10.0.0.9:4711".parse().unwrap(),
            protocol,
            knows: |name: &str| name == "shop.vamp" || name == long_name(),
            addresses: || Ok(addresses.iter().map(|address| address.parse().unwrap()).collect()),
            ttl: 7,
        };
        let (bytes, outcome) = asked.answer()?;
        Some((Message::from_vec(&bytes).unwrap(), outcome))
    }

    fn ask(message: &[u8]) -> Option<(Message, Outcome)> {
        ask_by(Protocol::Udp, message, &ADDRESSES)
    }

    fn question(name: &str, kind: RecordType) -> Message {
        let mut message = Message::new(7, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(Name::from_ascii(name).unwrap(), kind));
        message
    }

    fn answered(name: &str, kind: RecordType) -> (Message, Outcome) {
        ask(&question(name, kind).to_vec().unwrap()).unwrap()
    }

    fn addresses(answer: &Message) -> HashSet<String> {
        let data = answer.answers.iter().map(|record| record.data.to_string());
        data.collect()
    }

    #[test]
    fn a_known_name_has_the_addresses_of_the_family_that_is_asked_for() {
        for (kind, wanted) in [
            (RecordType::A, &ADDRESSES[..2]),
            (RecordType::AAAA, &ADDRESSES[2..]),
            (RecordType::ANY, &ADDRESSES),
        ] {
            let (answer, outcome) = answered("Shop.VAMP.", kind);
            assert_eq!(outcome, Outcome::Answered);
            assert_eq!(
                addresses(&answer),
                wanted.iter().map(|text| (*text).to_owned()).collect()
            );
            let metadata = &answer.metadata;
            assert_eq!((metadata.id, metadata.response_code), (7, ResponseCode::NoError));
            assert!(metadata.authoritative && !metadata.recursion_available && !metadata.truncation);
            let record = &answer.answers[0];
            // Some askers compare the case of what comes back with that of what they sent.
            assert_eq!((record.name.to_ascii().as_str(), record.ttl), ("Shop.VAMP.", 7));
            assert_eq!(answer.queries[0].name().to_ascii(), "Shop.VAMP.");
        }
    }

    #[test]
    fn a_known_name_without_such_a_record_says_for_how_long() {
        let (answer, outcome) = answered("shop.vamp.", RecordType::TXT);
        assert_eq!(
            (outcome, answer.metadata.response_code),
            (Outcome::Answered, ResponseCode::NoError)
        );
        assert!(answer.answers.is_empty() && answer.metadata.authoritative);
        match &answer.authorities[0].data {
            RData::SOA(zone) => assert_eq!(zone.minimum, 7),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn other_names_classes_and_transfers_are_refused() {
        let mut chaos = question("shop.vamp.", RecordType::A);
        chaos.queries[0].set_query_class(DNSClass::CH);
        for refused in [
            question("vamp.", RecordType::A),
            question(".", RecordType::NS),
            question("x.shop.vamp.", RecordType::A),
            question("shop\\.vamp.", RecordType::A),
            question("shop.vamp.", RecordType::AXFR),
            chaos,
        ] {
            let message = refused.to_vec().unwrap();
            let (answer, outcome) = ask(&message).unwrap();
            assert_eq!(
                (outcome, answer.metadata.response_code),
                (Outcome::Refused, ResponseCode::Refused),
                "{refused}"
            );
            assert!(answer.answers.is_empty() && !answer.metadata.authoritative);
            assert_eq!(
                answer.to_vec().unwrap().len(),
                message.len(),
                "nothing is gained by asking in another's name"
            );
        }
    }

    #[test]
    fn what_is_no_question_is_told_so_or_not_answered_at_all() {
        let plain = question("shop.vamp.", RecordType::A).to_vec().unwrap();
        let code =
            |message: &[u8]| ask(message).map(|(answer, outcome)| (answer.metadata.response_code, outcome));
        let invalid = |code| Some((code, Outcome::Invalid));

        let mut answer = plain.clone();
        answer[2] |= 0x80;
        assert_eq!(code(&answer), None, "two that answer each other never end");
        assert_eq!(code(&plain[..11]), None);
        assert_eq!(code(&plain[..15]), invalid(ResponseCode::FormErr));
        let mut many = plain.clone();
        many[4..6].copy_from_slice(&[0xff, 0xff]);
        assert_eq!(code(&many), invalid(ResponseCode::FormErr));
        let mut update = plain;
        update[2] |= 5 << 3;
        assert_eq!(code(&update), invalid(ResponseCode::NotImp));
        let mut from_the_future = question("shop.vamp.", RecordType::A);
        let mut extension = Edns::new();
        extension.set_version(1);
        from_the_future.edns = Some(extension);
        let (answer, outcome) = ask(&from_the_future.to_vec().unwrap()).unwrap();
        assert_eq!(outcome, Outcome::Invalid);
        assert_eq!(
            answer.metadata.response_code.low() | (answer.edns.unwrap().rcode_high() << 4),
            16,
            "BADVERS"
        );
    }

    #[test]
    fn an_answer_is_as_long_as_the_asker_can_take() {
        let many = ["2001:db8::5"; 16];
        let mut question = question(&long_name(), RecordType::AAAA);
        let is_cut = |protocol, question: &Message| {
            let (answer, _) = ask_by(protocol, &question.to_vec().unwrap(), &many).unwrap();
            assert_eq!(answer.edns.is_some(), question.edns.is_some());
            assert_eq!(answer.metadata.truncation, answer.answers.len() < many.len());
            answer.metadata.truncation
        };
        assert!(is_cut(Protocol::Udp, &question) && !is_cut(Protocol::Tcp, &question));
        let mut extension = Edns::new();
        extension.set_max_payload(4096);
        question.edns = Some(extension);
        assert!(!is_cut(Protocol::Udp, &question));
    }

    #[test]
    fn an_address_that_is_not_known_is_a_failure_of_the_server() {
        let asked = Asked {
            message: &question("shop.vamp.", RecordType::A).to_vec().unwrap(),
            asker: "10.0.0.9:4711".parse().unwrap(),
            protocol: Protocol::Udp,
            knows: |_: &str| true,
            addresses: || Err(io::ErrorKind::NetworkUnreachable.into()),
            ttl: 7,
        };
        let (bytes, outcome) = asked.answer().unwrap();
        let answer = Message::from_vec(&bytes).unwrap();
        assert_eq!(
            (outcome, answer.metadata.response_code),
            (Outcome::Failed, ResponseCode::ServFail)
        );
    }
}
