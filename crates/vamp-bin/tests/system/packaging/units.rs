//! The units of systemd.

use std::fs;
use std::process::{Command, Output};

use vamp_testkit::programs;

use super::packaging;
use crate::support::{TestResult, lacks};

/// `systemd-analyze` gives a service up to 10 for exposure; a plain one has 9.2.
const MOST_EXPOSED: &str = "25";

#[test]
fn systemd_understands_the_units_and_finds_them_well_protected() -> TestResult {
    if lacks(&["systemd-analyze"]) {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    for program in ["vamp", "vga"] {
        let unit = fs::read_to_string(packaging(&format!("systemd/{program}.service")))?;
        let installed = format!("ExecStart=/usr/bin/{program}");
        assert!(
            unit.contains(&installed),
            "{program} stands where packages put programs"
        );
        // Verified with the program of this build in the place of one that is installed.
        let here = format!("ExecStart={}", programs::find(program)?.display());
        let path = directory.path().join(format!("{program}.service"));
        fs::write(&path, unit.replace(&installed, &here))?;

        let verified = analyze(&["verify", "--man=no", &path.display().to_string()])?;
        assert!(
            verified.status.success() && verified.stderr.is_empty(),
            "{program}: {}",
            String::from_utf8_lossy(&verified.stderr)
        );

        let unit = path.display().to_string();
        let judged = analyze(&["security", "--offline=yes", "--threshold", MOST_EXPOSED, &unit])?;
        let words = String::from_utf8_lossy(&judged.stdout).into_owned();
        assert!(judged.status.success(), "{program} is too exposed:\n{words}");
    }
    Ok(())
}

#[test]
fn a_unit_with_a_slip_is_told() -> TestResult {
    if lacks(&["systemd-analyze"]) {
        return Ok(());
    }
    let directory = tempfile::tempdir()?;
    let unit = fs::read_to_string(packaging("systemd/vga.service"))?;
    let path = directory.path().join("vga.service");
    let here = programs::find("vga")?.display().to_string();
    fs::write(
        &path,
        unit.replace("/usr/bin/vga", &here)
            .replace("NoNewPrivileges", "NoNewPrivilege"),
    )?;
    let verified = analyze(&["verify", "--man=no", &path.display().to_string()])?;
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(said.contains("'NoNewPrivilege'"), "{said}");
    Ok(())
}

fn analyze(arguments: &[&str]) -> std::io::Result<Output> {
    Command::new("systemd-analyze").args(arguments).output()
}
