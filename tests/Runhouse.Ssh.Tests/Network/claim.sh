#!/usr/bin/env bash
# claim.sh OWNER FOLDER: takes a subnet 10.78.N.0/24 with a bridge of its own and prints N. Parallel runs get different ones: a bridge's name exists
# once. OWNER is the process that it belongs to, and FOLDER what that keeps; what a run left behind that was killed is taken down before.
set -euo pipefail
owner=$1
folder=$2
state=/tmp/runhouse-ssh-tests
mkdir -p "$state"

for left in "$state"/*; do
    # A run that is just starting has written nothing yet.
    [ -s "$left" ] && read -r process files < "$left" && [ ! -e "/proc/$process" ] || continue
    for link in /sys/class/net/rht"${left##*/}"-* /sys/class/net/rht"${left##*/}"; do
        [ ! -e "$link" ] || ip link del "${link##*/}" 2>/dev/null || true
    done
    find /sys/fs/cgroup -depth -type d -path "*/rht${left##*/}-*" -exec rmdir {} + 2>/dev/null || true
    rm -rf "$files" "$left"
done

for n in $(shuf -i 0-255); do
    ip link add "rht$n" type bridge 2>/dev/null || continue
    echo "$owner $folder" > "$state/$n"
    ip addr add "10.78.$n.254/24" dev "rht$n"
    ip link set "rht$n" up
    echo "$n"
    exit 0
done
echo "No subnet of 10.78.0.0/16 is free: look at ip link show type bridge." >&2
exit 1
