#!/usr/bin/env bash
# pod.sh FOLDER NAME MEMORY VARIABLE... -- COMMAND...: becomes process 1 of a container. Started in namespaces of its own, it makes its files a copy-on-write view of this machine's, with
# an empty /root, /home, /tmp and /run, and the control group MEMORY its own unless that is '-'; says "ready" and runs the command, whose output goes into FOLDER/log.
set -euo pipefail
folder=$1
name=$2
memory=$3
shift 3
variables=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "HOSTNAME=$name")
while [ "$1" != -- ]; do
    variables+=("$1")
    shift
done
shift

exec 4>>"$folder/log"
[ "$memory" = - ] || echo $$ > "$memory/cgroup.procs"
mount --make-rprivate /
hostname "$name"
mkdir -p "$folder/layer" "$folder/root"
mount -t tmpfs -o size=2g,mode=755 tmpfs "$folder/layer"
mkdir "$folder/layer/upper" "$folder/layer/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/layer/upper,workdir=$folder/layer/work" "$folder/root"
cd "$folder/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=700 tmpfs root
mount -t tmpfs -o mode=755 tmpfs home
printf '127.0.0.1 localhost %s\n' "$name" > etc/hosts
mkdir .old
pivot_root . .old
umount -l /.old
cd /
ip link set lo up
echo ready
exec env -i "${variables[@]}" "$@" </dev/null >&4 2>&1 4>&-
