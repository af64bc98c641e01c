#!/usr/bin/env bash
# claim.sh OWNER: takes a subnet 10.78.N.0/24 with a bridge of its own and prints N. Parallel runs get different ones: a bridge's name exists once.
# What a run left behind that was killed is taken down on the way; OWNER is the process that this one belongs to.
set -euo pipefail
owner=$1
state=/tmp/runhouse-ssh-tests
mkdir -p "$state"

for n in $(shuf -i 0-255); do
    if [ -e "/sys/class/net/rht$n" ]; then
        # A run that is just starting has a bridge and no owner yet.
        [ -s "$state/$n" ] && [ ! -e "/proc/$(cat "$state/$n")" ] || continue
        rm -f "$state/$n"
        for link in /sys/class/net/rht"$n"-*; do
            [ ! -e "$link" ] || ip link del "${link##*/}" 2>/dev/null || true
        done
        ip link del "rht$n" 2>/dev/null || continue
    fi
    ip link add "rht$n" type bridge 2>/dev/null || continue
    echo "$owner" > "$state/$n"
    ip addr add "10.78.$n.254/24" dev "rht$n"
    ip link set "rht$n" up
    echo "$n"
    exit 0
done
echo "No subnet of 10.78.0.0/16 is free: look at ip link show type bridge." >&2
exit 1
