#!/bin/sh
# Shuts this machine down when its lease is over. The lease ends at the time of the file, which the host puts off while it has work and ends when it has none;
# a machine whose host never starts, or is gone, ends by itself. A shut-down is the end of the machine.
user=$1 boot=$2 folder=${3:-/run/runhouse}
mkdir -p "$folder"
[ -e "$folder/lease" ] || touch -d "@$(($(date +%s) + boot))" "$folder/lease"
chown -R "$user" "$folder"
while :; do
    ends=$(stat -c %Y "$folder/lease" 2>/dev/null) || ends=0
    [ "$(date +%s)" -lt "$ends" ] || break
    sleep 2
done
shutdown -P now || poweroff -f
