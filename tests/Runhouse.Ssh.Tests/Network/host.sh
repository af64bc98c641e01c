#!/usr/bin/env bash
# host.sh FOLDER NAME [with-dotnet]: process 1 of a test host. Started in namespaces of its own, it makes the machine's files a copy-on-write view of its own, with
# an empty /root, /home, /tmp and /run and, unless it is told otherwise, without .NET, says "ready" and lives until its input ends, which it does when the tests end, however they do.
set -euo pipefail
folder=$1
name=$2

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
if [ "${3:-}" != with-dotnet ] && dotnet=$(command -v dotnet); then
    rm -f ".$dotnet"
    dotnet=$(dirname "$(readlink -f "$dotnet")")
    [ ! -d ".$dotnet" ] || mount -t tmpfs tmpfs ".$dotnet"
fi
printf '127.0.0.1 localhost %s\n' "$name" > etc/hosts
mkdir -p run/sshd .old
pivot_root . .old
umount -l /.old
cd /
useradd -m -s /bin/bash ada
echo 'ada:correct horse' | chpasswd
ip link set lo up
echo ready
read -r _ || true
