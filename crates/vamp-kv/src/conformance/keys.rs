//! Names of every sort, and keys above and below each other.

use super::Outcome;
use super::asked::present;
use crate::{Condition, ErrorKind, Key, KeyValueStore};

/// Writes its name under each key, and looks whether all are there, apart, and with the right value.
async fn kept_apart(store: &dyn KeyValueStore, base: &Key, segments: &[&str]) -> Outcome {
    for segment in segments {
        let key = base.join(segment)?;
        let value = (*segment).to_owned().into();
        let made = store.put_if(&key, value, Condition::Absent, None).await?;
        ensure!(made.is_some(), "'{segment}' is taken for another of {segments:?}");
    }
    for segment in segments {
        let entry = present(store, &base.join(segment)?).await?;
        ensure!(entry.value == *segment, "'{segment}' holds {entry:?}");
    }
    let listed = store.list(base).await?;
    ensure!(
        listed.len() == segments.len() && listed.iter().all(|entry| entry.value == entry.key.name()),
        "listed {listed:?}"
    );
    for segment in segments {
        ensure!(
            store.delete(&base.join(segment)?).await?,
            "'{segment}' was not deleted"
        );
    }
    ensure!(store.list(base).await?.is_empty(), "something is left");
    Ok(())
}

pub(super) async fn a_name_that_looks_encoded_is_not_decoded(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let segments = [
        "%", "%%", "%2", "%25", "%2F", "%2f", "%2E", "%41", "A", "%00", "+", " ", "%20", "&amp;", "&",
    ];
    kept_apart(store, base, &segments).await
}

pub(super) async fn letters_of_either_case_are_different(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    kept_apart(
        store,
        base,
        &["gateway", "Gateway", "GATEWAY", "ä", "Ä", "ß", "ss"],
    )
    .await
}

pub(super) async fn letters_outside_of_ascii_are_kept_as_they_are(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    // The same to the eye, and not the same bytes.
    kept_apart(store, base, &["\u{e9}", "e\u{301}", "日本", "Ωμέγα", "a"]).await
}

/// ZooKeeper takes no characters beyond the first 65,536, Consul none that cannot be printed. To refuse them is no failure as long as it
/// is told as what it is, nothing is written, and other keys go on.
pub(super) async fn a_name_that_stores_may_refuse_is_kept_or_told(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let segments = [
        "🦀",
        "𝒱amp",
        "\u{fffd}",
        "a\u{200b}b",
        "a\u{a0}b",
        "\u{feff}a",
        "a\u{ad}b",
        "\u{e000}",
        "\u{2028}",
        "\u{202e}a",
    ];
    for segment in segments {
        let key = base.join(segment)?;
        let outcome = store.put(&key, segment.to_owned().into(), None).await;
        let listed = store.list(base).await?;
        ensure!(
            outcome.is_ok() == listed.iter().any(|entry| entry.key == key),
            "{segment:?}: {outcome:?}, and listed are {listed:?}"
        );
        match outcome {
            Ok(version) => {
                let entry = present(store, &key).await?;
                ensure!(
                    entry.version == version && entry.value == segment,
                    "{segment:?} holds {entry:?}"
                );
            }
            Err(error) => ensure!(error.kind() == ErrorKind::Unsupported, "{segment:?}: {error}"),
        }
        let other = base.join("other")?;
        store.put(&other, segment.to_owned().into(), None).await?;
        ensure!(
            present(store, &other).await?.value == segment,
            "another key is not what it was"
        );
    }
    Ok(())
}

pub(super) async fn spaces_around_a_name_belong_to_it(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    kept_apart(store, base, &["a", " a", "a ", " a ", "  ", " "]).await
}

pub(super) async fn dots_in_a_name_mean_nothing(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    kept_apart(
        store,
        base,
        &["...", ".a", "a.", ".a.", "a..b", ".vamp", "~", "..a"],
    )
    .await
}

pub(super) async fn signs_of_urls_and_shells_mean_nothing(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let segments = [
        "?recurse", "#", "a=b", "a;b", "a&b", "a,b", "*", "[a]", "{a}", "$a", "`a`", "'", "\"", "\\", "|",
        "<", ">", "!", "@", "^", ":",
    ];
    kept_apart(store, base, &segments).await
}

pub(super) async fn names_that_stores_use_themselves_are_ordinary(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let segments = [
        "value",
        "zookeeper",
        "lock",
        ".lock",
        "tmp",
        "value~",
        "null",
        "0",
        "-1",
    ];
    kept_apart(store, base, &segments).await?;
    let value = base.join("value")?;
    store.put(&value, "upper".into(), None).await?;
    store.put(&value.join("value")?, "lower".into(), None).await?;
    ensure!(
        present(store, &value).await?.value == "upper",
        "the lower was written over the upper"
    );
    ensure!(
        store.get(base).await?.is_none(),
        "the key above has the value of one below"
    );
    Ok(())
}

pub(super) async fn names_that_begin_alike_are_different(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    kept_apart(store, base, &["a", "aa", "aaa", "a-", "a0", "ab"]).await
}

pub(super) async fn a_key_above_a_written_one_is_absent(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let above = base.join("a")?;
    let below = above.join("b")?.join("c")?;
    store.put(&below, "1".into(), None).await?;
    ensure!(
        store.get(&above).await?.is_none(),
        "a key has a value that nobody wrote"
    );
    ensure!(
        !store.delete(&above).await?,
        "a key that nobody wrote was deleted"
    );
    ensure!(present(store, &below).await?.value == "1", "the key below went");
    let made = store.put_if(&above, "2".into(), Condition::Absent, None).await?;
    ensure!(made.is_some(), "a key that nobody wrote was taken for present");
    Ok(())
}

pub(super) async fn a_key_stays_when_the_last_below_it_goes(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let below = base.join("a")?.join("b")?;
    store.put(base, "upper".into(), None).await?;
    store.put(&below, "lower".into(), None).await?;
    ensure!(store.delete(&below).await?, "it was not deleted");
    ensure!(
        present(store, base).await?.value == "upper",
        "the upper is another"
    );
    ensure!(store.list(base).await?.len() == 1, "more than the upper is left");
    Ok(())
}

pub(super) async fn keys_can_be_made_again_below_a_deleted_one(
    store: &dyn KeyValueStore,
    base: &Key,
) -> Outcome {
    let upper = base.join("a")?;
    let lower = upper.join("b")?;
    for round in 0..5 {
        let value = round.to_string();
        store.put(&upper, value.clone().into(), None).await?;
        store.put(&lower, value.clone().into(), None).await?;
        ensure!(store.delete(&upper).await?, "the upper was not deleted");
        ensure!(present(store, &lower).await?.value == value, "the lower went");
        ensure!(store.delete(&lower).await?, "the lower was not deleted");
        ensure!(store.list(base).await?.is_empty(), "something is left");
    }
    Ok(())
}
