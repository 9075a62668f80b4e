//! The largest values, the longest keys, the longest listings.

use bytes::Bytes;

use super::asked::{kind, present, try_all};
use super::{Failure, Outcome};
use crate::{Condition, ErrorKind, Key, KeyValueStore};

/// The largest value of a store, as far as it has a limit that a test can try.
fn limit(store: &dyn KeyValueStore) -> Option<usize> {
    store.capabilities().max_value
}

fn bytes(length: usize) -> Bytes {
    Bytes::from(vec![b'x'; length])
}

pub(super) async fn a_value_at_the_limit_is_kept(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    // A store without a limit takes more than any of the others.
    let value = bytes(limit(store).unwrap_or(2_000_000));
    store.put(base, value.clone(), None).await?;
    ensure!(
        present(store, base).await?.value == value,
        "a value of {} bytes came back as another",
        value.len()
    );
    let listed = store.list(base).await?;
    ensure!(listed.len() == 1 && listed[0].value == value, "it is not listed");
    let version = Condition::Version(listed[0].version);
    let again = store.put_if(base, value, version, None).await?;
    ensure!(again.is_some(), "the present version was refused");
    Ok(())
}

pub(super) async fn no_write_takes_a_value_over_the_limit(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let Some(limit) = limit(store) else { return Ok(()) };
    let refused = Some(ErrorKind::TooLarge { limit });
    let larger = bytes(limit + 1);
    let put = kind(store.put(base, larger.clone(), None).await);
    let put_if = kind(store.put_if(base, larger.clone(), Condition::Absent, None).await);
    let other = base.join("other")?;
    let last = store.put_with(
        vec![(other.clone(), "1".into())],
        base,
        larger.clone(),
        Condition::Absent,
        None,
    );
    let last = kind(last.await);
    let with = store.put_with(vec![(other, larger)], base, "1".into(), Condition::Absent, None);
    let with = kind(with.await);
    ensure!(
        [put, put_if, last, with].iter().all(|kind| *kind == refused),
        "one byte more than {limit}: put {put:?}, put_if {put_if:?}, put_with {last:?}, beside it {with:?}"
    );
    ensure!(store.get(base).await?.is_none(), "something was written");
    Ok(())
}

pub(super) async fn a_long_segment_is_kept(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    for length in [200, 255, 256, 600] {
        let (one, other) = (
            base.join(&"a".repeat(length))?,
            base.join(&format!("{}b", "a".repeat(length - 1)))?,
        );
        store.put(&one, "1".into(), None).await?;
        store.put(&other, "2".into(), None).await?;
        let (one, other) = (present(store, &one).await?, present(store, &other).await?);
        ensure!(
            one.value == "1" && other.value == "2",
            "{length} letters are cut off"
        );
    }
    ensure!(store.list(base).await?.len() == 8, "not all are listed");
    Ok(())
}

pub(super) async fn a_deep_key_is_kept(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    let mut key = base.clone();
    for depth in 0..40 {
        key = key.join(&depth.to_string())?;
    }
    store.put(&key, "deep".into(), None).await?;
    ensure!(present(store, &key).await?.value == "deep", "it is another");
    let listed = store.list(base).await?;
    ensure!(
        listed.len() == 1 && listed[0].key == key,
        "it is listed as {listed:?}"
    );
    Ok(())
}

pub(super) async fn a_listing_of_many_keys_is_whole(store: &dyn KeyValueStore, base: &Key) -> Outcome {
    const KEYS: usize = 500;
    for chunk in 0..KEYS / 50 {
        try_all((0..50).map(|n| async move {
            let key = base.join(&chunk.to_string())?.join(&n.to_string())?;
            store.put(&key, key.to_string().into(), None).await?;
            Ok(())
        }))
        .await?;
        tokio::task::yield_now().await;
    }
    let listed = store.list(base).await?;
    ensure!(listed.len() == KEYS, "{} of {KEYS} are listed", listed.len());
    let wrong = listed.iter().find(|entry| entry.value != entry.key.as_str());
    wrong.map_or(Ok(()), |entry| {
        Err(Failure::new(format!("{} has the value of another", entry.key)))
    })
}
