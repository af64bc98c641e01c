#!/bin/sh
# Mounts volumes: waits for the lease's user to say which device (any of some paths, with '|' between them) belongs to which folder, with which options, and answers. What is
# blank is formatted, and nothing else ever. Each request has a file of its own, as several programs may ask at once.
user=$1 folder=${2:-/run/runhouse}

# What cannot be told is not blank: neither what no file system begins, nor what cannot be read.
is_blank() { head -c 4194304 "$1" >/dev/null 2>&1 && [ "$(head -c 4194304 "$1" | tr -d '\000' | wc -c)" -eq 0 ]; }

mount_one() {
    mountpoint -q "$2" && return 0
    tries=0 device=
    while [ -z "$device" ]; do
        for one in $(echo "$1" | tr '|' ' '); do [ -b "$one" ] && device=$one && break; done
        tries=$((tries + 1))
        [ -n "$device" ] || [ "$tries" -lt 60 ] || { echo "there is no device $1"; return 1; }
        [ -n "$device" ] || sleep 1
    done
    blkid -p "$device" >/dev/null 2>&1
    case $? in
        0) ;;
        2) is_blank "$device" || { echo "what is on $device is no file system, and is left as it is"; return 1; }
            mkfs.ext4 -q -m 0 -E "root_owner=$(id -u "$user"):$(id -g "$user")" "$device" 2>&1 || return 1 ;;
        *) echo "what is on $device cannot be told"; return 1 ;;
    esac
    [ "$(blkid -p -o value -s TYPE "$device")" = ext4 ] && options=$3 || options=defaults
    mkdir -p "$2" && mount -o "$options" "$device" "$2" 2>&1
}

while :; do
    for asked in "$folder"/volumes.*.asked; do
        [ -e "$asked" ] || continue
        answer=mounted answered=${asked%.asked}.answered
        [ -s "$asked" ] || answer="the request names none"
        while read -r device path options; do
            said=$(mount_one "$device" "$path" "$options") || { answer="$path: $said"; break; }
        done < "$asked"
        rm -f "$asked"
        echo "$answer" > "$answered.new" && chown "$user" "$answered.new" && mv "$answered.new" "$answered"
    done
    sleep 1
done
