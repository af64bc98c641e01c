#!/bin/sh
# Mounts volumes: waits for the lease's user to say which device (any of some paths, with '|' between them) belongs to which folder, and answers. What is blank is formatted, and nothing else ever.
user=$1 folder=${2:-/run/runhouse}

mount_one() {
    mountpoint -q "$2" && return 0
    tries=0 device=
    while [ -z "$device" ]; do
        for one in $(echo "$1" | tr '|' ' '); do [ -b "$one" ] && device=$one && break; done
        tries=$((tries + 1))
        [ -n "$device" ] || [ "$tries" -lt 60 ] || { echo "there is no device $1"; return 1; }
        [ -n "$device" ] || sleep 1
    done
    is_new=
    blkid -p "$device" >/dev/null 2>&1
    case $? in
        0) ;;
        2) mkfs.ext4 -q -m 0 "$device" 2>&1 || return 1; is_new=yes ;;
        *) echo "what is on $device cannot be told"; return 1 ;;
    esac
    mkdir -p "$2" && mount "$device" "$2" 2>&1 || return 1
    [ -z "$is_new" ] || chown "$user" "$2"
}

while :; do
    if [ -e "$folder/volumes" ]; then
        answer=mounted
        while read -r device path; do
            said=$(mount_one "$device" "$path") || { answer="$path: $said"; break; }
        done < "$folder/volumes"
        rm -f "$folder/volumes"
        echo "$answer" > "$folder/volumes.tmp" && chown "$user" "$folder/volumes.tmp" && mv "$folder/volumes.tmp" "$folder/volumes.done"
    fi
    sleep 1
done
