//! A disk that is full: traffic does not notice, it is told, and nobody has to help when there is room again.

use vamp_client::Client;
use vamp_testkit::disk::SmallDisk;
use vamp_testkit::{extent, wait};

use crate::support::{
    LIMIT, TestResult, TwoProcesses, add_gateway, agent, half_and_half, is_served, lacks, release_on,
    remove_gateway, share, until_all_is_applied, until_counted, until_share,
};

/// Mebibytes: room for everything that there is, and little more.
const SIZE: u32 = 8;

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_that_the_disk_of_the_agent_is_full() -> TestResult {
    if lacks(&["haproxy", "etcd"]) || SmallDisk::is_missing() {
        return Ok(());
    }
    let mut system = TwoProcesses::start(None).await?;
    let client = Client::new(&system.vamp.url())?;
    let mut release = release_on(&system.vamp)?;
    half_and_half(&mut release).await?;
    let load = release.load().ok_or("no load")?;
    system.vga.stop().await?;
    let disk = SmallDisk::in_place_of(system.vga.state_directory(), SIZE)?;
    system.vga.start_again().await?;
    until_all_is_applied(&client).await?;

    for round in 0..extent::pick(2, 20) {
        disk.fill()?;
        let before = system.vga.configuration();
        // Of the weights, and of the structure.
        share(&client, 90 - round).await?;
        add_gateway(&client, "asked-while-full").await?;
        let failure = wait::until_some(LIMIT, || async { agent(&client).await?.failure }).await?;
        assert!(
            failure.message.contains("No space left on device"),
            "{}",
            failure.message
        );
        until_counted(load, 1_000).await?;
        until_share(load, 50.0 + f64::from(round)).await?;
        assert_eq!(
            system.vga.configuration(),
            before,
            "the file is the one that runs"
        );
        assert!(!is_served(&client, "asked-while-full").await);

        disk.free()?;
        until_all_is_applied(&client).await?;
        assert!(is_served(&client, "asked-while-full").await);
        until_share(load, 90.0 - f64::from(round)).await?;
        assert_eq!(agent(&client).await.ok_or("no agent")?.failure, None);
        share(&client, 51 + round).await?;
        add_gateway(&client, "asked-afterwards").await?;
        until_share(load, 51.0 + f64::from(round)).await?;
        wait::until(LIMIT, || is_served(&client, "asked-afterwards")).await?;
        for name in ["asked-while-full", "asked-afterwards"] {
            remove_gateway(&client, name).await?;
        }
        until_all_is_applied(&client).await?;
    }
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_does_not_notice_that_the_disk_of_the_server_is_full() -> TestResult {
    if lacks(&["haproxy", "etcd"]) || SmallDisk::is_missing() {
        return Ok(());
    }
    let mut system = TwoProcesses::start(None).await?;
    let client = Client::new(&system.vamp.url())?;
    let mut release = release_on(&system.vamp)?;
    half_and_half(&mut release).await?;
    let load = release.load().ok_or("no load")?;
    system.vamp.stop().await?;
    let disk = SmallDisk::in_place_of(system.vamp.state_directory(), SIZE)?;
    system.vamp.start_again().await?;
    share(&client, 50).await?;

    disk.fill()?;
    let refused = wait::until_some(LIMIT, || async { share(&client, 90).await.err() }).await?;
    let told = refused.to_string();
    assert!(told.contains("full"), "{told}");
    let refused = add_gateway(&client, "asked-while-full").await;
    let told = refused
        .err()
        .ok_or("a change that cannot be kept was taken")?
        .to_string();
    assert!(told.contains("full"), "{told}");
    until_counted(load, 1_000).await?;
    until_share(load, 50.0).await?;

    disk.free()?;
    share(&client, 90).await?;
    until_share(load, 90.0).await?;
    assert!(!is_served(&client, "asked-while-full").await);
    add_gateway(&client, "asked-afterwards").await?;
    wait::until(LIMIT, || is_served(&client, "asked-afterwards")).await?;
    let total = release.finish().await?.total;
    assert_eq!(total.lost(), 0, "{total}");
    drop(system);
    Ok(())
}
