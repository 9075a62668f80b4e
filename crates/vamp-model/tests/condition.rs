//! Conditions: their short forms, what they mean, and what is refused.

#![expect(clippy::panic, reason = "a test fails by panicking, its helpers too")]

use vamp_model::boolean::{Dnf, Expression, OPERANDS, TERMS, Truth};
use vamp_model::condition::{BROWSERS, InvalidLeaf, Leaf, Request, browser};
use vamp_model::{Condition, InvalidCondition};

fn condition(text: &str) -> Condition {
    Condition::new(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The tree of a text inside the language.
fn tree(text: &str) -> Expression<Leaf> {
    let condition = condition(text);
    assert_eq!(condition.syntax_error(), None, "{text}");
    condition.tree()
}

fn host(value: &str) -> Expression<Leaf> {
    Expression::Leaf(Leaf::Host(value.to_owned()))
}

fn user_agent(value: &str) -> Expression<Leaf> {
    Expression::Leaf(Leaf::UserAgent(value.to_owned()))
}

fn cookie(name: &str) -> Expression<Leaf> {
    Expression::Leaf(Leaf::Cookie(name.to_owned()))
}

fn header(name: &str) -> Expression<Leaf> {
    Expression::Leaf(Leaf::Header(name.to_owned()))
}

fn cookie_contains(name: &str, value: &str) -> Expression<Leaf> {
    Expression::Leaf(Leaf::CookieContains(name.to_owned(), value.to_owned()))
}

fn header_contains(name: &str, value: &str) -> Expression<Leaf> {
    Expression::Leaf(Leaf::HeaderContains(name.to_owned(), value.to_owned()))
}

fn raw(text: &str) -> Expression<Leaf> {
    Expression::Leaf(Leaf::Value(text.to_owned()))
}

fn all(texts: &[&str], expected: impl Fn() -> Expression<Leaf>) {
    for text in texts {
        assert_eq!(tree(text), expected(), "{text}");
    }
}

#[test]
fn the_user_agent_is_compared_in_many_spellings() {
    // S01-229: a negated comparison is the negation of the comparison, inside a larger formula as well.
    assert_eq!(
        tree("user-agent == a and user-agent != b"),
        tree("user-agent == a and not user-agent == b")
    );
    assert_eq!(
        tree("user-agent == a and user-agent != b"),
        user_agent("a") & !user_agent("b")
    );
    // S01-231: with and without blanks, parentheses, in any case.
    let positive = [
        "User-Agent==X",
        "User-Agent== X ",
        " User-Agent == X ",
        "User-Agent is X",
        " ( User-Agent == X ) ",
        "User-Agent = X",
        "user.agent=X",
        "USERAGENT IS X",
        "userAgent has X",
        "User-Agent contains X",
        "user-agenthas X",
        "user-agent\n==\tX",
    ];
    all(&positive, || user_agent("X"));
    // S01-231: each way to negate.
    let negative = [
        "User-Agent != X",
        "User-Agent!=X",
        "User-Agent ! X",
        "User-Agent !X",
        "user.agent != X",
        "User-Agent not X",
        "User-Agent NOT X",
        "User-Agent misses X",
        "useragent Misses X",
        "! User-Agent == X",
        "!User-Agent = X",
        "not User-Agent is X",
        "NOT User-Agent has X",
        "!(user-agent == X)",
    ];
    all(&negative, || !user_agent("X"));
    all(&["not user-agent misses X", "!(user-agent != X)"], || {
        !!user_agent("X")
    });
}

#[test]
fn the_host_is_compared_in_the_same_ways() {
    // S01-232: every positive spelling.
    all(
        &[
            "host == x",
            "host=x",
            "Host is x",
            "HOST has x",
            "host contains x",
            "(host = x)",
        ],
        || host("x"),
    );
    // S01-232: every negative one, before the value and before the test.
    all(
        &[
            "host != x",
            "host ! x",
            "host not x",
            "host misses x",
            "! host == x",
            "!host = x",
            "not host is x",
        ],
        || !host("x"),
    );
    all(&["host == example.org:8080"], || host("example.org:8080"));
}

#[test]
fn cookies_and_headers_are_there_or_missed() {
    // S01-233: presence of a cookie.
    all(
        &[
            "has cookie n",
            "contains cookie n",
            "HAS Cookie n",
            "has\tcookie  n",
        ],
        || cookie("n"),
    );
    all(
        &["misses cookie n", "not has cookie n", "! contains cookie n"],
        || !cookie("n"),
    );
    // S01-233: and of a header.
    all(&["has header X-N", "contains header X-N"], || header("X-N"));
    all(&["misses header X-N", "!has header X-N"], || !header("X-N"));
    // S01-234: what a cookie contains.
    all(
        &["cookie n has v", "cookie n contains v", "COOKIE n HAS v"],
        || cookie_contains("n", "v"),
    );
    all(&["cookie n misses v", "not cookie n has v"], || {
        !cookie_contains("n", "v")
    });
    // S01-234: and a header.
    all(&["header n has v", "header n contains v"], || {
        header_contains("n", "v")
    });
    all(&["header n misses v", "! header n contains v"], || {
        !header_contains("n", "v")
    });
    all(&["not misses cookie n"], || !!cookie("n"));
}

#[test]
fn text_in_angle_brackets_is_kept_as_it_is() {
    // S01-230: blanks around the text go, those inside stay, and so do letters of any script.
    all(
        &[
            "<path_beg  /a>",
            "< path_beg  /a >",
            "  <\tpath_beg  /a\n>  ",
            "(< path_beg  /a>)",
        ],
        || raw("path_beg  /a"),
    );
    all(&["< hdr(x) -m sub Приве́т 'é' >"], || {
        raw("hdr(x) -m sub Приве́т 'é'")
    });
    all(&["<a & b | !c (d>"], || raw("a & b | !c (d"));
    all(&["not <a>", "!<a>", "! < a >"], || !raw("a"));
    all(&["<a> or <b> and <c>"], || raw("a") | (raw("b") & raw("c")));
    all(&["< >"], || raw(""));
}

#[test]
fn a_text_outside_the_language_is_one_acl_expression() {
    let cases = [
        ("hdr_sub(user-agent) Android", 1),
        ("path_beg /api or path_beg /v1", 1),
        ("User-Agent = Firefox 5", 22),
        ("User-Agent = is Firefox", 17),
        ("user agent = IE", 1),
        ("ua == Firefox", 1),
        ("cookie vamp", 12),
        ("has cookie", 11),
        ("User-Agent", 11),
        ("User-Agent =", 13),
        ("User-Agent = (Firefox)", 14),
        ("User-Agent = Firefox and", 25),
        ("<a> and(<b>)", 8),
        ("<a>||<b>", 6),
        ("not(<a>)", 1),
        ("not not <a>", 5),
        ("!!<a>", 2),
        ("not !<a>", 5),
        ("<a> <b>", 5),
        ("<>", 2),
        ("<a", 3),
        ("<a> and (<b> or", 16),
        ("true", 1),
        ("(<a>", 5),
        ("", 1),
        ("  ", 3),
        ("\"a\" == b", 1),
    ];
    for (text, column) in cases {
        let condition = condition(text);
        // S01-235: the same as in brackets, but that blanks at its ends belong to it.
        assert_eq!(condition.tree(), raw(text), "{text}");
        assert_eq!(condition.raw(), Some(text));
        if !text.contains(['<', '>']) && text.trim() == text {
            assert_eq!(condition.tree(), tree(&format!("< {text} >")), "{text}");
        }
        assert!(condition.is_fallback(), "{text}");
        let error = condition.syntax_error().unwrap();
        assert_eq!(error.column, column, "{text}: {error}");
    }
    let error = condition("cookie vamp has").syntax_error().unwrap();
    assert_eq!(error.to_string(), "character 16: expected a blank");
    let error = condition("host = ").syntax_error().unwrap();
    assert_eq!(error.to_string(), "character 8: expected a value");
    let error = condition("hots == a").syntax_error().unwrap();
    assert_eq!(
        error.to_string(),
        "character 1: expected `not`, a test such as `host == example.org` or `(`"
    );
    let error = condition("header a is b").syntax_error().unwrap();
    assert_eq!(
        error.to_string(),
        "character 9: expected `has`, `contains` or `misses`"
    );
}

#[test]
fn values_are_written_with_or_without_quotes() {
    // S01-236: both kinds of quotes hold blanks, parentheses and semicolons.
    for quoted in ["'a (b); c'", "\"a (b); c\""] {
        all(&[&format!("user-agent == {quoted}")], || user_agent("a (b); c"));
        all(&[&format!("has cookie {quoted}")], || cookie("a (b); c"));
        all(&[&format!("header {quoted} has {quoted}")], || {
            header_contains("a (b); c", "a (b); c")
        });
    }
    let cases = [
        // Two quotes are one, and the other kind stands for itself.
        ("'it''s'", "it's"),
        ("\"say \"\"hi\"\"\"", "say \"hi\""),
        ("\"it's\"", "it's"),
        ("'5\"'", "5\""),
        ("\"it''s\"", "it''s"),
        ("''", ""),
        ("\"\"", ""),
        ("\" a \"", " a "),
        // Letters of any script, with quotes and without.
        ("\"Firéfox\"", "Firéfox"),
        ("Фаерфокс😀", "Фаерфокс😀"),
        // Without quotes a value goes on up to a blank or a parenthesis.
        ("a&b|!c<d>'e'", "a&b|!c<d>'e'"),
        // A quote that is not closed belongs to the value.
        ("'abc", "'abc"),
        ("\"", "\""),
        ("'''", "'''"),
    ];
    for (written, value) in cases {
        all(
            &[&format!("host == {written}"), &format!("host =={written}")],
            || host(value),
        );
        all(&[&format!("has cookie {written}")], || cookie(value));
    }
    all(&["host ===a", "host == =a", "host = '=a'"], || host("=a"));
    all(&["(host == a)"], || host("a"));
    assert_eq!(tree("(host == 'a')and <b>"), host("a") & raw("b"));
    assert_eq!(tree("host == 'a'and <b>"), host("a") & raw("b"));
    // After a closing quote nothing else belongs to the value.
    assert!(condition("host == 'a'b").is_fallback());
}

#[test]
fn a_condition_keeps_its_text_and_its_trees_print_as_text() {
    let text = "  (User-Agent = Safari OR has cookie beta) AND not header X-A contains b ";
    let kept = condition(text);
    assert_eq!((kept.definition(), kept.to_string().as_str()), (text, text));
    assert_ne!(kept, condition(text.trim()));
    let cases = [
        (
            text,
            "(user-agent == Safari or has cookie beta) and not header X-A has b",
        ),
        ("host = 'a b' | <c>", "host == \"a b\" or < c >"),
        ("misses cookie \"'\"", "not has cookie \"'\""),
        ("host == 'a\"'", "host == a\""),
        ("host == '\"'", "host == \"\"\"\""),
        ("host == '=='", "host == =="),
        ("host == ''", "host == \"\""),
        ("not misses header a", "not (not has header a)"),
        ("< >", "< >"),
        ("path_beg /a", "< path_beg /a >"),
        (" path_beg", " path_beg"),
        ("<a> <b>", "<a> <b>"),
    ];
    for (text, printed) in cases {
        assert_eq!(condition(text).tree().to_string(), printed);
        let again = Condition::from_tree(&condition(text).tree()).unwrap();
        assert_eq!(again.definition(), printed);
        assert_eq!(again.tree(), condition(text).tree());
    }
    let unwritable = [
        (host("a") & Expression::True, InvalidCondition::Constant),
        (
            host("a") | raw("b > c"),
            InvalidCondition::Leaf(Leaf::Value("b > c".into())),
        ),
        (!raw(" a"), InvalidCondition::Leaf(Leaf::Value(" a".into()))),
        (host("a\nb"), InvalidCondition::Control),
        (raw("a\nb"), InvalidCondition::Control),
    ];
    for (tree, error) in unwritable {
        assert_eq!(Condition::from_tree(&tree), Err(error), "{tree}");
    }
}

#[test]
fn what_could_break_out_of_its_line_is_refused() {
    let bad = [
        "< path /a >\nbind :1",
        "< path /a\nbind :1 >",
        "path /a\n",
        "<a> and <b\r\nc>",
        "host == a\0",
        "host == 'a\nb'",
        "has cookie 'a\u{85}'",
        "\u{7f}",
    ];
    for text in bad {
        assert_eq!(Condition::new(text), Err(InvalidCondition::Control), "{text:?}");
    }
    // Between words a line break is a blank like others.
    let text = "User-Agent = Firefox\r\n\tand has cookie a\n";
    assert_eq!(tree(text), user_agent("Firefox") & cookie("a"));
    assert_eq!(condition("<\n path /a\n>").raw(), Some("path /a"));
    for text in [text, "<\n path /a\n>"] {
        let leaves = condition(text).tree();
        assert!(
            leaves
                .leaves()
                .all(|leaf| !format!("{leaf}").contains(char::is_control))
        );
    }
    assert_eq!(Condition::new("(".repeat(1_000)), Err(InvalidCondition::TooDeep));
    let long = vec!["<a>"; OPERANDS + 1].join(" and ");
    assert_eq!(Condition::new(long), Err(InvalidCondition::TooLong));
}

#[test]
fn what_no_configuration_can_hold_is_found_before_it_is_written() {
    let cases = [
        ("< >", Err(InvalidLeaf::Empty)),
        ("  ", Err(InvalidLeaf::Empty)),
        ("<a> or < >", Err(InvalidLeaf::Empty)),
        (
            "has cookie \"my cookie\"",
            Err(InvalidLeaf::Name("my cookie".into())),
        ),
        ("has header ''", Err(InvalidLeaf::Name(String::new()))),
        (
            "<a> and not header 'a(b' has c",
            Err(InvalidLeaf::Name("a(b".into())),
        ),
        ("cookie 'a)' has c", Err(InvalidLeaf::Name("a)".into()))),
        ("has cookie vamp and host == 'a b'", Ok(())),
        ("path_beg /a", Ok(())),
    ];
    for (text, expected) in cases {
        assert_eq!(condition(text).check(), expected, "{text}");
    }
}

#[test]
fn a_raw_condition_is_its_acl_expression() {
    let cases = [
        ("< path_beg /a >", Some("path_beg /a")),
        ("  ( (<path_beg /a>) )", Some("path_beg /a")),
        ("path_beg /a", Some("path_beg /a")),
        (" path_beg /a", Some(" path_beg /a")),
        ("< a > b >", Some("< a > b >")),
        ("not < a >", None),
        ("<a> or <b>", None),
        ("host == '<a>'", None),
        ("User-Agent = Firefox", None),
    ];
    for (text, expected) in cases {
        assert_eq!(condition(text).raw(), expected, "{text}");
    }
}

#[test]
fn well_known_browsers_are_replaced_by_what_their_header_contains() {
    assert_eq!(BROWSERS.len(), 5);
    assert_eq!(browser("sAFARI"), Some(&["Safari", "Version"][..]));
    assert_eq!(browser("Opera"), None);
    let sub = |text: &str| raw(&format!("req.fhdr(User-Agent) -m sub '{text}'"));
    let cases = [
        ("user-agent == CHROME", sub("Chrome")),
        ("user-agent is firefox", sub("Firefox")),
        ("user-agent has edge", sub("Edge")),
        ("useragent = ie", sub("MSIE")),
        ("user-agent = safari", sub("Safari") & sub("Version")),
        ("user-agent != safari", !(sub("Safari") & sub("Version"))),
        ("user-agent = Opera", user_agent("Opera")),
        (
            "host = Chrome or has cookie Chrome",
            host("Chrome") | cookie("Chrome"),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(condition(text).expanded_tree(), expected, "{text}");
        assert_ne!(condition(text).tree(), sub("Safari"), "the tree keeps the name");
    }
    // Named and written by hand they are the same test.
    let flat = condition("user-agent = ie or <req.fhdr(User-Agent) -m sub 'MSIE'>").to_dnf(TERMS);
    assert_eq!(flat.unwrap().to_expression(), sub("MSIE"));
}

#[test]
fn alternatives_come_in_the_order_of_the_truth_table() {
    let cases = [
        // S01-240: the second test comes first, because its negation is the case that merges last.
        ("not <X> or user-agent != v", "not user-agent == v or not < X >"),
        ("not (<a> and host == b)", "not host == b or not < a >"),
        (
            "(User-Agent = Firefox or <b>) and has cookie c",
            "< req.fhdr(User-Agent) -m sub 'Firefox' > and has cookie c or < b > and has cookie c",
        ),
        (
            "user-agent != safari",
            "not < req.fhdr(User-Agent) -m sub 'Version' > or not < req.fhdr(User-Agent) -m sub 'Safari' >",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(
            condition(text).to_dnf(TERMS).unwrap().to_string(),
            expected,
            "{text}"
        );
    }
    assert_eq!(condition("<a> or not <a>").to_dnf(TERMS), Ok(Dnf::True));
    assert_eq!(condition("<a> and not <a>").to_dnf(TERMS), Ok(Dnf::False));
    let sums: Vec<String> = (0..9)
        .map(|n| format!("(has cookie a{n} or has cookie b{n})"))
        .collect();
    assert_eq!(
        condition(&sums.join(" and ")).to_dnf(TERMS).unwrap_err().terms,
        512
    );
}

#[test]
fn a_request_meets_a_condition_as_it_would_at_haproxy() {
    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const CHROME: &str =
        "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
    const SAFARI: &str =
        "Mozilla/5.0 (Macintosh) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/605.1";
    let request = Request::new();
    let host = |host: &str| request.clone().host(host);
    let agent = |agent: &str| request.clone().user_agent(agent);
    let header = |value: &str| request.clone().header("X-Group", value);
    let cookies = |line: &str| request.clone().header("cookie", line);
    let cases = [
        // The host is compared as a whole, case and port included.
        ("host == a.org", host("a.org"), Truth::Yes),
        ("host == a.org", host("A.org"), Truth::No),
        ("host == a.org", host("a.org:80"), Truth::No),
        ("host has a", host("a.org"), Truth::No),
        ("host == a.org", host("a.org,b.org"), Truth::Yes),
        ("host == a.org", request.clone(), Truth::No),
        ("host != a.org", request.clone(), Truth::Yes),
        ("host == ''", host(""), Truth::No),
        // Browsers are known in any case; other texts are looked for as they are.
        ("user-agent == FIREFOX", agent(FIREFOX), Truth::Yes),
        ("user-agent == Gecko/2010", agent(FIREFOX), Truth::Yes),
        ("user-agent == gecko/2010", agent(FIREFOX), Truth::No),
        ("user-agent == Safari", agent(CHROME), Truth::No),
        ("user-agent == Safari", agent(SAFARI), Truth::Yes),
        ("user-agent != Safari", agent(CHROME), Truth::Yes),
        ("user-agent == Chrome", agent(CHROME), Truth::Yes),
        (
            "user-agent == IE",
            agent("Mozilla/4.0 (compatible; MSIE 8.0)"),
            Truth::Yes,
        ),
        ("user-agent == ''", agent(FIREFOX), Truth::No),
        // A header is there even if it is empty; each of its lines is looked at as a whole.
        ("has header x-group", header(""), Truth::Yes),
        ("has header x-group", request.clone(), Truth::No),
        ("misses header x-group", request.clone(), Truth::Yes),
        ("header X-GROUP has 'a, b'", header("1; a, b"), Truth::Yes),
        ("header x-group has A", header("a"), Truth::No),
        (
            "header x-group has b",
            header("a").header("x-group", "b"),
            Truth::Yes,
        ),
        (
            "header x-group has 'a, b'",
            header("a").header("x-group", "b"),
            Truth::No,
        ),
        ("header x-group misses b", header("a"), Truth::Yes),
        // An empty cookie is none.
        ("has cookie c", request.clone().cookie("c", "1"), Truth::Yes),
        ("has cookie c", request.clone().cookie("c", ""), Truth::No),
        ("has cookie c", request.clone().cookie("C", "1"), Truth::No),
        ("has cookie c", cookies("c"), Truth::No),
        ("has cookie c", cookies("a=1; c = abcd"), Truth::Yes),
        ("cookie c has bc", cookies("a=1; c = abcd"), Truth::Yes),
        ("cookie c has bc", cookies("a=1, c=abcd"), Truth::Yes),
        ("cookie c has bc", cookies("a=bc; c=1"), Truth::No),
        ("cookie c has bc", cookies("c=1; c=bc"), Truth::Yes),
        ("cookie c has BC", cookies("c=bc"), Truth::No),
        ("cookie c has d", cookies("c=\"b;d\""), Truth::Yes),
        (
            "cookie c misses bc",
            request.clone().cookie("a", "1").cookie("c", "xbc"),
            Truth::No,
        ),
        (
            "header cookie has c=",
            request.clone().cookie("c", "1"),
            Truth::Yes,
        ),
        // What HAProxy would have to say is not known, unless it does not matter.
        ("< path_beg /a >", request.clone(), Truth::Unknown),
        ("path_beg /a", request.clone(), Truth::Unknown),
        ("not < path_beg /a >", request.clone(), Truth::Unknown),
        ("< path_beg /a > and has cookie c", request.clone(), Truth::No),
        ("< path_beg /a > or misses cookie c", request.clone(), Truth::Yes),
        ("< path_beg /a > or has cookie c", request.clone(), Truth::Unknown),
    ];
    for (text, request, expected) in cases {
        assert_eq!(condition(text).matches(&request), expected, "{text} {request:?}");
    }
}
