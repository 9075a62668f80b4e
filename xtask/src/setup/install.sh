# Installs the packages given as arguments and keeps their services (SERVICES) from starting, now and at the next boot.
# A shell script, so that its traps put things right again when it is interrupted.
set -eu
policy=/usr/sbin/policy-rc.d
saved=$policy.before-vamp

restore() {
    rm -f "$policy"
    if [ -e "$saved" ]; then mv "$saved" "$policy"; fi
}
trap restore EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# What is saved already was left by a run that could not put it back: the file beside it is ours.
if [ -e "$policy" ] && [ ! -e "$saved" ]; then mv "$policy" "$saved"; fi
# Asked by every maintainer script before it starts a service: 101 means no.
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

apt-get install -y --no-install-recommends "$@"

if [ -d /run/systemd/system ]; then
    for service in $SERVICES; do systemctl disable --quiet "$service"; done
fi
